#include "origin/settings/settings_source.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "origin/settings/setting_names.h"
#include "shared/codec/ascii.h"
#include "shared/codec/utf8.h"

namespace rekey {
namespace {

constexpr SettingRow kTable[] = {
    {"DATABASE_URL", "",
     "PostgreSQL: `postgresql://user:password@host/name`, or libpq's `key=value` form; several hosts, separated by commas, for a "
     "primary and its standbys. Required.",
     Secrecy::kSecret},
    {"DATABASE_POOL_SIZE", "10", "Maximum number of connections to the database, 2 to 500."},
    {"DATABASE_CONNECT_SECONDS", "2", "Seconds that each host may take for a new connection, 2 to 60."},
    {"DATABASE_WAIT_MS", "900", "Milliseconds that a call waits for a free connection of the pool, 10 to 60000."},
    {"DATABASE_STATEMENT_MS", "1500",
     "Milliseconds that a statement of a call may take, 100 to 60000; half a second later the database counts as gone."},
    {"ORIGIN_LISTEN", "127.0.0.1:8080", "Address and port for the edge's calls."},
    {"OPS_LISTEN", "127.0.0.1:9090", "Address and port of `/healthz`, `/readyz` and `/metrics`; not for clients."},
    {"EDGE_ORIGIN_KEYS", "",
     "Keys that sign the edge's calls: `id:base64url,...`, at least 32 bytes each; the same at the edge. Required.",
     Secrecy::kSecret},
    {"RESET_PASSWORD_TOKEN_SECRET", "",
     "Keys that sign tokens: `id:base64url,...`, at least 32 bytes each; the first signs, all verify; the same at the edge. "
     "Required.",
     Secrecy::kSecret},
    {"SEED_SECRET", "", "Derives tokens from the database's seeds: base64url of at least 32 bytes; only for origins. Required.",
     Secrecy::kSecret},
    {"RESET_PASSWORD_TOKEN_LIFETIME_SECONDS", "3600", "Lifetime of a reset link in seconds, 60 to 3600."},
    {"RESET_TOKEN_EXPIRE_MINUTES", "", "The same in minutes; must not contradict the setting in seconds."},
    {"ACCESS_TOKEN_EXPIRE_MINUTES", "30", "Lifetime of a session in minutes, 1 to 720; the same at the edge."},
    {"SESSION_LONGEST_HOURS", "12",
     "Hours from a log-in until its session ends however often it is renewed, 1 to 720; at least `ACCESS_TOKEN_EXPIRE_MINUTES`."},
    {"FEATURES", "all",
     "`all`, or `recovery` for an application with accounts and log-in of its own: only forgotten passwords. The same at the "
     "edge."},
    {"RECOVERY", "on",
     "`off` refuses to mail links and to set passwords by them; links can still be cancelled. The same at the edge."},
    {"REGISTRATION", "off", "Whether anyone may register an account: `on` or `off`."},
    {"PASSWORD_MIN_LENGTH", "8", "Minimum number of characters of a new password, 8 to 64; the same at the edge."},
    {"SIGN_IN_HINT", "",
     "How accounts without a password sign in, such as `Google`, for the mail that they get instead of a link; the account's own "
     "way counts first."},
    {"ALLOW_FIRST_PASSWORD", "off", "`on` lets an account without a password set one by a link: `on` or `off`."},
    {"PASSWORD_FORMAT", "argon2id",
     "Form of new password hashes: `argon2id`, `bcrypt-2b`, `bcrypt-2y`, `django-argon2`, `django-pbkdf2`, "
     "`django-bcrypt-sha256`, `better-auth` or `aspnet-v3`."},
    {"ARGON2_MEMORY_KIB", "19456", "Memory of one password hash in KiB, 7168 to 262144."},
    {"ARGON2_PASSES", "2", "Passes of one password hash, 1 to 16; times `ARGON2_MEMORY_KIB` at most 1048576."},
    {"ARGON2_LANES", "1", "Lanes of one password hash, 1 to 8."},
    {"BCRYPT_COST", "12", "Cost of one bcrypt hash, 10 to 14."},
    {"PBKDF2_ITERATIONS", "",
     "Iterations of one PBKDF2 hash, 100000 to 2000000; if empty, 600000 for Django (SHA-256), 210000 for ASP.NET (SHA-512)."},
    {"HASH_PARALLEL", "", "Password hashes at once, 1 to 256; if empty, the number of cores."},
    {"WORKER_THREADS", "64",
     "Threads for calls that hash no password, 1 to 1024. Calls that hash have threads of their own, four for each parallel "
     "hash."},
    {"FRONTEND_URL", "",
     "Start of the links in mails: `https://host`, optionally with a port, without a path; `http` for this machine only. "
     "Required."},
    {"RESET_PAGE_URL", "",
     "The application's own page for a new password: where the link in the mail leads, with the token behind `#token=`; `https`, "
     "or `http` on this machine. If empty, the page `/reset-password` at `FRONTEND_URL`."},
    {"APP_LINK_SCHEME", "",
     "URL scheme of the application's own, such as `com.example.app`: the mail gets a second button, "
     "`com.example.app:/reset-password`, "
     "with the token behind `#token=`. Any application on a device may claim a scheme: prefer `IOS_APP_IDS` and `ANDROID_APPS`. "
     "If "
     "empty, no second button."},
    {"PRODUCT_NAME", "Rekey", "The name in mails; also refused as a password. The same at the edge."},
    {"TEMPLATES_DIR", "",
     "Folder of the mail templates and phrases; if empty, `../share/rekey/templates`, relative to the program's folder."},
    {"BRAND_DIR", "",
     "Folder of your brand: name, logo, colours, links and phrases, for the mails and the pages; if empty, none."},
    {"MAIL_SENDER", "smtp",
     "`smtp` for the relay at `MAIL_SERVER`, or `webhook`: each mail goes to `MAIL_WEBHOOK_URL`, rendered, as `mail.send`."},
    {"MAIL_WEBHOOK_URL", "",
     "Receiver of `mail.send`, a URL as in `WEBHOOK_URLS`. Required for `MAIL_SENDER=webhook`, refused without it."},
    {"MAIL_SERVER", "", "Host name or IP address of the mail relay. Required, except for `MAIL_SENDER=webhook`."},
    {"MAIL_PORT", "587", "Port of the mail relay."},
    {"MAIL_TLS", "starttls", "`starttls`, `implicit` (TLS from the first byte), or `none` for a relay on this machine."},
    {"MAIL_PLAIN_TEXT", "refuse", "`allow` permits a relay on another machine without TLS: an eavesdropper can read the links."},
    {"MAIL_USE_TLS", "", "`true` for `starttls`, `false` for `none`; must not contradict `MAIL_TLS`."},
    {"MAIL_CA_FILE", "", "PEM file of the certificate authorities for the relay; if empty, the system's."},
    {"MAIL_USERNAME", "", "User name at the relay; if empty, no log-in."},
    {"MAIL_PASSWORD", "", "Password at the relay.", Secrecy::kSecret},
    {"MAIL_FALLBACK_SERVER", "",
     "Host name of a second relay, for the time in which the first one takes no mail. Refused with `MAIL_SENDER=webhook`."},
    {"MAIL_FALLBACK_PORT", "587", "Port of the second relay."},
    {"MAIL_FALLBACK_TLS", "starttls", "As `MAIL_TLS`, for the second relay."},
    {"MAIL_FALLBACK_CA_FILE", "", "As `MAIL_CA_FILE`, for the second relay."},
    {"MAIL_FALLBACK_USERNAME", "", "User name at the second relay; if empty, no log-in."},
    {"MAIL_FALLBACK_PASSWORD", "", "Password at the second relay.", Secrecy::kSecret},
    {"MAIL_FROM", "", "Sender address of the mails. Required."},
    {"MAIL_CONTACT", "", "Contact named in mails, for readers who did not change their password: an address or a page."},
    {"MAIL_SENDERS", "4", "Mails sent at once, each over its own connection, 1 to 64."},
    {"MAIL_CADENCE_MS", "1000",
     "Average milliseconds between the mail worker's rounds, 10 to 5000; each pause is random, so that the worker's load reveals "
     "nothing about a request."},
    {"MAIL_LIMIT_PER_ACCOUNT", "1/60,5/3600", "Reset mails per account: a short and a long limit, each `count/seconds`."},
    {"MAIL_LIMIT_TOTAL", "",
     "Mails of all origins in any hour, 1 to 10000000; further ones wait, and an alarm rings. If empty, any number."},
    {"CODE_MISSES_A_DAY", "2400",
     "Wrong codes of the whole installation in any day, 0 to 100000: a tenth of them, and one more for each recovery by code. "
     "Past them an "
     "alarm rings, codes are refused and mails have none; links work. 0 for mails without a code."},
    {"WEBHOOK_URLS", "",
     "Receivers of webhooks, separated by commas, 8 at most: `https` URLs, or `http` for this machine. If empty, no webhooks."},
    {"WEBHOOK_SECRETS", "",
     "Secrets that sign webhooks: `whsec_` and base64 of 24 to 64 bytes, two while one is replaced. `2:whsec_...` is for the "
     "second "
     "URL alone, `mail:whsec_...` for `MAIL_WEBHOOK_URL`. Required for webhooks.",
     Secrecy::kSecret},
    {"WEBHOOK_EVENTS", "password_reset.requested,password_reset.completed,password.changed,account.registered,mail.undeliverable",
     "The events that are sent."},
    {"WEBHOOK_ALLOW_PRIVATE", "off", "`on` permits receivers at private addresses, by `https` or `http`."},
    {"WEBHOOK_CA_FILE", "", "PEM file of the certificate authorities for receivers; if empty, the system's."},
    {"WEBHOOK_KEEP_DAYS", "30",
     "Days for which a webhook that was not delivered is kept, 1 to 365; a delivered one is kept for `REQUESTS_KEEP_HOURS`."},
    {"ORIGIN_NAME", "",
     "This origin's name in log and metrics, at most 64 characters; if empty, the machine's name and the port of "
     "`ORIGIN_LISTEN`."},
    {"REQUESTS_KEEP_HOURS", "24",
     "Hours for which an ended reset request and its mail are kept, 1 to 8760 and no longer than `AUDIT_KEEP_DAYS`; a request "
     "then becomes a row of the audit log."},
    {"SESSIONS_KEEP_MINUTES", "10", "Minutes for which an ended session is kept, 10 to 525600."},
    {"AUDIT_KEEP_DAYS", "90",
     "Days for which the audit log is kept, 1 to 3650; a log-in, a refused one and a forgot request take about 300 bytes each."},
    {"LOG_LEVEL", "info", "Least severe level in the log: `info`, `warning` or `error`."},
    {"LOG_FILE", "", "File of the log, which SIGHUP opens again; if empty, standard error."},
};

constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::string_view kCredentialPrefix = "rekey_";
constexpr std::size_t kMaxFile = 64 * 1024;

constexpr std::string_view kBlanks = " \t\r";

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == text.npos;
}

// Nothing, or a comment after a space.
bool is_end_of_value(std::string_view rest) {
  return rest.empty() || (rest.front() == ' ' && trim(rest, kBlanks).starts_with('#'));
}

// Returns: the value without its quotes and without the comment after it.
std::string unquote(std::string_view value) {
  const bool opens = value.starts_with('"') || value.starts_with('\'');
  for (auto end = opens ? value.find(value.front(), 1) : value.npos; end != value.npos;
       end = value.find(value.front(), end + 1)) {
    if (is_end_of_value(value.substr(end + 1))) return std::string(value.substr(1, end - 1));
  }
  return std::string(trim(value.substr(0, value.find(" #")), kBlanks));
}

const std::string* find_filled(const SettingMap& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() || found->second.empty() ? nullptr : &found->second;
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const auto word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

// Returns: how the operator names the file at `path`, which with_credentials() may have added.
std::string file_of(const std::string& name, const std::filesystem::path& path) {
  const auto credential = std::string(kCredentialPrefix) + name;
  return path.filename() == credential ? "the credential " + credential : name + "_FILE";
}

class Gatherer {
 public:
  Gatherer(const ReadFile& read_file, SettingTexts& texts) : read_file_(read_file), texts_(texts) {}

  // Returns: the value of `name` or of the file in NAME_FILE, from this map.
  std::optional<std::string> look_up(const SettingMap& map, const std::string& name) {
    const auto* value = find_filled(map, name);
    const auto* path = find_filled(map, name + std::string(kFileSuffix));
    if (value != nullptr && path != nullptr)
      texts_.problems.push_back(name + " and " + file_of(name, *path) + " are both set: set only one of them");
    if (value != nullptr) return *value;
    if (path == nullptr) return std::nullopt;
    auto text = read_file_(*path);
    if (!text) texts_.problems.push_back(name + "_FILE names a file that cannot be read");
    if (text && text->empty()) texts_.problems.push_back(name + "_FILE names an empty file");
    return text;
  }

 private:
  const ReadFile& read_file_;
  SettingTexts& texts_;
};

// In the environment only names that resemble a setting's: it is shared with other programs.
void warn_of_unknown(const SettingMap& environment, const SettingMap& dot_env, std::vector<std::string>& warnings) {
  for (const auto& [name, value] : environment) {
    if (resembles_setting(name)) warnings.push_back(unknown_setting(name, "the environment"));
  }
  for (const auto& [name, value] : dot_env) {
    if (!is_setting(name) && !belongs_elsewhere(name)) warnings.push_back(unknown_setting(name, ".env"));
  }
}

}  // namespace

std::span<const SettingRow> setting_table() { return kTable; }

SettingMap read_environment() {
  SettingMap result;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == text.npos) continue;
    const auto name = text.substr(0, equals);
    if (is_setting(name) || resembles_setting(name)) result.emplace(name, text.substr(equals + 1));
  }
  const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
  return credentials == nullptr ? result : with_credentials(std::move(result), credentials);
}

