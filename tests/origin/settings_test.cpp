#include "origin/settings/settings.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "origin/settings/settings_report.h"
#include "templates/folders.h"

namespace rekey::test {
namespace {

const std::string kKeyA = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kKeyB = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kKeyC = "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kSecretWord = "hunter2-must-not-be-seen";

SettingMap good() {
  return {
      {"DATABASE_URL", "postgresql://rekey:" + kSecretWord + "@db/rekey"},
      {"EDGE_ORIGIN_KEYS", "1:" + kKeyA},
      {"RESET_PASSWORD_TOKEN_SECRET", "1:" + kKeyB},
      {"SEED_SECRET", kKeyC},
      {"FRONTEND_URL", "https://accounts.example.com"},
      {"MAIL_SERVER", "mail.example.com"},
      {"MAIL_FROM", "rekey@example.com"},
  };
}

SettingMap with(SettingMap map, const SettingMap& more) {
  for (const auto& [name, value] : more) map[name] = value;
  return map;
}

struct Read {
  std::optional<Settings> settings;
  SettingTexts texts;

  std::string problems() const {
    std::string all;
    for (const auto& problem : texts.problems) all += problem + "\n";
    return all;
  }
};

Read read(const SettingMap& environment, const SettingMap& dot_env = {}) {
  Read result;
  result.texts = gather_settings(environment, dot_env, [](const auto&) { return std::nullopt; });
  result.settings = interpret_settings(result.texts);
  return result;
}

}  // namespace

TEST_CASE("a program that replaces a part needs no settings for it, but all others", "[settings][A10]") {
  SettingMap without = good();
  without.erase("DATABASE_URL");
  without.erase("MAIL_SERVER");
  const auto read_sparing = [&](std::initializer_list<std::string_view> spared) {
    auto texts = gather_settings(without, {}, [](const auto&) { return std::nullopt; });
    return interpret_settings(texts, spared) ? std::vector<std::string>{} : texts.problems;
  };
  CHECK(read_sparing({"DATABASE_URL", "MAIL_SERVER"}).empty());
  CHECK(read_sparing({"DATABASE_URL"}) == std::vector<std::string>{"MAIL_SERVER must be set"});
  without.erase("SEED_SECRET");
  CHECK(read_sparing({"DATABASE_URL", "MAIL_SERVER"}) == std::vector<std::string>{"SEED_SECRET must be set"});
}

TEST_CASE("the defaults are those of the table", "[settings][B1]") {
  const auto result = read(good());
  INFO(result.problems());
  REQUIRE(result.settings);
  const auto& settings = *result.settings;
  CHECK(settings.origin_listen.text() == "127.0.0.1:8080");
  CHECK(settings.ops_listen.text() == "127.0.0.1:9090");
  CHECK(settings.reset_lifetime == std::chrono::minutes(60));
  CHECK(settings.session_lifetime == std::chrono::minutes(30));
  CHECK(settings.features == FeatureSet::kAll);
  CHECK(settings.recovery == Recovery::kOn);
  CHECK(settings.registration == Registration::kOff);
  CHECK(settings.password_min_length == 8);
  CHECK(settings.password_format.argon2.memory_kib == 19'456);
  CHECK(settings.password_format.argon2.passes == 2);
  CHECK(settings.password_format.argon2.lanes == 1);
  CHECK(settings.password_format.format == PasswordFormat::kArgon2id);
  CHECK(settings.password_format.bcrypt_cost == 12);
  CHECK(settings.hash_parallel == std::max(1U, std::thread::hardware_concurrency()));
  CHECK(settings.relay.port == 587);
  CHECK(settings.relay.tls == MailTls::kStartTls);
  CHECK(settings.relay.from_name == "Rekey");
  CHECK(settings.mail_limit_short.count == 1);
  CHECK(settings.mail_limit_long.period_seconds == 3'600);
  CHECK(settings.seed_secret.reveal().size() == 32);
}

TEST_CASE("a brand's name takes the place of PRODUCT_NAME, and a different one is refused", "[settings][brand]") {
  const auto brand = with(good(), {{"BRAND_DIR", (default_templates_folder() / "brand-example").string()}});
  const auto result = read(brand);
  INFO(result.problems());
  REQUIRE(result.settings);
  CHECK(result.settings->product_name == "Example Library");
  CHECK(result.settings->relay.from_name == "Example Library");
  CHECK(result.settings->brand.links.help == "https://www.example.com/help");
  CHECK(read(with(brand, {{"PRODUCT_NAME", "Example Library"}})).settings);
  CHECK(read(with(brand, {{"PRODUCT_NAME", "Other"}})).problems() ==
        "PRODUCT_NAME contradicts the name in BRAND_DIR: set only one of them\n");
}

TEST_CASE("a brand that can't be used is named with its other faults and those of other settings", "[settings][brand]") {
  const auto missing = with(good(), {{"BRAND_DIR", "/nowhere"}, {"MAIL_PORT", "0"}});
  CHECK_THAT(read(missing).problems(), Catch::Contains("BRAND_DIR: brand.json: can't be read\n") &&
                                           Catch::Contains("MAIL_PORT must be a number from 1 to 65535\n"));
  CHECK_FALSE(read(missing).settings);
  CHECK_THAT(read(with(missing, {{"TEMPLATES_DIR", "/nowhere"}})).problems(),
             Catch::Contains("BRAND_DIR: can't be checked: ") && Catch::Contains("/nowhere/languages"));
}

TEST_CASE("each word of PASSWORD_FORMAT selects its form, at the cost of its setting", "[settings]") {
  const std::pair<std::string, PasswordFormat> words[] = {
      {"argon2id", PasswordFormat::kArgon2id},          {"bcrypt-2b", PasswordFormat::kBcrypt2b},
      {"bcrypt-2y", PasswordFormat::kBcrypt2y},         {"django-argon2", PasswordFormat::kDjangoArgon2},
      {"django-pbkdf2", PasswordFormat::kDjangoPbkdf2}, {"django-bcrypt-sha256", PasswordFormat::kDjangoBcryptSha256},
      {"better-auth", PasswordFormat::kBetterAuth},     {"aspnet-v3", PasswordFormat::kAspnetV3}};
  for (const auto& [word, format] : words) {
    CAPTURE(word);
    const auto chosen = [&, name = word](const char* iterations) {
      auto settings = good();
      settings["PASSWORD_FORMAT"] = name;
      settings["BCRYPT_COST"] = "11";
      settings["PBKDF2_ITERATIONS"] = iterations;
      const auto result = read(settings);
      REQUIRE(result.settings);
      return result.settings->password_format;
    };
    CHECK(chosen("").format == format);
    CHECK(chosen("").bcrypt_cost == 11);
    CHECK(chosen("").pbkdf2_iterations == (format == PasswordFormat::kAspnetV3 ? kIterationsOfSha512 : kIterationsOfSha256));
    CHECK(chosen("300000").pbkdf2_iterations == 300'000);
  }
}

TEST_CASE("F16: a setting that is missing, short or wrong stops the start by its name, never its value", "[settings][F16]") {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"DATABASE_URL", ""},
      {"EDGE_ORIGIN_KEYS", ""},
      {"EDGE_ORIGIN_KEYS", "1:" + kKeyA.substr(0, 42)},
      {"EDGE_ORIGIN_KEYS", "1:" + kSecretWord},
      {"RESET_PASSWORD_TOKEN_SECRET", ""},
      {"RESET_PASSWORD_TOKEN_SECRET", "0:" + kKeyB + "," + kSecretWord},
      {"SEED_SECRET", ""},
      {"SEED_SECRET", kKeyC.substr(0, 42)},
      {"SEED_SECRET", kKeyC + "="},
      {"SEED_SECRET", kSecretWord},
      {"FRONTEND_URL", ""},
      {"FRONTEND_URL", "http://accounts.example.com"},
      {"FRONTEND_URL", "https://"},
      {"FRONTEND_URL", "https://user@accounts.example.com"},
      {"FRONTEND_URL", "https://accounts.example.com?x=" + kSecretWord},
      {"FRONTEND_URL", "https://accounts.example.com#x"},
      {"FRONTEND_URL", "https://accounts.example.com/app"},
      {"FRONTEND_URL", "https://accounts.example.com//"},
      {"FRONTEND_URL", "https://accounts.example.com:port"},
      {"FRONTEND_URL", "http://127.name.example"},
      {"FRONTEND_URL", "javascript:alert(1)"},
      {"FRONTEND_URL", "http://127.evil.example.com"},
      {"FRONTEND_URL", "http://localhost.example.com"},
      {"RESET_PAGE_URL", "/new-password"},
      {"RESET_PAGE_URL", "http://app.example.com/new-password"},
      {"RESET_PAGE_URL", "https://app.example.com/#/new-password"},
      {"RESET_PAGE_URL", "https://app.example.com/new-password#"},
      {"RESET_PAGE_URL", "https://user@app.example.com/"},
      {"RESET_PAGE_URL", "javascript:alert(1)"},
      {"RESET_PAGE_URL", "https://app.example.com/<new>"},
      {"RESET_PAGE_URL", "https://app.example.com/new?a=\"b\""},
      {"RESET_PAGE_URL", "https://app.example.com/a\\new"},
      {"RESET_PAGE_URL", "https://app.example.com/a|b"},
      {"RESET_PAGE_URL", "https://app.example.com/a^b`{}"},
      {"RESET_PAGE_URL", "https://app.example.com/" + std::string(477, 'a')},
      {"APP_LINK_SCHEME", "https"},
      {"APP_LINK_SCHEME", "javascript"},
      {"APP_LINK_SCHEME", "data"},
      {"APP_LINK_SCHEME", "myapp"},
      {"APP_LINK_SCHEME", "com.example.app:"},
      {"APP_LINK_SCHEME", "com.example.app://"},
      {"APP_LINK_SCHEME", "Com.example.app"},
      {"APP_LINK_SCHEME", ".example"},
      {"APP_LINK_SCHEME", "com..app"},
      {"APP_LINK_SCHEME", "com.app."},
      {"APP_LINK_SCHEME", "1.app"},
      {"APP_LINK_SCHEME", "com.\"app"},
      {"APP_LINK_SCHEME", "a." + std::string(99, 'b')},
      {"MAIL_SERVER", ""},
      {"MAIL_SERVER", "mail.example.com\r\nX"},
      {"MAIL_SERVER", "mail.example.com/x"},
      {"MAIL_SERVER", "[::1]"},
      {"MAIL_SERVER", "mail.example.com/" + kSecretWord},
      {"MAIL_SERVER", "user@mail.example.com"},
      {"MAIL_FROM", ""},
      {"MAIL_FROM", "nobody"},
      {"MAIL_PORT", "0"},
      {"MAIL_PORT", "65536"},
      {"MAIL_PORT", "25x"},
      {"MAIL_TLS", "yes"},
      {"MAIL_PLAIN_TEXT", "yes"},
      {"MAIL_USE_TLS", "perhaps"},
      {"ORIGIN_LISTEN", "localhost"},
      {"OPS_LISTEN", "9090"},
      {"REGISTRATION", "On"},
      {"RECOVERY", "no"},
      {"FEATURES", "Recovery"},
      {"FEATURES", "recovery,accounts"},
      {"PASSWORD_FORMAT", "bcrypt"},
      {"PASSWORD_FORMAT", "Argon2id"},
      {"BCRYPT_COST", "9"},
      {"BCRYPT_COST", "15"},
      {"PBKDF2_ITERATIONS", "99999"},
      {"PBKDF2_ITERATIONS", "2000001"},
      {"PASSWORD_MIN_LENGTH", "7"},
      {"PASSWORD_MIN_LENGTH", "65"},
      {"ACCESS_TOKEN_EXPIRE_MINUTES", "0"},
      {"ACCESS_TOKEN_EXPIRE_MINUTES", "721"},
      {"RESET_PASSWORD_TOKEN_LIFETIME_SECONDS", "3601"},
      {"RESET_PASSWORD_TOKEN_LIFETIME_SECONDS", "59"},
      {"RESET_PASSWORD_TOKEN_LIFETIME_SECONDS", "-1"},
      {"RESET_PASSWORD_TOKEN_LIFETIME_SECONDS", "18446744073709551675"},
      {"RESET_TOKEN_EXPIRE_MINUTES", "61"},
      {"ARGON2_MEMORY_KIB", "7167"},
      {"ARGON2_MEMORY_KIB", "262145"},
      {"ARGON2_PASSES", "0"},
      {"ARGON2_PASSES", "17"},
      {"ARGON2_LANES", "9"},
      {"HASH_PARALLEL", "0"},
      {"DATABASE_POOL_SIZE", "1"},
      {"DATABASE_CONNECT_SECONDS", "1"},
      {"DATABASE_CONNECT_SECONDS", "61"},
      {"DATABASE_WAIT_MS", "9"},
      {"DATABASE_WAIT_MS", "60001"},
      {"DATABASE_STATEMENT_MS", "0"},
      {"DATABASE_STATEMENT_MS", "99"},
      {"SESSION_LONGEST_HOURS", "0"},
      {"SESSION_LONGEST_HOURS", "721"},
      {"REQUESTS_KEEP_HOURS", "0"},
      {"REQUESTS_KEEP_HOURS", "8761"},
      {"SESSIONS_KEEP_MINUTES", "9"},
      {"AUDIT_KEEP_DAYS", "0"},
      {"WORKER_THREADS", "0"},
      {"MAIL_SENDERS", "0"},
      {"MAIL_FALLBACK_SERVER", "other.example.com/x"},
      {"MAIL_FALLBACK_PORT", "0"},
      {"MAIL_FALLBACK_TLS", "yes"},
      {"MAIL_LIMIT_TOTAL", "0"},
      {"MAIL_LIMIT_TOTAL", "10000001"},
      {"MAIL_LIMIT_TOTAL", "100/3600"},
      {"CODE_MISSES_A_DAY", "100001"},
      {"CODE_MISSES_A_DAY", "-1"},
      {"MAIL_LIMIT_PER_ACCOUNT", "1/60"},
      {"MAIL_LIMIT_PER_ACCOUNT", "5/3600,1/60"},
      {"MAIL_LIMIT_PER_ACCOUNT", "1/60,5/3600,9/9"},
      {"LOG_LEVEL", "debug"},
      {"ORIGIN_NAME", "origin 1"},
      {"ORIGIN_NAME", std::string(65, 'x')},
      {"PRODUCT_NAME", "Rekey\nBcc: e@example.com"},
      {"PRODUCT_NAME", std::string(61, 'x')},
      {"PRODUCT_NAME", "Rekey\xff"},
      {"MAIL_CONTACT", "\xc2\x85"},
      {"SIGN_IN_HINT", std::string(121, 'x')},
      {"SIGN_IN_HINT", "Google\nBcc: e@example.com"},
      {"ALLOW_FIRST_PASSWORD", "yes"},
  };
  for (const auto& [name, value] : wrong) {
    INFO(name << " = " << value);
    const auto result = read(with(good(), {{name, value}}));
    CHECK_FALSE(result.settings);
    CHECK_THAT(result.problems(), Catch::Contains(name + " "));
    CHECK_THAT(result.problems(), !Catch::Contains(kSecretWord));
    CHECK(result.texts.problems.size() <= 2);
  }
}

TEST_CASE("P18: memory and passes of Argon2id that would take a core for seconds stop the start together", "[settings]") {
  CHECK(read(with(good(), {{"ARGON2_MEMORY_KIB", "262144"}, {"ARGON2_PASSES", "4"}})).settings);
  const auto result = read(with(good(), {{"ARGON2_MEMORY_KIB", "262144"}, {"ARGON2_PASSES", "5"}}));
  CHECK_FALSE(result.settings);
  CHECK(result.problems() == "ARGON2_PASSES times ARGON2_MEMORY_KIB must be at most 1048576\n");
}

TEST_CASE("all problems are reported at once", "[settings][F16]") {
  const auto problems = read({}).problems();
  for (const auto* name : {"DATABASE_URL", "EDGE_ORIGIN_KEYS", "RESET_PASSWORD_TOKEN_SECRET", "SEED_SECRET", "FRONTEND_URL",
                           "MAIL_SERVER", "MAIL_FROM"}) {
    CHECK_THAT(problems, Catch::Contains(name + std::string(" must be set")));
  }
}

TEST_CASE("an origin is named by its setting, or else by its machine and port", "[settings]") {
  CHECK(read(with(good(), {{"ORIGIN_NAME", "east-1"}})).settings->origin_name == "east-1");
  CHECK(read(with(good(), {{"ORIGIN_NAME", std::string(64, 'x')}})).settings->origin_name == std::string(64, 'x'));
  const auto name = read(with(good(), {{"ORIGIN_LISTEN", "[::1]:8123"}})).settings->origin_name;
  CHECK(name.ends_with(":8123"));
  CHECK(name.size() > 5);
}

TEST_CASE("the log goes to standard error unless a file is named", "[settings]") {
  CHECK(read(good()).settings->log_file.empty());
  CHECK(read(with(good(), {{"LOG_FILE", "/var/log/rekey.log"}})).settings->log_file == "/var/log/rekey.log");
}

TEST_CASE("F16: two secrets that are equal are refused", "[settings][F16]") {
  CHECK_THAT(read(with(good(), {{"SEED_SECRET", kKeyB}})).problems(), Catch::Contains("SEED_SECRET must not share a key"));
  CHECK_THAT(read(with(good(), {{"SEED_SECRET", kKeyA}})).problems(), Catch::Contains("SEED_SECRET must not share a key"));
  const auto shared = read(with(good(), {{"EDGE_ORIGIN_KEYS", "7:" + kKeyA + ",9:" + kKeyB}}));
  CHECK_THAT(shared.problems(), Catch::Contains("EDGE_ORIGIN_KEYS must not share a key with RESET_PASSWORD_TOKEN_SECRET"));
}

TEST_CASE("the address of the front end is https, or this machine", "[settings][B2][H20]") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"https://example.com", "https://example.com"},
      {"https://example.com/", "https://example.com"},
      {"https://example.com:8443/", "https://example.com:8443"},
      {"http://localhost:8787", "http://localhost:8787"},
      {"http://127.0.0.1:8787/", "http://127.0.0.1:8787"},
      {"http://[::1]:8787", "http://[::1]:8787"},
  };
  for (const auto& [given, kept] : rows) {
    INFO(given);
    const auto result = read(with(good(), {{"FRONTEND_URL", given}}));
    REQUIRE(result.settings);
    CHECK(result.settings->frontend_url == kept);
  }
}

