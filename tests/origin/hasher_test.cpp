#include <crypt.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "origin/passwords/format_hasher.h"
#include "origin/passwords/utf8proc_normalizer.h"
#include "origin/ports/unavailable.h"
#include "tests/origin/product_hashes.h"
#include "tests/origin/race_start.h"
#include "tests/origin/store_world.h"
#include "tests/origin/use_case_fakes.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr Argon2Parameters kLight{.memory_kib = 64, .passes = 1, .lanes = 1};
constexpr auto kAlways = [] { return true; };

struct HasherWorld {
  NumberedRandom random;
  FakeMetrics metrics;
  FakeEventLog events;
  FormatHasher hasher;

  explicit HasherWorld(const Argon2Parameters& parameters = kLight, const HashTurnSettings& turns = {})
      : HasherWorld(PasswordFormatSettings{.argon2 = parameters}, turns) {}
  explicit HasherWorld(const PasswordFormatSettings& format, const HashTurnSettings& turns = {})
      : hasher(format, turns, random, metrics, events) {}

  PasswordHash hash(std::string_view password) { return hasher.hash(password, kAlways).value(); }
};

// The cheapest hashes of each format.
PasswordFormatSettings cheap(PasswordFormat format) {
  return {.format = format, .argon2 = kLight, .bcrypt_cost = 4, .pbkdf2_iterations = 1000};
}

constexpr PasswordFormat kEachFormat[] = {PasswordFormat::kArgon2id,     PasswordFormat::kBcrypt2b,
                                          PasswordFormat::kBcrypt2y,     PasswordFormat::kDjangoArgon2,
                                          PasswordFormat::kDjangoPbkdf2, PasswordFormat::kDjangoBcryptSha256,
                                          PasswordFormat::kBetterAuth,   PasswordFormat::kAspnetV3};

const ProductHash& product_hash(HashForm form) { return *std::ranges::find(kProductHashes, form, &ProductHash::form); }

// A hash of a legacy kind, made by libcrypt from a setting.
PasswordHash crypted(const char* password, const char* setting) {
  crypt_data work{};
  const char* const text = crypt_r(password, setting, &work);
  REQUIRE(text != nullptr);
  return {text};
}

}  // namespace

