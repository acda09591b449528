// The work of a log-in, as hashes by kind, with the real hasher. No clock: equal work makes equal time.
#include <crypt.h>

#include <catch2/catch.hpp>
#include <map>

#include "origin/passwords/format_hasher.h"
#include "tests/origin/store_world.h"
#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr Argon2Parameters kTodays{.memory_kib = 64, .passes = 1, .lanes = 1};
constexpr std::string_view kRight = "correct horse";

using Work = std::map<std::string, int>;
const Work kOneOfEach{{"argon2id", 1}, {"argon2id_other", 1}, {"bcrypt", 1},      {"phpass", 1},
                      {"pbkdf2", 1},   {"scrypt", 1},         {"sha512crypt", 1}, {"yescrypt", 1}};

// A hash made by crypt(3) itself.
std::string crypted(const std::string& setting) {
  crypt_data work{};
  const char* const text = crypt_r(std::string(kRight).c_str(), setting.c_str(), &work);
  REQUIRE(text != nullptr);
  return text;
}

struct CostWorld {
  explicit CostWorld(const PasswordFormatSettings& chosen = {.argon2 = kTodays}) : format(chosen) {}

  PasswordFormatSettings format;
  NumberedRandom random;
  FakeMetrics metrics;
  FakeEventLog events;
  FakeAccounts accounts;
  FakeNormalizer normalizer;
  PasswordRules rules{normalizer, "Rekey", 8};
  FormatHasher hasher{format, {}, random, metrics, events};
  HandClock clock;
  GuessWatch guesses{random, clock, events, metrics};
  LogIn log_in{accounts, hasher, rules, SessionLife{}, guesses, events};
  std::uint8_t sessions = 0;

  std::string made(const PasswordFormatSettings& of) {
    FakeMetrics unseen;
    return FormatHasher(of, {}, random, unseen, events).hash(kRight, [] { return true; })->text;
  }
  std::string argon2(const Argon2Parameters& parameters) { return made({.argon2 = parameters}); }

  Work counts() const {
    Work counts;
    for (const char* kind : {"argon2id", "argon2id_other", "bcrypt", "phpass", "pbkdf2", "scrypt", "sha512crypt", "yescrypt"}) {
      if (const int count = metrics.counted(Counter::kHashes, kind)) counts[kind] = count;
    }
    return counts;
  }

  Work work_of(const std::string& name, std::string_view password, LogInOutcome expected) {
    const Work before = counts();
    CHECK(log_in.run({address(name + "@example.com"), password, TokenHash{++sessions}}, {}) == expected);
    Work spent;
    for (const auto& [kind, count] : counts()) {
      const auto earlier = before.find(kind);
      if (const int more = count - (earlier == before.end() ? 0 : earlier->second)) spent[kind] = more;
    }
    return spent;
  }
  Work refused(const std::string& name) { return work_of(name, "another horse", LogInOutcome::kBadCredentials); }

  // An account with each kind of hash, some with texts that can't be verified, and an inactive one.
  void add_all_kinds() {
    accounts.add("current", argon2(kTodays));
    accounts.add("old-argon", argon2({.memory_kib = 32, .passes = 2, .lanes = 1}));
    accounts.add("bcrypt", crypted("$2y$04$abcdefghijklmnopqrstuu"));
    accounts.add("sha512crypt", crypted("$6$rounds=1000$abcdefgh"));
    accounts.add("yescrypt", crypted("$y$j75$abcdefgh"));
    accounts.add("django", made({.format = PasswordFormat::kDjangoPbkdf2, .pbkdf2_iterations = 1000}));
    accounts.add("django-argon", made({.format = PasswordFormat::kDjangoArgon2, .argon2 = kTodays}));
    accounts.add("django-bcrypt", made({.format = PasswordFormat::kDjangoBcryptSha256, .bcrypt_cost = 4}));
    accounts.add("better-auth", made({.format = PasswordFormat::kBetterAuth}));
    accounts.add("phpass", "$P$5" + std::string(30, '.'));
    accounts.add("wordpress", "$wp$2y$04$" + std::string(53, '.'));
    accounts.add("locked", "!");
    accounts.add("broken-bcrypt", "$2b$04$" + std::string(53, ':'));
    accounts.add("broken-argon", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$");
    accounts.add("inactive", argon2(kTodays)).user.is_active = false;
  }
};

}  // namespace

TEST_CASE("E02: a refused log-in costs the same work whatever the account holds", "[log_in]") {
  CostWorld world;
  world.add_all_kinds();
  world.hasher.expect({"$2y$04$", "$6$rounds=1000$........", "$argon2id$v=19$m=32,t=2,p=1$", "$argon2id$v=19$m=64,t=1,p=1$",
                       "$y$j75$", "pbkdf2_sha256$1000$", "scrypt$16384$$16$1$", "$P$5"});
  for (const char* name :
       {"nobody", "current", "old-argon", "bcrypt", "sha512crypt", "yescrypt", "django", "django-argon", "django-bcrypt",
        "better-auth", "phpass", "wordpress", "locked", "broken-bcrypt", "broken-argon", "inactive"}) {
    CAPTURE(name);
    CHECK(world.refused(name) == kOneOfEach);
  }
}

