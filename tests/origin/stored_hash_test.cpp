#include "origin/passwords/stored_hash.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "origin/passwords/hash_function.h"
#include "origin/passwords/pre_hash.h"
#include "tests/origin/product_hashes.h"

using namespace rekey;
using namespace rekey::test;

namespace {

// What the product would write for the password with the salt of `stored`.
std::string rewritten(StoredHash stored, std::string_view password) {
  HashFunction function({});
  const PreparedPassword prepared(password, pre_hash_of(stored.form));
  auto digest = function.compute(stored.body.kind, prepared.reveal(), stored.body.salt, stored.body.digest.size());
  REQUIRE(digest);
  stored.body.digest = *digest;
  return text_of(stored);
}

std::string zeros(std::size_t size) { return std::string(size, '0'); }

const std::string kDigest32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const std::string kDigest64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";
const std::string kBcryptRest = "abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde";

}  // namespace

TEST_CASE("P20: each product's own hash is computed and written again, byte for byte, for its password alone", "[stored_hash]") {
  for (const auto& made : kProductHashes) {
    CAPTURE(made.product);
    const auto stored = parse_stored_hash(made.text);
    REQUIRE(stored);
    CHECK(stored->form == made.form);
    CHECK(rewritten(*stored, made.password) == made.text);
    CHECK(rewritten(*stored, std::string(made.password) + "x") != made.text);
  }
}

TEST_CASE("the vectors cover every form but plain bcrypt with the letter b, and Django's old letter a", "[stored_hash]") {
  std::set<HashForm> seen{HashForm::kBcrypt2b, HashForm::kDjangoBcrypt2a, HashForm::kDjangoBcrypt2aSha256};
  for (const auto& made : kProductHashes) seen.insert(made.form);
  CHECK(seen.size() == static_cast<std::size_t>(HashForm::kAspnetV3) + 1);
}

TEST_CASE("Django's bcrypt hashes with the letter a are computed as those with b", "[stored_hash]") {
  for (const auto& made : kProductHashes) {
    const auto letter = made.text.find("$$2b$");
    if (letter == made.text.npos) continue;
    CAPTURE(made.product);
    std::string older(made.text);
    older[letter + 3] = 'a';
    const auto stored = parse_stored_hash(older);
    REQUIRE(stored);
    CHECK(stored->form != made.form);
    CHECK(rewritten(*stored, made.password) == older);
  }
}

TEST_CASE("a hash has one spelling: a changed, added or missing character makes another hash or none", "[stored_hash]") {
  for (const auto& made : kProductHashes) {
    CAPTURE(made.product);
    for (std::size_t at = 0; at <= made.text.size(); ++at) {
      for (const char other : {'\0', ' ', '$', '0', '9', 'A', 'z', '=', '+', '/', ':', '\xC3'}) {
        std::string added(made.text);
        added.insert(at, 1, other);
        if (const auto stored = parse_stored_hash(added)) CHECK(text_of(*stored) == added);
        if (at == made.text.size()) continue;
        std::string changed(made.text);
        changed[at] = other;
        if (const auto stored = parse_stored_hash(changed)) CHECK(text_of(*stored) == changed);
      }
      if (at == made.text.size()) continue;
      const std::string cut(made.text.substr(0, at));
      if (const auto stored = parse_stored_hash(cut)) CHECK(text_of(*stored) == cut);
    }
  }
}

TEST_CASE("the kind of a whole hash is known from its text, whatever follows the parameters", "[stored_hash]") {
  for (const auto& made : kProductHashes) {
    CAPTURE(made.product);
    CHECK(hash_kind(made.text) == parse_stored_hash(made.text)->body.kind);
  }
}

TEST_CASE("P18: a hash that would take a minute or a GiB is of no form, and just below the bound it is of one", "[stored_hash]") {
  const auto argon = [](const std::string& parameters) {
    return "$argon2id$v=19$" + parameters + "$c29tZXNhbHQ$" + kDigest32.substr(0, 43);
  };
  const auto scrypt = [](const std::string& n, const std::string& r, const std::string& p) {
    return "scrypt$" + n + "$salt$" + r + "$" + p + "$" + kDigest64;
  };
  const auto sha512 = [](const std::string& rounds) { return "$6$rounds=" + rounds + "$salt$" + std::string(86, '.'); };
  const auto pbkdf2 = [](const std::string& iterations) { return "pbkdf2_sha256$" + iterations + "$salt$" + kDigest32; };
  const auto phpass = [](const std::string& doublings) { return "$P$" + doublings + std::string(30, '.'); };
  const std::string good[] = {argon("m=262144,t=4,p=8"),
                              argon("m=65536,t=16,p=1"),
                              "$2b$14$" + kBcryptRest,
                              "$2b$04$" + kBcryptRest,
                              sha512("500000"),
                              sha512("1000"),
                              "$y$jCT$salt$" + std::string(43, '.'),
                              pbkdf2("2000000"),
                              pbkdf2("1"),
                              scrypt("65536", "8", "1"),
                              scrypt("16384", "8", "16"),
                              scrypt("32768", "1", "64"),
                              scrypt("2", "64", "64"),
                              phpass("I"),
                              "AQAAAAIAHoSAAAAAEAABAgMEBQYHCAkKCwwNDg8AAAAAAAAAAAAAAAAAAAAA"};
  for (const auto& text : good) {
    CAPTURE(text);
    CHECK(parse_stored_hash(text));
    CHECK(hash_kind(text));
  }
  const std::string bad[] = {argon("m=262145,t=1,p=1"),
                             argon("m=64,t=17,p=1"),
                             argon("m=262144,t=5,p=1"),
                             argon("m=65537,t=16,p=1"),
                             argon("m=64,t=1,p=9"),
                             argon("m=4294967296,t=1,p=1"),
                             argon("m=7,t=1,p=1"),
                             "$2b$15$" + kBcryptRest,
                             "$2b$31$" + kBcryptRest,
                             "$2b$03$" + kBcryptRest,
                             sha512("500001"),
                             sha512("999"),
                             sha512("99999999999"),
                             "$y$jDT$salt$" + std::string(43, '.'),
                             pbkdf2("2000001"),
                             pbkdf2("4294967297"),
                             pbkdf2("0"),
                             scrypt("131072", "8", "1"),
                             scrypt("16384", "8", "17"),
                             scrypt("16385", "8", "1"),
                             scrypt("1", "8", "1"),
                             scrypt("2097152", "2097152", "2097152"),
                             scrypt("16384", "0", "1"),
                             scrypt("65536", "1", "1"),  // RFC 7914: N is less than 2^(16 * r)
                             scrypt("32768", "1", "65"),
                             scrypt("2", "65", "1"),
                             phpass("J"),
                             phpass("4"),
                             "AQAAAAIAHoSBAAAAEAABAgMEBQYHCAkKCwwNDg8AAAAAAAAAAAAAAAAAAAAA",
                             "AQAAAAL/////AAAAEAABAgMEBQYHCAkKCwwNDg8AAAAAAAAAAAAAAAAAAAAA"};
  for (const auto& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(parse_stored_hash(text));
    CHECK_FALSE(hash_kind(text));
  }
}