TEST_CASE("B7: a hash is an Argon2id PHC string with its own salt and matches its password alone", "[hasher]") {
  HasherWorld world;
  const PasswordHash first = world.hash("correct horse");
  CHECK(first.text.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  CHECK(first != world.hash("correct horse"));
  CHECK(world.hasher.verify("correct horse", first) == PasswordMatch::kYes);
  CHECK(world.hasher.verify("correct horsf", first) == PasswordMatch::kNo);
  CHECK(world.hasher.verify("", first) == PasswordMatch::kNo);
}

TEST_CASE("the reference implementation's own vector is verified", "[hasher]") {
  HasherWorld world;
  // Source: libargon2's test.c, Argon2id, version 0x13, t=2, m=2^16, p=1, "password", "somesalt".
  const PasswordHash known{"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"};
  CHECK(world.hasher.verify("password", known) == PasswordMatch::kYesAndOutdated);
  CHECK(world.hasher.verify("Password", known) == PasswordMatch::kNo);
}

TEST_CASE("P04: passwords that differ after 72 bytes are different", "[hasher]") {
  HasherWorld world;
  const std::string beginning(72, 'x');
  CHECK(world.hasher.verify(beginning + "b", world.hash(beginning + "a")) == PasswordMatch::kNo);
}

TEST_CASE("P16: a hash of other parameters verifies and is outdated", "[hasher]") {
  HasherWorld old_world;
  HasherWorld new_world({.memory_kib = 128, .passes = 2, .lanes = 1});
  const PasswordHash old_hash = old_world.hash("password one");
  CHECK(new_world.hasher.verify("password one", old_hash) == PasswordMatch::kYesAndOutdated);
  CHECK(new_world.hasher.verify("password two", old_hash) == PasswordMatch::kNo);
}

TEST_CASE("bcrypt, yescrypt and sha512crypt are verified and outdated", "[hasher]") {
  HasherWorld world;
  const char* const setting =
      GENERATE("$2a$04$abcdefghijklmnopqrstuu", "$2b$04$abcdefghijklmnopqrstuu", "$2y$04$abcdefghijklmnopqrstuu",
               "$y$j75$abcdefgh", "$6$rounds=1000$abcdefgh", "$6$abcdefgh");
  const PasswordHash stored = crypted("legacy password", setting);
  CHECK(world.hasher.verify("legacy password", stored) == PasswordMatch::kYesAndOutdated);
  CHECK(world.hasher.verify("legacy passwore", stored) == PasswordMatch::kNo);
  CHECK(world.hasher.verify(std::string_view("legacy password\0x", 17), stored) == PasswordMatch::kNo);
}

TEST_CASE("P18: a stored text of an unknown, broken or far too costly form matches nothing, and costs one hash", "[hasher]") {
  HasherWorld world;
  const char* const text = GENERATE(
      "", "!", "*", "plain text", "$1$abc$def", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa",
      "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa",
      "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa",
      "$argon2id$v=19$m=064,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa",
      "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa$",
      "$2b$31$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde", "$6$rounds=999999999$abcdefgh$x", "$y$jFT$abcdefgh$x");
  CHECK(world.hasher.verify(text, PasswordHash{text}) == PasswordMatch::kNo);
  CHECK(world.metrics.observed(Timing::kHash) == 1);
}

TEST_CASE("P20: each product's own hash is verified, and is outdated while another format is written", "[hasher]") {
  HasherWorld world;
  for (const auto& made : kProductHashes) {
    CAPTURE(made.product);
    const auto match = world.hasher.verify(made.password, {std::string(made.text)});
    CHECK(match == (made.password == kNotInNfkc ? PasswordMatch::kYes : PasswordMatch::kYesAndOutdated));
  }
}

// Otherwise the next log-in with the owner's usual spelling would be refused.
TEST_CASE("P19: a hash that takes several passwords for one is kept, unless it was typed as the hash reads it", "[hasher]") {
  HasherWorld world;
  const auto verify = [&](std::string_view password, std::string_view stored) {
    return world.hasher.verify(password, {std::string(stored)});
  };
  const std::string whole(72, 'x');
  const auto bcrypt = crypted(whole.c_str(), "$2b$04$abcdefghijklmnopqrstuu").text;
  CHECK(verify(whole + "y", bcrypt) == PasswordMatch::kYes);
  CHECK(verify(whole + std::string(900, 'y'), bcrypt) == PasswordMatch::kYes);
  CHECK(verify(whole, bcrypt) == PasswordMatch::kYesAndOutdated);

  const auto wordpress = product_hash(HashForm::kWordpress);
  CHECK(verify(std::string(wordpress.password) + " ", wordpress.text) == PasswordMatch::kYes);
  CHECK(verify(wordpress.password, wordpress.text) == PasswordMatch::kYesAndOutdated);

  constexpr std::string_view kFullWidthOne = "\xEF\xBC\x91";
  HasherWorld better_auth(cheap(PasswordFormat::kBetterAuth));
  const auto ones = better_auth.hash("11111111").text;
  CHECK(verify(std::string(kFullWidthOne) + "1111111", ones) == PasswordMatch::kYes);
  CHECK(verify("11111111", ones) == PasswordMatch::kYesAndOutdated);
}

TEST_CASE("a hash of each format has the product's form, its own salt, and matches its password alone", "[hasher]") {
  const std::pair<PasswordFormat, std::string> beginnings[] = {
      {PasswordFormat::kArgon2id, "$argon2id$v=19$m=64,t=1,p=1$"},
      {PasswordFormat::kBcrypt2b, "$2b$04$"},
      {PasswordFormat::kBcrypt2y, "$2y$04$"},
      {PasswordFormat::kDjangoArgon2, "argon2$argon2id$v=19$m=64,t=1,p=1$"},
      {PasswordFormat::kDjangoPbkdf2, "pbkdf2_sha256$1000$"},
      {PasswordFormat::kDjangoBcryptSha256, "bcrypt_sha256$$2b$04$"},
      {PasswordFormat::kBetterAuth, ""},
      {PasswordFormat::kAspnetV3, "AQAAAAIAAAPoAAAAE"}};
  for (const auto& [format, beginning] : beginnings) {
    CAPTURE(beginning);
    HasherWorld world(cheap(format));
    const auto made = world.hash("correct horse");
    CHECK(made.text.starts_with(beginning));
    CHECK(parse_stored_hash(made.text));
    CHECK(made != world.hash("correct horse"));
    CHECK(world.hasher.verify("correct horse", made) == PasswordMatch::kYes);
    CHECK(world.hasher.verify("correct horsf", made) == PasswordMatch::kNo);
    CHECK(world.hasher.verify("", made) == PasswordMatch::kNo);
  }
}

TEST_CASE("each format's hash is outdated in every other format, and at another cost", "[hasher]") {
  for (const auto written : kEachFormat) {
    HasherWorld writer(cheap(written));
    const auto made = writer.hash("correct horse");
    for (const auto wanted : kEachFormat) {
      CAPTURE(static_cast<int>(written), static_cast<int>(wanted));
      HasherWorld world(cheap(wanted));
      const auto expected = written == wanted ? PasswordMatch::kYes : PasswordMatch::kYesAndOutdated;
      CHECK(world.hasher.verify("correct horse", made) == expected);
    }
    if (written == PasswordFormat::kBetterAuth) continue;  // it has one cost
    auto dearer = cheap(written);
    dearer.argon2.passes = 2;
    dearer.bcrypt_cost = 5;
    dearer.pbkdf2_iterations = 1001;
    CHECK(HasherWorld(dearer).hasher.verify("correct horse", made) == PasswordMatch::kYesAndOutdated);
  }
}

TEST_CASE("P04: bcrypt alone takes no more than 72 bytes; every other format tells longer passwords apart", "[hasher]") {
  const std::string beginning(72, 'x');
  for (const auto format : kEachFormat) {
    CAPTURE(static_cast<int>(format));
    HasherWorld world(cheap(format));
    const bool cuts = format == PasswordFormat::kBcrypt2b || format == PasswordFormat::kBcrypt2y;
    CHECK((world.hasher.most_bytes() == 72) == cuts);
    if (cuts) {
      CHECK_THROWS_AS(world.hash(beginning + "a"), std::logic_error);
      CHECK(world.hasher.verify(beginning, world.hash(beginning)) == PasswordMatch::kYes);
    } else {
      CHECK(world.hasher.verify(beginning + "b", world.hash(beginning + "a")) == PasswordMatch::kNo);
    }
  }
}

TEST_CASE("P04: a right password that is too long for bcrypt keeps its hash of another form", "[hasher]") {
  const std::string longer(73, 'x');
  const auto made = HasherWorld().hash(longer);
  CHECK(HasherWorld(cheap(PasswordFormat::kBcrypt2b)).hasher.verify(longer, made) == PasswordMatch::kYes);
}

TEST_CASE("B11: in each format nobody's hash has the form and size of an account's, matches nothing, and costs one hash",
          "[hasher]") {
  for (const auto format : kEachFormat) {
    CAPTURE(static_cast<int>(format));
    HasherWorld world(cheap(format));
    const auto nobody = world.hasher.hash_of_nobody("ada@example.com");
    REQUIRE(parse_stored_hash(nobody.text));
    CHECK(hash_kind(nobody.text) == kind_of_format(cheap(format)));
    CHECK(world.hasher.verify("password", nobody) == PasswordMatch::kNo);
    CHECK(world.metrics.observed(Timing::kHash) == 1);
    CHECK(world.hasher.hash_of_nobody("ada@example.com") == nobody);
    CHECK_FALSE(world.hasher.hash_of_nobody("adb@example.com") == nobody);
    CHECK(nobody.text.size() == world.hash("password").text.size());
  }
}

TEST_CASE("a password that is no longer wanted when its turn comes is not hashed", "[hasher]") {
  HasherWorld world;
  CHECK_FALSE(world.hasher.hash("password", [] { return false; }));
  CHECK(world.metrics.observed(Timing::kHash) == 0);
}

TEST_CASE("D05: never more hashes at once than slots, and every caller gets a turn", "[hasher]") {
  HasherWorld world(kLight, {.slots = 2, .most_waiting = 64, .longest_wait = std::chrono::seconds(60)});
  std::atomic<int> working{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  run_at_once(24, [&](std::size_t) {
    const auto wanted = [&] {
      const int now = ++working;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::yield();
      --working;
      return true;
    };
    if (world.hasher.hash("password", wanted)) ++done;
  });
  CHECK(most <= 2);
  CHECK(done == 24);
}

TEST_CASE("D05: a caller that finds the line full, or waits too long, is turned away without a hash", "[hasher]") {
  HasherWorld world(kLight, {.slots = 1, .most_waiting = 1, .longest_wait = std::chrono::milliseconds(20)});
  // The outer call holds the slot, so both others are turned away: one because the line is full, one after its wait.
  std::atomic<int> turned_away{0};
  world.hasher.hash("password", [&] {
    run_at_once(2, [&](std::size_t) {
      try {
        world.hasher.verify("password", world.hasher.hash_of_nobody("ada@example.com"));
      } catch (const Unavailable&) {
        ++turned_away;
      }
    });
    return true;
  });
  CHECK(turned_away == 2);
  CHECK(world.metrics.observed(Timing::kHash) == 1);
  CHECK_NOTHROW(world.hasher.verify("password", world.hasher.hash_of_nobody("ada@example.com")));  // the slot is free again
}

TEST_CASE("an idle hasher holds no memory; a busy one keeps it for the next caller in line", "[hasher]") {
  HasherWorld world(kLight, {.slots = 2, .most_waiting = 8, .longest_wait = std::chrono::seconds(60)});
  CHECK(world.hasher.kept_bytes() == 0);
  std::size_t kept_while_busy = 0;
  world.hasher.hash("password", [&] {
    world.hasher.verify("password", world.hasher.hash_of_nobody("ada@example.com"));
    kept_while_busy = world.hasher.kept_bytes();
    return true;
  });
  CHECK(kept_while_busy == kLight.memory_kib * 1024);
  CHECK(world.hasher.kept_bytes() == 0);
}

TEST_CASE("D05: verifying hashes of former settings leaves no memory behind, however many settings there were", "[hasher]") {
  HasherWorld world(kLight, {.slots = 2});
  std::vector<PasswordHash> old;
  for (std::uint32_t more = 1; more <= 4; ++more) {
    old.push_back(HasherWorld({.memory_kib = kLight.memory_kib + 64 * more, .passes = 1, .lanes = 1}).hash("password"));
  }
  std::size_t kept_while_busy = 0;
  world.hasher.hash("password", [&] {
    for (const auto& stored : old) world.hasher.verify("another", stored);
    kept_while_busy = world.hasher.kept_bytes();
    return true;
  });
  CHECK(kept_while_busy == kLight.memory_kib * 1024);
}

TEST_CASE("hashes with the largest memory, passes and lanes that can be set are verified", "[hasher]") {
  for (const Argon2Parameters& most :
       {Argon2Parameters{kMostMemoryKib, 1, 1}, Argon2Parameters{64, kMostPasses, 1}, Argon2Parameters{64, 1, kMostLanes}}) {
    HasherWorld world(most);
    CHECK(world.hasher.verify("password", world.hash("password")) == PasswordMatch::kYes);
  }
}

TEST_CASE("a turn that ends with an exception gives the slot back", "[hasher]") {
  HasherWorld world(kLight, {.slots = 1, .most_waiting = 0, .longest_wait = std::chrono::seconds(1)});
  CHECK_THROWS_AS(world.hasher.hash("password", []() -> bool { throw Unavailable("gone"); }), Unavailable);
  CHECK(world.hasher.hash("password", kAlways));
}

TEST_CASE("P07: NFC makes two spellings of a password one, and keeps different passwords different", "[hasher]") {
  const Utf8procNormalizer normalizer;
  CHECK(normalizer.nfc("e\xCC\x81") == "\xC3\xA9");
  CHECK(normalizer.nfc("\xC3\xA9") == "\xC3\xA9");
  CHECK(normalizer.nfc("\xEF\xAC\x81") == "\xEF\xAC\x81");  // the ligature fi stays: NFC, not NFKC
  CHECK(normalizer.nfc("") == "");
  CHECK(normalizer.nfc(std::string_view("a\0b", 3)) == std::string("a\0b", 3));
  CHECK_FALSE(normalizer.nfc("\xC3"));
  CHECK_FALSE(normalizer.nfc("\xED\xA0\x80"));
}