TEST_CASE("B1: the lifetime may be given in minutes, and two that contradict each other stop the start", "[settings][B1][A5]") {
  const auto minutes = read(with(good(), {{"RESET_TOKEN_EXPIRE_MINUTES", "15"}}));
  REQUIRE(minutes.settings);
  CHECK(minutes.settings->reset_lifetime == std::chrono::minutes(15));
  const SettingMap agreeing{{"RESET_TOKEN_EXPIRE_MINUTES", "15"}, {"RESET_PASSWORD_TOKEN_LIFETIME_SECONDS", "900"}};
  CHECK(read(with(good(), agreeing)).settings);
  const SettingMap contradicting{{"RESET_TOKEN_EXPIRE_MINUTES", "15"}, {"RESET_PASSWORD_TOKEN_LIFETIME_SECONDS", "3600"}};
  CHECK_THAT(read(with(good(), contradicting)).problems(), Catch::Contains("RESET_TOKEN_EXPIRE_MINUTES contradicts"));
}

TEST_CASE("B1: TLS may be switched by its other name, and two that contradict each other stop the start", "[settings][B1][B4]") {
  struct Row {
    SettingMap given;
    std::optional<MailTls> tls;
  };
  const std::vector<Row> rows{
      {{{"MAIL_USE_TLS", "true"}}, MailTls::kStartTls},
      {{{"MAIL_USE_TLS", "false"}, {"MAIL_PLAIN_TEXT", "allow"}}, MailTls::kNone},
      {{{"MAIL_USE_TLS", "true"}, {"MAIL_TLS", "implicit"}}, MailTls::kImplicit},
      {{{"MAIL_USE_TLS", "false"}, {"MAIL_TLS", "none"}, {"MAIL_PLAIN_TEXT", "allow"}}, MailTls::kNone},
      {{{"MAIL_USE_TLS", "true"}, {"MAIL_TLS", "none"}}, std::nullopt},
      {{{"MAIL_USE_TLS", "false"}, {"MAIL_TLS", "starttls"}}, std::nullopt},
      {{{"MAIL_USE_TLS", "false"}, {"MAIL_TLS", "implicit"}}, std::nullopt},
  };
  for (const auto& row : rows) {
    const auto result = read(with(good(), row.given));
    CHECK(result.settings.has_value() == row.tls.has_value());
    if (row.tls && result.settings) CHECK(result.settings->relay.tls == *row.tls);
    if (!row.tls) CHECK_THAT(result.problems(), Catch::Contains("MAIL_USE_TLS contradicts MAIL_TLS"));
  }
}

