# shellcheck shell=bash
# Sourced by every script here: the checkout's folder, messages and failures, and facts about the machine.
# Only defines names.

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

# The first half of a SHA-256, enough to distinguish folders and versions.
fingerprint() { sha256sum | cut -c1-32; }

# Makes a folder that only its owner can enter; refuses one that another user has made.
make_private_folder() {
  mkdir -p -- "$1"
  [[ -O $1 && ! -L $1 ]] || die "$1 belongs to another user: remove it, or choose another folder"
  chmod 700 -- "$1"
}

# The number of compilers to run at once: one per core, with 1.5 GB of free memory each.
parallelism() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  ((memory >= 1)) || memory=1
  say "$((cores < memory ? cores : memory))"
}

# Runs a command, and prints its output only if it fails. In: a description, then the command.
quietly() {
  local what=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  ((status == 0)) && return
  printf '%s\n' "$output" >&2
  die "$what failed"
}

# A process's start, in clock ticks since boot: with the id it identifies a process for ever. Empty if the process is gone.
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
