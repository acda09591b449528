#include "origin/passwords/argon2_hasher.h"

#include <argon2.h>

#include <chrono>

#include "origin/ports/unavailable.h"
#include "shared/sha256.h"

namespace rekey {

namespace {

constexpr std::size_t kSaltSize = 16;  // RFC 9106, section 3.1: enough for passwords
constexpr std::size_t kDigestSize = 32;
constexpr ByteArray<kSaltSize> kSaltOfNobody{};

// The library's callbacks get no context: the computing thread sets here whose memory it uses.
thread_local Argon2Memory* memory_of_this_thread = nullptr;

int take_memory(std::uint8_t** memory, std::size_t size) {
  *memory = memory_of_this_thread->take(size);
  return *memory == nullptr ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

// RFC 9106, section 3.2: the memory is rounded down to whole blocks of each quarter of each lane.
std::size_t work_space(const Argon2Parameters& parameters) {
  const std::size_t quarters = std::size_t{4} * parameters.lanes;
  return parameters.memory_kib / quarters * quarters * 1024;
}

void give_memory_back(std::uint8_t* memory, std::size_t size) { memory_of_this_thread->give_back(memory, size); }

// The casts are safe: the library does not write through these pointers (its flags leave the password alone).
argon2_context context_for(std::string_view password, const Argon2Parameters& parameters, Bytes salt, MutableBytes out) {
  argon2_context context{};
  context.out = out.data();
  context.outlen = static_cast<std::uint32_t>(out.size());
  context.pwd = reinterpret_cast<std::uint8_t*>(const_cast<char*>(password.data()));
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = const_cast<std::uint8_t*>(salt.data());
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = parameters.passes;
  context.m_cost = parameters.memory_kib;
  context.lanes = parameters.lanes;
  context.threads = 1;  // computes the lanes one after the other: only the slots decide how many cores are busy
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = take_memory;
  context.free_cbk = give_memory_back;
  context.flags = ARGON2_DEFAULT_FLAGS;
  return context;
}

}  // namespace

Argon2Hasher::Argon2Hasher(const Argon2Parameters& parameters, const HashTurnSettings& turns, Random& random, Metrics& metrics,
                           EventLog& events)
    : parameters_(parameters),
      kinds_(parameters),
      memory_(work_space(parameters)),
      turns_(turns, metrics, [this] { memory_.release(); }),
      random_(random),
      metrics_(metrics),
      events_(events) {
  random_.fill(secret_);
}

// The current parameters and a new salt; without the digest.
Argon2Phc Argon2Hasher::salted() {
  Argon2Phc phc{
      .parameters = parameters_, .salt = std::vector<std::uint8_t>(kSaltSize), .digest = std::vector<std::uint8_t>(kDigestSize)};
  random_.fill(phc.salt);
  return phc;
}

std::optional<PasswordHash> Argon2Hasher::hash(std::string_view password, const std::function<bool()>& still_wanted) {
  const HashTurns::Turn turn(turns_);
  if (!still_wanted()) return std::nullopt;
  Argon2Phc phc = salted();
  compute(password, parameters_, phc.salt, phc.digest);
  count(parameters_);
  return PasswordHash{write_phc(phc)};
}

PasswordMatch Argon2Hasher::verify(std::string_view password, const PasswordHash& stored) {
  const HashTurns::Turn turn(turns_);
  const Attempt attempt = try_stored(password, stored.text);
  if (attempt.computed) learn(*attempt.computed);
  if (attempt.match == PasswordMatch::kNo) compute_all_but(attempt.computed, password);
  return attempt.match;
}

void Argon2Hasher::expect(const std::vector<std::string>& beginnings) {
  for (const std::string& beginning : beginnings) {
    if (const auto kind = hash_kind(beginning)) learn(*kind);
  }
}

// No password matches it: its digest is made from the secret, not from a password.
// Why a salt for each address, as for each account: Argon2id's memory accesses, and with them its time, depend on password
// and salt. With new salts, or one for all, a repeated guess would take another time than for an account.
PasswordHash Argon2Hasher::hash_of_nobody(std::string_view address) {
  const auto salt = hmac_sha256(secret_, {as_bytes("salt"), as_bytes(address)});
  const auto digest = hmac_sha256(secret_, {as_bytes("digest"), as_bytes(address)});
  return {write_phc({.parameters = parameters_,
                     .salt = std::vector<std::uint8_t>(salt.begin(), salt.begin() + kSaltSize),
                     .digest = std::vector<std::uint8_t>(digest.begin(), digest.begin() + kDigestSize)})};
}

Argon2Hasher::Attempt Argon2Hasher::try_stored(std::string_view password, const std::string& stored) {
  if (const auto phc = parse_phc(stored)) return try_argon2(password, *phc);
  return try_legacy(password, stored);
}

Argon2Hasher::Attempt Argon2Hasher::try_argon2(std::string_view password, const Argon2Phc& stored) {
  std::vector<std::uint8_t> digest(stored.digest.size());
  compute(password, stored.parameters, stored.salt, digest);
  count(stored.parameters);
  if (!equal_in_constant_time(digest, stored.digest)) return {PasswordMatch::kNo, stored.parameters};
  const bool current = stored.parameters == parameters_ && stored.digest.size() == kDigestSize;
  return {current ? PasswordMatch::kYes : PasswordMatch::kYesAndOutdated, stored.parameters};
}

Argon2Hasher::Attempt Argon2Hasher::try_legacy(std::string_view password, const std::string& stored) {
  const LegacyMatch match = match_legacy_hash(password, stored);
  if (match == LegacyMatch::kNotComputed) return {};
  const HashKind kind = legacy_kind(stored).value();
  count(kind);
  return {match == LegacyMatch::kYes ? PasswordMatch::kYesAndOutdated : PasswordMatch::kNo, kind};
}

// Logs only that kinds are left out: the operator can list them in the database.
void Argon2Hasher::learn(const HashKind& kind) {
  if (kinds_.learn(kind) != HashKinds::Learned::kNoRoom || told_of_no_room_.test_and_set()) return;
  metrics_.count(Counter::kAlarms, Label::kHashKinds);
  events_.write(Event::kTooManyHashKinds, "", {{"most", static_cast<std::int64_t>(HashKinds::kMost)}});
}

void Argon2Hasher::compute_all_but(const std::optional<HashKind>& computed, std::string_view password) {
  for (const HashKind& kind : kinds_.all_but(computed)) compute_kind(password, kind);
}

void Argon2Hasher::compute_kind(std::string_view password, const HashKind& kind) {
  count(kind);
  if (const auto* const legacy = std::get_if<LegacyKind>(&kind)) return compute_legacy_hash(password, *legacy);
  ByteArray<kDigestSize> unused{};
  compute(password, std::get<Argon2Parameters>(kind), kSaltOfNobody, unused);
}

void Argon2Hasher::count(const HashKind& kind) {
  const auto* const legacy = std::get_if<LegacyKind>(&kind);
  if (legacy == nullptr) {
    return metrics_.count(Counter::kHashes,
                          std::get<Argon2Parameters>(kind) == parameters_ ? Label::kArgon2id : Label::kArgon2idOther);
  }
  switch (legacy->algorithm) {
    case LegacyAlgorithm::kBcrypt:
      return metrics_.count(Counter::kHashes, Label::kBcrypt);
    case LegacyAlgorithm::kSha512crypt:
      return metrics_.count(Counter::kHashes, Label::kSha512crypt);
    case LegacyAlgorithm::kYescrypt:
      return metrics_.count(Counter::kHashes, Label::kYescrypt);
  }
}

void Argon2Hasher::compute(std::string_view password, const Argon2Parameters& parameters, Bytes salt, MutableBytes out) {
  const auto begin = std::chrono::steady_clock::now();
  memory_of_this_thread = &memory_;
  argon2_context context = context_for(password, parameters, salt, out);
  if (argon2_ctx(&context, Argon2_id) != ARGON2_OK) throw Unavailable("a password hash could not be computed");
  metrics_.observe(Timing::kHash, std::chrono::steady_clock::now() - begin);
}

}  // namespace rekey