TEST_CASE("P18: scrypt of the largest memory, blocks and lanes that a form may name can be computed", "[stored_hash]") {
  HashFunction function({});
  for (const ScryptKind& most :
       {ScryptKind{65536, 8, 1}, ScryptKind{8192, 64, 1}, ScryptKind{2, 64, 64}, ScryptKind{32768, 1, 1}})
    CHECK_NOTHROW(function.compute_for_nobody(most, "password"));
}

TEST_CASE("near misses of each form are of none", "[stored_hash]") {
  const std::string bad[] = {
      "",
      "!",
      "!" + zeros(40),
      "5f4dcc3b5aa765d61d8327deb882cf99",
      "pbkdf2_sha256$0600000$salt$" + kDigest32,
      "pbkdf2_sha256$+600000$salt$" + kDigest32,
      "pbkdf2_sha256$600000$$" + kDigest32,
      "pbkdf2_sha256$600000$sa lt$" + kDigest32,
      "pbkdf2_sha256$600000$" + zeros(65) + "$" + kDigest32,
      "pbkdf2_sha256$600000$salt$" + kDigest32.substr(0, 43),
      "pbkdf2_sha256$600000$salt$" + kDigest32 + "=",
      "pbkdf2_sha256$600000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",  // spare bits
      "pbkdf2_sha512$600000$salt$" + kDigest32,
      "pbkdf2_sha1$600000$salt$" + kDigest32,
      "PBKDF2_SHA256$600000$salt$" + kDigest32,
      "argon2$argon2i$v=19$m=512,t=2,p=2$MktOZjRsaTBNWnVp$/s1VqdEUfHOPKJyIokwa2A",
      "argon2$$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$" + kDigest32.substr(0, 43),
      "bcrypt_sha256$2b$12$" + kBcryptRest,
      "bcrypt_sha256$$2y$12$" + kBcryptRest,
      "$2x$12$" + kBcryptRest,
      "$2b$12$" + kBcryptRest.substr(1) + ":",
      "$wp$2b$12$" + kBcryptRest,
      zeros(32) + ":" + zeros(127),
      zeros(32) + ":" + zeros(129),
      zeros(31) + "A:" + zeros(128),
      zeros(32) + ":" + zeros(127) + "A",
      zeros(32) + "." + zeros(128),
      "scrypt:" + zeros(32) + ":" + zeros(128),
      "AQAAAAMAAYagAAAAEAABAgMEBQYHCAkKCwwNDg8AAAAAAAAAAAAAAAAAAAAA",          // another PRF
      "AAAAAAIAAYagAAAAEAABAgMEBQYHCAkKCwwNDg8AAAAAAAAAAAAAAAAAAAAA",          // another version
      "AQAAAAIAAAAAAAAAEAABAgMEBQYHCAkKCwwNDg8AAAAAAAAAAAAAAAAAAAAA",          // no iterations
      "AQAAAAIAAYagAAAADwABAgMEBQYHCAkKCwwNDg8AAAAAAAAAAAAAAAAAAAAA",          // a salt of 15 bytes
      "AQAAAAIAAYagAAABEAABAgMEBQYHCAkKCwwNDg8AAAAAAAAAAAAAAAAAAAAA",          // a salt longer than the text
      "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4A=",                          // the upstream's own "too short"
      "AQAAAAAAAAD6AAAAEAhftMyfTJyAAAAAAAAAAAAAAAAAAAih5WsjXaR3PA9MAAAAAAAA",  // more than one block of SHA-1
      "ANXrDknc7fGPpigibZXXZFMX4aoqz44JveK6jQuwY3eH/UyPhvr5xTPeGYEckLxz9A==",  // Identity's version 2
      "$P$B" + std::string(29, '.'),
      "$P$B" + std::string(31, '.'),
      "$S$D" + std::string(51, '.'),
  };
  for (const auto& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(parse_stored_hash(text));
    CHECK_FALSE(is_verifiable_hash(text));
  }
}

TEST_CASE("WordPress hashes a password without the blanks at its ends, Django and PHP with them", "[stored_hash]") {
  for (const auto& made : kProductHashes) {
    CAPTURE(made.product);
    const auto blanks = " " + std::string(made.password) + "\t";
    CHECK((rewritten(*parse_stored_hash(made.text), blanks) == made.text) == (made.form == HashForm::kWordpress));
  }
}
