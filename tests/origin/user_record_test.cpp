#include "origin/commands/user_record.h"

#include <catch2/catch.hpp>

#include "origin/passwords/stored_hash.h"
#include "tests/origin/product_hashes.h"
#include "tests/origin/store_world.h"

namespace rekey::test {
namespace {

const std::string kArgon = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kBcrypt = "$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde";
const std::string kSha512 = "$6$rounds=5000$saltsalt$" + std::string(86, 'x');
const std::string kYescrypt = "$y$j9T$abcdefghijklmnop$" + std::string(43, 'x');

UserRecord record(const std::vector<std::pair<UserField, std::string>>& fields) {
  UserRecord made;
  made.line = 9;
  made[UserField::kEmail] = "Ada@Example.com";
  for (const auto& [field, value] : fields) made[field] = value;
  return made;
}

std::variant<ImportedUser, std::string> judge(const UserRecord& made, UnknownHash unknown = UnknownHash::kRefuse) {
  NumberedRandom random;
  return judge_record(made, unknown, random);
}

ImportedUser taken(const UserRecord& made, UnknownHash unknown = UnknownHash::kRefuse) {
  const auto judged = judge(made, unknown);
  if (const auto* problem = std::get_if<std::string>(&judged)) FAIL(*problem);
  return std::get<ImportedUser>(judged);
}

}  // namespace

TEST_CASE("an address alone makes an account that only a reset opens, with a name of its own", "[user_record]") {
  const auto user = taken(record({}));
  CHECK(user.line == 9);
  CHECK(user.email.text() == "Ada@Example.com");
  CHECK(user.username.text().starts_with("user"));
  CHECK(user.standing == Standing::kActive);
  CHECK(user.verified == ImportedUser::Mark::kNo);
  CHECK(user.superuser == ImportedUser::Mark::kNo);
  CHECK_FALSE(is_verifiable_hash(user.password_hash.text));
  CHECK_FALSE(hash_kind(user.password_hash.text));
  NumberedRandom random;
  CHECK(unusable_hash(random) != unusable_hash(random));
}

TEST_CASE("each field of the other system is kept", "[user_record]") {
  const auto user = taken(record({{UserField::kUsername, "Ada-1"},
                                  {UserField::kPasswordHash, kBcrypt},
                                  {UserField::kId, "0E8400F2-0000-4000-8000-00000000ABCD"},
                                  {UserField::kLanguage, "de-AT"},
                                  {UserField::kIsActive, "f"},
                                  {UserField::kIsVerified, "TRUE"},
                                  {UserField::kIsSuperuser, "1"},
                                  {UserField::kCreatedAt, "2020-02-29 12:00:00"}}));
  CHECK(user.username.text() == "Ada-1");
  CHECK(user.password_hash.text == kBcrypt);
  CHECK(user.id == "0e8400f2-0000-4000-8000-00000000abcd");
  CHECK(user.language == "de-AT");
  CHECK(user.standing == Standing::kInactive);
  CHECK(user.verified == ImportedUser::Mark::kYes);
  CHECK(user.superuser == ImportedUser::Mark::kYes);
  CHECK(user.created_at == "2020-02-29 12:00:00Z");
}

TEST_CASE("an account that signs in elsewhere has no password", "[user_record]") {
  const auto user = taken(record({{UserField::kSignInWith, "Google"}}));
  CHECK(user.password_hash.text.empty());
  CHECK(user.sign_in_with == "Google");
  const auto both = taken(record({{UserField::kSignInWith, "Google"}, {UserField::kPasswordHash, kBcrypt}}));
  CHECK(both.password_hash.text == kBcrypt);
  const auto unknown =
      taken(record({{UserField::kSignInWith, "Google"}, {UserField::kPasswordHash, "plain"}}), UnknownHash::kReset);
  CHECK_FALSE(unknown.password_hash.text.empty());
}

TEST_CASE("a hash of each product is taken as it is", "[user_record]") {
  for (const auto& made : kProductHashes) {
    CAPTURE(made.product);
    CHECK(taken(record({{UserField::kPasswordHash, std::string(made.text)}})).password_hash.text == made.text);
  }
}

TEST_CASE("a hash is taken only if a log-in could verify it", "[user_record]") {
  for (const auto& hash : {kArgon, kBcrypt, kSha512, kYescrypt, "argon2" + kArgon, "bcrypt$" + kBcrypt}) {
    CAPTURE(hash);
    CHECK(is_verifiable_hash(taken(record({{UserField::kPasswordHash, hash}})).password_hash.text));
  }
  for (const std::string& hash :
       {std::string("pbkdf2_sha256$600000$salt$AAAA"), std::string("5f4dcc3b5aa765d61d8327deb882cf99"), std::string("plain text"),
        kBcrypt.substr(0, 59), kBcrypt + "a", std::string("$2b$31$") + kBcrypt.substr(7), kArgon + "!", kArgon.substr(0, 60),
        std::string("$argon2i") + kArgon.substr(9), kSha512 + "x", kSha512.substr(0, 80), kYescrypt + "x",
        std::string("$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabc\x01\x02"), "bcrypt" + kBcrypt,
        "bcrypt_sha256" + kBcrypt}) {
    CAPTURE(hash);
    const auto judged = judge(record({{UserField::kPasswordHash, hash}}));
    REQUIRE(std::holds_alternative<std::string>(judged));
    CHECK(std::get<std::string>(judged).find(hash) == std::string::npos);
    CHECK_FALSE(hash_kind(taken(record({{UserField::kPasswordHash, hash}}), UnknownHash::kReset).password_hash.text));
  }
}

TEST_CASE("a field that `users` could not hold is refused by its name", "[user_record]") {
  const std::pair<UserField, std::string> wrong[] = {{UserField::kEmail, "ada"},
                                                     {UserField::kEmail, ""},
                                                     {UserField::kUsername, "a.b"},
                                                     {UserField::kId, "17"},
                                                     {UserField::kId, "0e8400f2-0000-4000-8000-00000000abcg"},
                                                     {UserField::kSignInWith, std::string(121, 'a')},
                                                     {UserField::kSignInWith, "Google\xC2\x85"},
                                                     {UserField::kLanguage, "de_AT"},
                                                     {UserField::kLanguage, std::string(36, 'a')},
                                                     {UserField::kIsActive, "maybe"},
                                                     {UserField::kIsVerified, "2"},
                                                     {UserField::kIsSuperuser, "null"},
                                                     {UserField::kCreatedAt, "yesterday"},
                                                     {UserField::kCreatedAt, "2020-02-30T00:00:00Z"}};
  for (const auto& [field, value] : wrong) {
    CAPTURE(name_of(field), value);
    const auto judged = judge(record({{field, value}}));
    REQUIRE(std::holds_alternative<std::string>(judged));
    CHECK_THAT(std::get<std::string>(judged), Catch::Contains("`" + std::string(name_of(field)) + "`"));
  }
}

}  // namespace rekey::test