SettingMap with_credentials(SettingMap environment, const std::filesystem::path& folder) {
  for (const auto& row : setting_table()) {
    const auto name_of_file = std::string(row.name) + std::string(kFileSuffix);
    if (find_filled(environment, name_of_file) != nullptr) continue;
    const auto file = folder / (std::string(kCredentialPrefix) + std::string(row.name));
    std::error_code error;
    if (std::filesystem::exists(file, error)) environment.insert_or_assign(name_of_file, file.string());
  }
  return environment;
}

SettingMap parse_dot_env(std::string_view text, std::vector<std::string>& problems) {
  SettingMap result;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = trim(text.substr(0, end), kBlanks);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = trim(line.substr(7), kBlanks);
    const auto equals = std::min(line.find('='), line.size());
    const auto name = trim(line.substr(0, equals), kBlanks);
    if (equals == line.size() || !is_name(name)) {
      problems.push_back("line " + std::to_string(number) + " of .env is not NAME=value");
      continue;
    }
    const auto value = line.substr(equals + 1);
    result.insert_or_assign(std::string(name), is_end_of_value(value) ? "" : unquote(trim(value, kBlanks)));
  }
  return result;
}

std::optional<std::string> read_setting_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad() || text.size() > kMaxFile) return std::nullopt;
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

