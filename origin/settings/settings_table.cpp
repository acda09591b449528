#include "origin/settings/settings_table.h"

#include <algorithm>
#include <iterator>

namespace rekey {
namespace {

constexpr SettingRow kTable[] = {
    {"DATABASE_URL", "", "PostgreSQL: `postgresql://user:password@host/name`, or libpq's `key=value` form. Required.",
     Secrecy::kSecret},
    {"DATABASE_POOL_SIZE", "10", "Connections to the database at most, 2 to 500."},
    {"ORIGIN_LISTEN", "127.0.0.1:8080", "Address and port that the edge reaches the origin at."},
    {"OPS_LISTEN", "127.0.0.1:9090", "Address and port of `/healthz`, `/readyz` and `/metrics`; not for clients."},
    {"EDGE_ORIGIN_KEYS", "",
     "Keys that sign the edge's calls: `id:base64url,...`, at least 32 bytes each; the same at the edge. Required.",
     Secrecy::kSecret},
    {"RESET_PASSWORD_TOKEN_SECRET", "",
     "Keys that sign tokens: `id:base64url,...`, at least 32 bytes each; the first signs, all verify; the same at the edge. "
     "Required.",
     Secrecy::kSecret},
    {"SEED_SECRET", "",
     "Makes tokens out of the database's seeds: base64url of at least 32 bytes, for the origin alone. Required.",
     Secrecy::kSecret},
    {"RESET_PASSWORD_TOKEN_LIFETIME_SECONDS", "3600", "How long a reset link works, 60 to 3600."},
    {"RESET_TOKEN_EXPIRE_MINUTES", "", "The same in minutes, by its other name; the two may not contradict each other."},
    {"ACCESS_TOKEN_EXPIRE_MINUTES", "30", "How long a session lasts, 1 to 720; the same at the edge."},
    {"REGISTRATION", "off", "Whether anyone may make an account: `on` or `off`."},
    {"PASSWORD_MIN_LENGTH", "8", "The least number of characters of a new password, 8 to 64; the same at the edge."},
    {"ARGON2_MEMORY_KIB", "19456", "Memory of one password hash in KiB, 7168 to 262144."},
    {"ARGON2_PASSES", "2", "Passes of one password hash, 1 to 16."},
    {"ARGON2_LANES", "1", "Lanes of one password hash, 1 to 8."},
    {"HASH_PARALLEL", "", "Password hashes at once, 1 to 256; the number of cores where empty."},
    {"WORKER_THREADS", "64",
     "Threads that answer the edge's calls that hash no password, 1 to 1024; those that do have four for each hash at once."},
    {"FRONTEND_URL", "",
     "What the links in mails begin with: `https://host`, with a port if need be and no path; `http` for this machine only. "
     "Required."},
    {"PRODUCT_NAME", "Rekey", "The name in mails; also refused as a password. The same at the edge."},
    {"TEMPLATES_DIR", "", "Folder of the mail templates and phrases; the one the program was built from where empty."},
    {"MAIL_SERVER", "", "Host name of the mail relay. Required."},
    {"MAIL_PORT", "587", "Port of the mail relay."},
    {"MAIL_TLS", "starttls", "`starttls`, `implicit` (TLS from the first byte), or `none`, for a relay on this machine."},
    {"MAIL_USE_TLS", "", "`true` for `starttls`, `false` for `none`, by its other name; the two may not contradict each other."},
    {"MAIL_CA_FILE", "",
     "PEM file of the authorities that the relay's certificate is checked against; the system's where empty."},
    {"MAIL_USERNAME", "", "Name to log in to the relay with; no log-in where empty."},
    {"MAIL_PASSWORD", "", "Password to log in to the relay with.", Secrecy::kSecret},
    {"MAIL_FROM", "", "Address that mails come from. Required."},
    {"MAIL_CONTACT", "", "Whom to tell, as the mails say it, when a password change was somebody else's: an address or a page."},
    {"MAIL_SENDERS", "4", "Mails on their way at once, each over a connection of its own, 1 to 64."},
    {"MAIL_CADENCE_MS", "1000",
     "How long the mail worker rests between rounds, on average, 10 to 5000: at random, so that its work tells nothing of a "
     "request."},
    {"MAIL_LIMIT_PER_ACCOUNT", "1/60,5/3600", "Mails per account: `count/seconds`, a short limit and a long one."},
    {"LOG_LEVEL", "info", "What the log shows: `info`, `warning` or `error` and what is worse."},
};

constexpr std::string_view kElsewhere[] = {
    "ORIGIN_URLS",
    "ORIGIN_PLAIN_HTTP",
    "AUTH_PREFIX",
    "CLIENT_IP_HEADER",
};

}  // namespace

std::span<const SettingRow> setting_table() { return kTable; }

const SettingRow* find_setting(std::string_view name) {
  const auto found = std::ranges::find(kTable, name, &SettingRow::name);
  return found == std::end(kTable) ? nullptr : &*found;
}

bool belongs_elsewhere(std::string_view name) {
  return name.starts_with("LIMIT_") || name.starts_with("REKEY_") || std::ranges::find(kElsewhere, name) != std::end(kElsewhere);
}

}  // namespace rekey
