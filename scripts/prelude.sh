# shellcheck shell=bash
# Sourced by every script here: where the checkout is, how a script speaks and fails, and questions asked of the machine.
# Defines names and changes nothing.

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
PRIVATE=$ROOT/.rekey
BIN=$ROOT/node_modules/.bin
export ROOT PRIVATE BIN

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  warn "$@"
  exit 1
}

is_root() { [[ $EUID -eq 0 ]]; }

# The first half of a SHA-256, enough to tell folders and versions apart.
fingerprint() { sha256sum | cut -c1-32; }

# Makes a folder only its owner can enter; refuses one that somebody else made first.
make_private_folder() {
  mkdir -p -- "$1"
  [[ -O $1 && ! -L $1 ]] || die "$1 belongs to somebody else"
  chmod 700 -- "$1"
}

# The number of compilers to run at once: by cores, and by 1.5 GB of free memory for each.
parallelism() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  ((memory >= 1)) || memory=1
  say "$((cores < memory ? cores : memory))"
}

# Runs a command whose output matters only when it fails. In: what is being done, then the command.
quietly() {
  local what=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  ((status == 0)) && return
  printf '%s\n' "$output" >&2
  die "$what failed"
}

# When a process was started, in clock ticks since boot: with its id, a name that no later process can have. Empty when it is gone.
process_birth() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  stat=${stat##*) }
  [[ $stat != Z* ]] || return 0
  awk '{ print $20 }' <<<"$stat"
}

port_is_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