TEST_CASE("a second relay has settings of its own, and the sender of the first", "[settings]") {
  REQUIRE_FALSE(read(good()).settings->fallback_relay);
  const SettingMap both{{"MAIL_PORT", "25"},
                        {"MAIL_TLS", "implicit"},
                        {"MAIL_FALLBACK_SERVER", "other.example.com"},
                        {"MAIL_FALLBACK_PORT", "465"},
                        {"MAIL_FALLBACK_USERNAME", "rekey"},
                        {"MAIL_FALLBACK_PASSWORD", kSecretWord},
                        {"MAIL_FALLBACK_CA_FILE", "/etc/other.pem"}};
  const auto result = read(with(good(), both));
  INFO(result.problems());
  REQUIRE(result.settings);
  REQUIRE(result.settings->fallback_relay);
  const auto& relay = *result.settings->fallback_relay;
  CHECK(relay.server == "other.example.com");
  CHECK(relay.port == 465);
  CHECK(relay.tls == MailTls::kStartTls);
  CHECK(relay.username == "rekey");
  CHECK(relay.password == kSecretWord);
  CHECK(relay.ca_file == "/etc/other.pem");
  CHECK(relay.from_address == "rekey@example.com");
  CHECK(relay.from_name == "Rekey");
  CHECK(result.settings->relay.port == 25);
}