SettingTexts gather_settings(const SettingMap& environment, const SettingMap& dot_env, const ReadFile& read_file) {
  SettingTexts texts;
  Gatherer gatherer(read_file, texts);
  for (const auto& row : setting_table()) {
    const std::string name(row.name);
    if (auto value = gatherer.look_up(environment, name)) {
      texts.found[name] = {*std::move(value), SettingOrigin::kEnvironment};
    } else if ((value = gatherer.look_up(dot_env, name))) {
      texts.found[name] = {*std::move(value), SettingOrigin::kDotEnv};
    } else if (!row.default_value.empty()) {
      texts.found[name] = {std::string(row.default_value), SettingOrigin::kDefault};
    }
  }
  warn_of_unknown(environment, dot_env, texts.warnings);
  return texts;
}

bool SettingsReader::was_chosen(std::string_view name) const {
  const auto found = texts_.found.find(name);
  return found != texts_.found.end() && found->second.origin != SettingOrigin::kDefault;
}

std::string SettingsReader::text(std::string_view name) {
  const auto found = texts_.found.find(name);
  if (found == texts_.found.end()) return {};
  if (find_text_fault(found->second.value) != TextFault::kNone) {
    refuse(name, "must be one line of UTF-8 without control characters");
  }
  return found->second.value;
}

std::string SettingsReader::required(std::string_view name) {
  if (!has(name) && std::ranges::find(spared_, name) == spared_.end()) refuse(name, "must be set");
  return text(name);
}

std::uint64_t SettingsReader::number(std::string_view name, NumberRange range) {
  const auto digits = text(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (whole && value >= range.least && value <= range.most) return value;
  refuse(name, "must be a number from " + std::to_string(range.least) + " to " + std::to_string(range.most));
  return range.least;
}

std::size_t SettingsReader::choice(std::string_view name, std::initializer_list<std::string_view> words) {
  return choice(name, std::span(words.begin(), words.size()));
}

std::size_t SettingsReader::choice(std::string_view name, std::span<const std::string_view> words) {
  const auto found = std::ranges::find(words, text(name));
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  refuse(name, "must be one of " + joined(words));
  return 0;
}

void SettingsReader::refuse(std::string_view name, std::string_view what) {
  texts_.problems.push_back(std::string(name) + " " + std::string(what));
}

}  // namespace rekey