TEST_CASE("E02: once a log-in meets a kind of hash, every refused log-in computes that kind", "[log_in]") {
  CostWorld world;
  world.add_all_kinds();
  CHECK(world.refused("nobody") == Work{{"argon2id", 1}});
  CHECK(world.refused("bcrypt") == Work{{"argon2id", 1}, {"bcrypt", 1}});
  CHECK(world.refused("nobody") == Work{{"argon2id", 1}, {"bcrypt", 1}});
  CHECK(world.refused("current") == Work{{"argon2id", 1}, {"bcrypt", 1}});
}

TEST_CASE("with hashes of the current settings alone, a refused log-in computes one hash", "[log_in]") {
  CostWorld world;
  world.hasher.expect({"$argon2id$v=19$m=64,t=1,p=1$"});
  world.accounts.add("current", world.argon2(kTodays));
  CHECK(world.refused("current") == Work{{"argon2id", 1}});
  CHECK(world.refused("nobody") == Work{{"argon2id", 1}});
}

TEST_CASE("the right password costs its own hash alone, and once the upgraded one", "[log_in]") {
  CostWorld world;
  world.add_all_kinds();
  world.hasher.expect({"$2b$04$", "$6$rounds=1000$........", "$argon2id$v=19$m=32,t=2,p=1$", "$y$j75$", "pbkdf2_sha256$1000$",
                       "scrypt$16384$$16$1$", "$P$5"});
  CHECK(world.work_of("current", kRight, LogInOutcome::kOk) == Work{{"argon2id", 1}});
  CHECK(world.work_of("bcrypt", kRight, LogInOutcome::kOk) == Work{{"bcrypt", 1}, {"argon2id", 1}});
  CHECK(world.work_of("bcrypt", kRight, LogInOutcome::kOk) == Work{{"argon2id", 1}});
  CHECK(world.work_of("inactive", kRight, LogInOutcome::kBadCredentials) == kOneOfEach);
}

TEST_CASE("more kinds than a refused log-in may compute raise one alarm, and the first ones are kept", "[log_in]") {
  CostWorld world;
  std::vector<std::string> beginnings;
  for (std::size_t rounds = 1000; rounds < 1000 + HashKinds::kMost; ++rounds) {
    beginnings.push_back("$6$rounds=" + std::to_string(rounds) + "$........");
  }
  world.hasher.expect(beginnings);
  world.hasher.expect(beginnings);
  CHECK(world.events.count(Event::kTooManyHashKinds) == 1);
  CHECK(world.metrics.counted(Counter::kAlarms, "hash_kinds") == 1);
  CHECK(world.refused("nobody") == Work{{"argon2id", 1}, {"sha512crypt", static_cast<int>(HashKinds::kMost) - 1}});
}

TEST_CASE("E02: with another format than Argon2id, an unknown account costs what an account of that format costs", "[log_in]") {
  CostWorld world({.format = PasswordFormat::kBcrypt2y, .bcrypt_cost = 4});
  world.accounts.add("laravel", crypted("$2y$04$abcdefghijklmnopqrstuu"));
  world.accounts.add("locked", "!");
  for (const char* name : {"nobody", "laravel", "locked"}) {
    CAPTURE(name);
    CHECK(world.refused(name) == Work{{"bcrypt", 1}});
  }
  CHECK(world.work_of("laravel", kRight, LogInOutcome::kOk) == Work{{"bcrypt", 1}});
}

TEST_CASE("E02: a password that crypt stops reading costs the same for every account", "[log_in]") {
  CostWorld world({.format = PasswordFormat::kBcrypt2y, .bcrypt_cost = 4});
  world.accounts.add("laravel", crypted("$2y$04$abcdefghijklmnopqrstuu"));
  for (const char* name : {"nobody", "laravel"}) {
    CAPTURE(name);
    CHECK(world.work_of(name, std::string_view("correct\0horse", 13), LogInOutcome::kBadCredentials) == Work{{"bcrypt", 1}});
  }
}

TEST_CASE("crypt accepts the setting that stands for each kind of its hashes", "[log_in]") {
  const char* const beginning =
      GENERATE("$2a$04$", "$2b$05$", "$2y$04$", "$6$", "$6$........", "$6$rounds=1000$................", "$y$j75$");
  const auto kind = hash_kind(beginning);
  REQUIRE(kind);
  const auto& setting = std::get<CryptKind>(*kind).setting;
  CHECK(crypted(setting).starts_with(setting.substr(0, 4)));
}
