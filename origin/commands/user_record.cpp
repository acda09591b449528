#include "origin/commands/user_record.h"

#include <algorithm>
#include <optional>

#include "origin/commands/account_desk.h"
#include "origin/commands/moment.h"
#include "origin/passwords/stored_hash.h"
#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/codec/utf8.h"

namespace rekey {
namespace {

constexpr std::size_t kMostLanguageSize = 35;  // RFC 5646, section 4.4.1
constexpr std::size_t kMostSignInSize = 120;   // that of the column

// "user" and twelve letters: a valid name, in which nobody hides a message.
Username random_username(Random& random) {
  ByteArray<12> bytes{};
  random.fill(bytes);
  std::string name = "user";
  for (const auto byte : bytes) name += static_cast<char>('a' + byte % 26);
  return Username::parse(name).value();
}

bool is_language(std::string_view tag) {
  return tag.size() <= kMostLanguageSize && std::ranges::all_of(tag, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_way_to_sign_in(std::string_view phrase) {
  return phrase.size() <= kMostSignInSize && find_text_fault(phrase) == TextFault::kNone;
}

// As PostgreSQL and spreadsheets write booleans. Returns: nothing for other texts.
std::optional<bool> parse_boolean(const std::string& text) {
  const auto word = to_lower(text);
  for (const auto* yes : {"true", "t", "1", "yes"}) {
    if (word == yes) return true;
  }
  for (const auto* no : {"false", "f", "0", "no"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

// Reads the fields one after the other; keeps the first problem.
class Judgement {
 public:
  Judgement(const UserRecord& record, UnknownHash unknown, Random& random)
      : record_(record), unknown_(unknown), random_(random) {}

  std::variant<ImportedUser, std::string> judge() {
    if (!record_.problem.empty()) return record_.problem;
    const auto email = EmailAddress::parse(record_[UserField::kEmail]);
    if (!email) return std::string("`email` is no address that mail goes to here");
    const auto username = read_username();
    const auto hash = read_hash();
    const bool active = read_flag(UserField::kIsActive, true);
    const bool verified = read_flag(UserField::kIsVerified, false);
    const bool superuser = read_flag(UserField::kIsSuperuser, false);
    check(UserField::kId, is_uuid, "must be a UUID");
    check(UserField::kSignInWith, is_way_to_sign_in, "must have at most 120 bytes and no control characters");
    check(UserField::kLanguage, is_language, "must be a language tag");
    check(UserField::kCreatedAt, is_iso_moment, "must be a time such as 2026-11-21T09:00:00Z");
    if (!problem_.empty()) return problem_;
    return ImportedUser{.line = record_.line,
                        .id = to_lower(record_[UserField::kId]),
                        .username = *username,
                        .email = *email,
                        .password_hash = {hash},
                        .sign_in_with = record_[UserField::kSignInWith],
                        .language = record_[UserField::kLanguage],
                        .standing = active ? Standing::kActive : Standing::kInactive,
                        .verified = verified ? ImportedUser::Mark::kYes : ImportedUser::Mark::kNo,
                        .superuser = superuser ? ImportedUser::Mark::kYes : ImportedUser::Mark::kNo,
                        .created_at = in_utc(record_[UserField::kCreatedAt])};
  }

 private:
  std::optional<Username> read_username() {
    const auto& text = record_[UserField::kUsername];
    if (text.empty()) return random_username(random_);
    auto name = Username::parse(text);
    if (name) return std::move(name).value();
    refuse(
        "`username` must have 3 to 30 letters and digits, at most one - or _ between them, and no more than four digits in a "
        "row");
    return std::nullopt;
  }

  std::string read_hash() {
    const auto& hash = record_[UserField::kPasswordHash];
    if (hash.empty() && !record_[UserField::kSignInWith].empty()) return "";
    if (is_verifiable_hash(hash)) return hash;
    if (!hash.empty() && unknown_ == UnknownHash::kRefuse)
      refuse("`password_hash` has a form that no log-in can verify, or costs more than may be verified");
    return unusable_hash(random_);
  }

  bool read_flag(UserField field, bool otherwise) {  // NOLINT: a value, not a switch
    if (record_[field].empty()) return otherwise;
    const auto value = parse_boolean(record_[field]);
    if (!value) refuse("`" + std::string(name_of(field)) + "` must be true or false");
    return value.value_or(otherwise);
  }

  template <class IsValid>
  void check(UserField field, IsValid is_valid, std::string_view rule) {
    if (!record_[field].empty() && !is_valid(record_[field]))
      refuse("`" + std::string(name_of(field)) + "` " + std::string(rule));
  }

  // Without an offset PostgreSQL would take its own zone.
  static std::string in_utc(const std::string& moment) {
    if (moment.empty() || moment.find_first_of("Z+-", 19) != moment.npos) return moment;
    return moment + "Z";
  }

  void refuse(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  const UserRecord& record_;
  const UnknownHash unknown_;
  Random& random_;
  std::string problem_;
};

}  // namespace

std::variant<ImportedUser, std::string> judge_record(const UserRecord& record, UnknownHash unknown, Random& random) {
  return Judgement(record, unknown, random).judge();
}

std::string unusable_hash(Random& random) {
  ByteArray<16> bytes{};
  random.fill(bytes);
  return "!" + to_hex(bytes);
}

}  // namespace rekey