TEST_CASE("a second relay's settings are held to the rules of the first's", "[settings]") {
  const SettingMap other{{"MAIL_FALLBACK_SERVER", "other.example.com"}};
  const auto problems = [&](const SettingMap& more) { return read(with(with(good(), other), more)).problems(); };
  CHECK_THAT(problems({{"MAIL_FALLBACK_TLS", "none"}}), Catch::Contains("MAIL_PLAIN_TEXT must be allow"));
  CHECK_THAT(problems({{"MAIL_FALLBACK_USERNAME", "rekey"}}),
             Catch::Contains("MAIL_FALLBACK_PASSWORD and MAIL_FALLBACK_USERNAME"));
  const SettingMap log_in{{"MAIL_FALLBACK_USERNAME", "rekey"}, {"MAIL_FALLBACK_PASSWORD", kSecretWord}};
  CHECK_THAT(problems(with(log_in, {{"MAIL_FALLBACK_TLS", "none"}})), Catch::Contains("MAIL_FALLBACK_TLS must not be none"));
  CHECK(problems(log_in).empty());
  CHECK_THAT(read(with(good(), log_in)).problems(), Catch::Contains("MAIL_FALLBACK_SERVER must be set"));
}

TEST_CASE("times for the database, sessions and ended rows are settings", "[settings]") {
  const auto defaults = *read(good()).settings;
  CHECK(defaults.database_connect == std::chrono::seconds(2));
  CHECK(defaults.database_wait == std::chrono::milliseconds(900));
  CHECK(defaults.database_statement == std::chrono::milliseconds(1'500));
  CHECK(defaults.session_longest == std::chrono::hours(12));
  CHECK(defaults.requests_keep == std::chrono::hours(24));
  CHECK(defaults.sessions_keep == std::chrono::minutes(10));
  const SettingMap others{{"DATABASE_CONNECT_SECONDS", "5"}, {"DATABASE_WAIT_MS", "250"},  {"DATABASE_STATEMENT_MS", "750"},
                          {"SESSION_LONGEST_HOURS", "720"},  {"REQUESTS_KEEP_HOURS", "1"}, {"SESSIONS_KEEP_MINUTES", "60"}};
  const auto changed = *read(with(good(), others)).settings;
  CHECK(changed.database_connect == std::chrono::seconds(5));
  CHECK(changed.database_wait == std::chrono::milliseconds(250));
  CHECK(changed.database_statement == std::chrono::milliseconds(750));
  CHECK(changed.session_longest == std::chrono::hours(720));
  CHECK(changed.requests_keep == std::chrono::hours(1));
  CHECK(changed.sessions_keep == std::chrono::hours(1));
}

TEST_CASE("a session may not be meant to outlive its chain", "[settings]") {
  const SettingMap equal{{"SESSION_LONGEST_HOURS", "1"}, {"ACCESS_TOKEN_EXPIRE_MINUTES", "60"}};
  CHECK(read(with(good(), equal)).settings);
  const SettingMap longer{{"SESSION_LONGEST_HOURS", "1"}, {"ACCESS_TOKEN_EXPIRE_MINUTES", "61"}};
  CHECK_THAT(read(with(good(), longer)).problems(), Catch::Contains("SESSION_LONGEST_HOURS must not be shorter"));
}

TEST_CASE("a request may not be kept for longer than the row of the audit log that it becomes", "[settings]") {
  CHECK(read(with(good(), {{"REQUESTS_KEEP_HOURS", "48"}, {"AUDIT_KEEP_DAYS", "2"}})).settings);
  CHECK_THAT(read(with(good(), {{"REQUESTS_KEEP_HOURS", "49"}, {"AUDIT_KEEP_DAYS", "2"}})).problems(),
             Catch::Contains("REQUESTS_KEEP_HOURS must not be longer than AUDIT_KEEP_DAYS"));
}

TEST_CASE("2,400 wrong codes a day are allowed unless set otherwise; none means no codes", "[settings]") {
  CHECK(read(good()).settings->code_misses_a_day == 2400);
  CHECK(read(with(good(), {{"CODE_MISSES_A_DAY", "0"}})).settings->code_misses_a_day == 0);
}

TEST_CASE("the mails of an hour are unlimited without MAIL_LIMIT_TOTAL", "[settings]") {
  CHECK(read(good()).settings->mail_limit_total == 0);
  CHECK(read(with(good(), {{"MAIL_LIMIT_TOTAL", "500"}})).settings->mail_limit_total == 500);
}

TEST_CASE("mails go without TLS only to this machine, or if MAIL_PLAIN_TEXT allows it", "[settings][B4]") {
  const auto starts = [](const std::string& server, const std::string& plain_text) {
    return read(with(good(), {{"MAIL_SERVER", server}, {"MAIL_TLS", "none"}, {"MAIL_PLAIN_TEXT", plain_text}}))
        .settings.has_value();
  };
  for (const auto& [name, value] : {std::pair("MAIL_TLS", "none"), {"MAIL_USE_TLS", "false"}}) {
    CHECK_THAT(read(with(good(), {{name, value}})).problems(), Catch::Contains("MAIL_PLAIN_TEXT must be allow"));
  }
  for (const auto* server : {"localhost", "127.0.0.1", "127.8.9.10", "::1"}) CHECK(starts(server, "refuse"));
  for (const auto* server :
       {"mail.example.com", "127.mail.example.com", "127.0.0.1.example.com", "127.0.0", "127.0.0.256", "127.0.0.08", "127.1",
        "128.0.0.1", "localhost.example.com", "::2", "::ffff:127.0.0.1", "10.0.0.1"}) {
    INFO(server);
    CHECK_FALSE(starts(server, "refuse"));
    CHECK_FALSE(starts(server, ""));
    CHECK(starts(server, "allow"));
  }
}

TEST_CASE("a password for the relay needs a user name, and TLS", "[settings][B4]") {
  const SettingMap log_in{{"MAIL_USERNAME", "rekey"}, {"MAIL_PASSWORD", kSecretWord}};
  CHECK(read(with(good(), log_in)).settings);
  CHECK_THAT(read(with(good(), {{"MAIL_PASSWORD", kSecretWord}})).problems(), Catch::Contains("MAIL_USERNAME"));
  CHECK_THAT(read(with(with(good(), log_in), {{"MAIL_TLS", "none"}})).problems(), Catch::Contains("MAIL_TLS must not be none"));
}

TEST_CASE("B1: a report of the settings shows no secret", "[settings][B1]") {
  auto given = with(good(), {{"MAIL_USERNAME", "rekey"}, {"MAIL_PASSWORD", kSecretWord}, {"LOG_LEVEL", "error"}});
  const auto report = describe_settings(read(given).texts);
  CHECK_THAT(report, Catch::Contains("LOG_LEVEL = error  [environment]"));
  CHECK_THAT(report, Catch::Contains("MAIL_PORT = 587  [default]"));
  CHECK_THAT(report, Catch::Contains("DATABASE_URL = (set)  [environment]"));
  const auto json = settings_json(read(given).texts);
  CHECK_THAT(json, Catch::Contains(R"({"name":"LOG_LEVEL","value":"error","source":"environment"})"));
  CHECK_THAT(json, Catch::Contains(R"({"name":"MAIL_PORT","value":"587","source":"default"})"));
  CHECK_THAT(json, Catch::Contains(R"({"name":"DATABASE_URL","value":null,"source":"environment"})"));
  CHECK_THAT(json, Catch::Contains(R"({"name":"LOG_FILE","value":null,"source":null})"));
  for (const auto& secret : {kSecretWord, kKeyA, kKeyB, kKeyC}) CHECK_THAT(report + json, !Catch::Contains(secret));
}

TEST_CASE("the Markdown table has a row for each setting, and no value that was set", "[settings]") {
  const auto table = settings_markdown();
  CHECK(std::ranges::count(table, '\n') == static_cast<std::ptrdiff_t>(setting_table().size()) + 2);
  for (const auto& row : setting_table()) CHECK_THAT(table, Catch::Contains("| `" + std::string(row.name) + "` |"));
}

TEST_CASE("webhooks need a secret for each URL, and mails by webhook no relay", "[settings]") {
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const auto none = read(good());
  REQUIRE(none.settings);
  CHECK(none.settings->webhooks.empty());
  CHECK_FALSE(none.settings->mail_webhook);

  const auto two = read(with(good(), {{"WEBHOOK_URLS", "https://a.example/x, http://127.0.0.1:9/"},
                                      {"WEBHOOK_SECRETS", "1:" + secret + ",2:" + secret}}));
  REQUIRE(two.settings);
  CHECK(two.settings->webhooks.size() == 2);
  CHECK(two.settings->webhook_events.size() == 5);

  const auto problems = [](const SettingMap& more) { return read(with(good(), more)).problems(); };
  CHECK(problems({{"WEBHOOK_URLS", "https://a.example/"}}) == "WEBHOOK_SECRETS must hold a secret for each URL\n");
  CHECK(problems({{"WEBHOOK_SECRETS", "whsec_short"}}).starts_with("WEBHOOK_SECRETS must be a list"));
  CHECK(
      problems({{"WEBHOOK_URLS", "http://a.example/"}, {"WEBHOOK_SECRETS", secret}}).starts_with("WEBHOOK_URLS must hold https"));
  CHECK(problems({{"WEBHOOK_URLS", "https://a.example/,https://a.example/"}, {"WEBHOOK_SECRETS", secret}}) ==
        "WEBHOOK_URLS must not hold a URL twice\n");
  CHECK(problems({{"WEBHOOK_URLS", "https://a.example/"}, {"WEBHOOK_SECRETS", secret + ",2:" + secret}}) ==
        "WEBHOOK_SECRETS must not hold a secret for a URL that WEBHOOK_URLS does not\n");
  CHECK(problems({{"WEBHOOK_EVENTS", "password.changed,mail.send"}}).starts_with("WEBHOOK_EVENTS must be a list"));
  CHECK(problems({{"MAIL_SENDER", "webhook"}}) == "MAIL_WEBHOOK_URL must be set\n");
  CHECK(problems({{"MAIL_WEBHOOK_URL", "https://mail.example/"}}) ==
        "MAIL_WEBHOOK_URL must not be set unless MAIL_SENDER is webhook\n");

  auto by_webhook = with(
      good(), {{"MAIL_SENDER", "webhook"}, {"MAIL_WEBHOOK_URL", "https://mail.example/"}, {"WEBHOOK_SECRETS", "mail:" + secret}});
  by_webhook.erase("MAIL_SERVER");
  by_webhook["MAIL_TLS"] = "none";
  CHECK(read(by_webhook).problems().empty());
  by_webhook["MAIL_FALLBACK_SERVER"] = "other.example.com";
  CHECK_THAT(read(by_webhook).problems(), Catch::Contains("MAIL_FALLBACK_SERVER must not be set if MAIL_SENDER is webhook\n"));
}

TEST_CASE("no report and no problem quotes a webhook's secret", "[settings]") {
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const auto result =
      read(with(good(), {{"WEBHOOK_URLS", "ftp://a.example/"}, {"WEBHOOK_SECRETS", secret + "," + secret + "," + secret}}));
  CHECK(result.problems().find("MfKQ9r8") == std::string::npos);
  CHECK(describe_settings(result.texts).find("MfKQ9r8") == std::string::npos);
}

TEST_CASE("registration can't be on where there are no accounts", "[settings]") {
  const auto both = read(with(good(), {{"FEATURES", "recovery"}, {"REGISTRATION", "on"}}));
  CHECK_FALSE(both.settings);
  CHECK(both.problems() == "REGISTRATION must be off if FEATURES is recovery\n");
  const auto recovery = read(with(good(), {{"FEATURES", "recovery"}}));
  REQUIRE(recovery.settings);
  CHECK(recovery.settings->features == FeatureSet::kRecovery);
}

TEST_CASE("RESET_PAGE_URL is any page of the application's, without a fragment", "[settings][H20]") {
  const auto page = [](const SettingMap& changes) { return read(with(good(), changes)).settings->reset_page_url; };
  CHECK(page({}) == "");
  CHECK(page({{"RESET_PAGE_URL", "https://app.example.com/" + std::string(476, 'a')}}).size() == 500);
  CHECK(page({{"RESET_PAGE_URL", "https://app.example.com:8443/a/new?b=c"}}) == "https://app.example.com:8443/a/new?b=c");
  CHECK(page({{"RESET_PAGE_URL", "http://localhost:3000/new"}}) == "http://localhost:3000/new");
}

TEST_CASE("H23: APP_LINK_SCHEME is a domain name backwards, and off by default", "[settings]") {
  const auto scheme = [](const SettingMap& changes) { return read(with(good(), changes)).settings->app_link_scheme; };
  CHECK(scheme({}) == "");
  CHECK(scheme({{"APP_LINK_SCHEME", "com.example.app-2"}}) == "com.example.app-2");
}

}  // namespace rekey::test
