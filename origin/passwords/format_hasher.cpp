#include "origin/passwords/format_hasher.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "origin/passwords/pre_hash.h"
#include "origin/ports/unavailable.h"
#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey {

namespace {

// Observes the time of its scope.
class HashTimer {
 public:
  explicit HashTimer(Metrics& metrics) : metrics_(metrics) {}
  ~HashTimer() { metrics_.observe(Timing::kHash, std::chrono::steady_clock::now() - begin_); }
  HashTimer(const HashTimer&) = delete;
  HashTimer& operator=(const HashTimer&) = delete;

 private:
  Metrics& metrics_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

constexpr std::size_t kMostDigestSize = 64;

// A digest that is of no password. Of a text of crypt(3): its setting, then digits.
void fill_digest(HashBody& body, const ByteArray<kMostDigestSize>& bytes) {
  if (!std::holds_alternative<CryptKind>(body.kind)) {
    std::copy_n(bytes.begin(), body.digest.size(), body.digest.begin());
    return;
  }
  constexpr std::size_t kBcryptDigits = 31;
  std::string digits = to_base64(bytes).substr(0, kBcryptDigits);
  std::ranges::replace(digits, '+', '.');
  body.digest = body.salt;
  body.digest.insert(body.digest.end(), digits.begin(), digits.end());
}

Label label_of_crypt(CryptAlgorithm algorithm) {
  switch (algorithm) {
    case CryptAlgorithm::kBcrypt:
      return Label::kBcrypt;
    case CryptAlgorithm::kSha512crypt:
      return Label::kSha512crypt;
    case CryptAlgorithm::kYescrypt:
      return Label::kYescrypt;
  }
  __builtin_trap();
}

}  // namespace

FormatHasher::FormatHasher(const PasswordFormatSettings& format, const HashTurnSettings& turns, Random& random, Metrics& metrics,
                           EventLog& events)
    : format_(format),
      kinds_(kind_of_format(format)),
      function_(format.argon2),
      turns_(turns, metrics, [this] { function_.release_memory(); }),
      random_(random),
      metrics_(metrics),
      events_(events) {
  random_.fill(secret_);
}

std::optional<PasswordHash> FormatHasher::hash(std::string_view password, const std::function<bool()>& still_wanted) {
  if (password.size() > most_bytes()) throw std::logic_error("a password of more bytes than its format takes");
  const HashTurns::Turn turn(turns_);
  if (!still_wanted()) return std::nullopt;
  ByteArray<kSaltEntropy> entropy{};
  random_.fill(entropy);
  StoredHash made = salted(format_, entropy);
  auto digest = compute(password, made);
  if (!digest || digest->empty()) throw Unavailable("a password hash could not be computed");
  made.body.digest = std::move(*digest);
  return PasswordHash{text_of(made)};
}

PasswordMatch FormatHasher::verify(std::string_view password, const PasswordHash& stored, Admits admits) {
  const HashTurns::Turn turn(turns_);
  auto parsed = parse_stored_hash(stored.text);
  if (!parsed) parsed = parse_stored_hash(hash_of_nobody(stored.text).text);
  Attempt attempt = parsed ? try_stored(password, *parsed) : Attempt{};
  if (admits == Admits::kNone) attempt.match = PasswordMatch::kNo;
  if (attempt.computed) learn(*attempt.computed);
  if (attempt.match == PasswordMatch::kNo) compute_all_but(attempt.computed, password);
  return attempt.match;
}

void FormatHasher::expect(const std::vector<std::string>& beginnings) {
  for (const std::string& beginning : beginnings) {
    if (const auto kind = hash_kind(beginning)) learn(*kind);
  }
}

// No password matches it: its digest is made from the secret, not from a password.
// Why a salt for each address, as for each account: Argon2id's memory accesses, and with them its time, depend on password
// and salt. With new salts, or one for all, a repeated guess would take another time than for an account.
PasswordHash FormatHasher::hash_of_nobody(std::string_view address) {
  const auto salt = hmac_sha256(secret_, {as_bytes("salt"), as_bytes(address)});
  ByteArray<kSaltEntropy> entropy{};
  std::copy_n(salt.begin(), entropy.size(), entropy.begin());
  StoredHash made = salted(format_, entropy);
  const auto first = hmac_sha256(secret_, {as_bytes("digest"), as_bytes(address)});
  const auto second = hmac_sha256(secret_, {as_bytes("second"), as_bytes(address)});
  ByteArray<kMostDigestSize> digest{};
  std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), digest.begin()));
  fill_digest(made.body, digest);
  return {text_of(made)};
}

FormatHasher::Attempt FormatHasher::try_stored(std::string_view password, const StoredHash& stored) {
  const auto digest = compute(password, stored);
  if (!digest) return {};
  const bool equal = equal_in_constant_time(*digest, stored.body.digest);
  return {equal ? right_password(password, stored) : PasswordMatch::kNo, stored.body.kind};
}

// A password that today's format can't take keeps its hash. So does one that the hash does not tell from others: the owner may
// have typed another of them than usual, and a new hash would know that one only.
PasswordMatch FormatHasher::right_password(std::string_view password, const StoredHash& stored) const {
  const bool keep = is_of_format(stored, format_) || password.size() > most_bytes() || !is_told_apart(password, stored);
  return keep ? PasswordMatch::kYes : PasswordMatch::kYesAndOutdated;
}

std::optional<std::vector<std::uint8_t>> FormatHasher::compute(std::string_view password, const StoredHash& stored) {
  const PreparedPassword prepared(password, pre_hash_of(stored.form));
  const auto& [kind, salt, digest] = stored.body;
  const HashTimer timer(metrics_);
  auto computed = function_.compute(kind, prepared.reveal(), salt, digest.size());
  if (computed) count(kind);
  return computed;
}

void FormatHasher::compute_all_but(const std::optional<HashKind>& computed, std::string_view password) {
  for (const HashKind& kind : kinds_.all_but(computed)) {
    count(kind);
    const HashTimer timer(metrics_);
    function_.compute_for_nobody(kind, password);
  }
}

// Logs only that kinds are left out: the operator can list them in the database.
void FormatHasher::learn(const HashKind& kind) {
  if (kinds_.learn(kind) != HashKinds::Learned::kNoRoom || told_of_no_room_.test_and_set()) return;
  metrics_.count(Counter::kAlarms, Label::kHashKinds);
  events_.write(Event::kTooManyHashKinds, "", {{"most", static_cast<std::int64_t>(HashKinds::kMost)}});
}

void FormatHasher::count(const HashKind& kind) {
  Label label = Label::kPhpass;
  if (const auto* const argon2 = std::get_if<Argon2Parameters>(&kind)) {
    label = *argon2 == format_.argon2 ? Label::kArgon2id : Label::kArgon2idOther;
  } else if (const auto* const crypt = std::get_if<CryptKind>(&kind)) {
    label = label_of_crypt(crypt->algorithm);
  } else if (std::holds_alternative<Pbkdf2Kind>(kind)) {
    label = Label::kPbkdf2;
  } else if (std::holds_alternative<ScryptKind>(kind)) {
    label = Label::kScrypt;
  }
  metrics_.count(Counter::kHashes, label);
}

}  // namespace rekey
