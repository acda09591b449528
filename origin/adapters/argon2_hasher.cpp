#include "origin/adapters/argon2_hasher.h"

#include <argon2.h>

#include <chrono>

#include "origin/adapters/legacy_hash.h"
#include "origin/ports/unavailable.h"

namespace rekey {

namespace {

constexpr std::size_t kSaltSize = 16;  // RFC 9106, section 3.1: enough for passwords
constexpr std::size_t kDigestSize = 32;
constexpr ByteArray<kSaltSize> kSaltOfNobody{};

// The library's callbacks know nothing of an object: the thread that computes says here whose memory it uses.
thread_local Argon2Memory* memory_of_this_thread = nullptr;

int take_memory(std::uint8_t** memory, std::size_t size) {
  *memory = memory_of_this_thread->take(size);
  return *memory == nullptr ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

void give_memory_back(std::uint8_t* memory, std::size_t size) { memory_of_this_thread->give_back(memory, size); }

// In: the library takes pointers to what it does not write (its flags leave the password alone).
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
  context.threads = 1;  // lanes are worked off in turn: the slots alone decide how many cores are busy
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = take_memory;
  context.free_cbk = give_memory_back;
  context.flags = ARGON2_DEFAULT_FLAGS;
  return context;
}

}  // namespace

Argon2Hasher::Argon2Hasher(const Argon2Parameters& parameters, const HashTurnSettings& turns, Random& random, Metrics& metrics)
    : parameters_(parameters), turns_(turns, metrics, [this] { memory_.release(); }), random_(random), metrics_(metrics) {}

std::optional<PasswordHash> Argon2Hasher::hash(std::string_view password, const std::function<bool()>& still_wanted) {
  const HashTurns::Turn turn(turns_);
  if (!still_wanted()) return std::nullopt;
  Argon2Phc phc{
      .parameters = parameters_, .salt = std::vector<std::uint8_t>(kSaltSize), .digest = std::vector<std::uint8_t>(kDigestSize)};
  random_.fill(phc.salt);
  compute(password, parameters_, phc.salt, phc.digest);
  return PasswordHash{write_phc(phc)};
}

PasswordMatch Argon2Hasher::verify(std::string_view password, const PasswordHash& stored) {
  const HashTurns::Turn turn(turns_);
  if (const auto phc = parse_phc(stored.text)) {
    if (!matches(password, *phc)) return PasswordMatch::kNo;
    const bool current = phc->parameters == parameters_ && phc->digest.size() == kDigestSize;
    return current ? PasswordMatch::kYes : PasswordMatch::kYesAndOutdated;
  }
  if (is_legacy_hash(stored.text)) {
    return matches_legacy_hash(password, stored.text) ? PasswordMatch::kYesAndOutdated : PasswordMatch::kNo;
  }
  ByteArray<kDigestSize> unused{};
  compute(password, parameters_, kSaltOfNobody, unused);
  return PasswordMatch::kNo;
}

void Argon2Hasher::verify_nothing(std::string_view password) {
  const HashTurns::Turn turn(turns_);
  ByteArray<kDigestSize> unused{};
  compute(password, parameters_, kSaltOfNobody, unused);
}

bool Argon2Hasher::matches(std::string_view password, const Argon2Phc& stored) {
  std::vector<std::uint8_t> digest(stored.digest.size());
  compute(password, stored.parameters, stored.salt, digest);
  return equal_in_constant_time(digest, stored.digest);
}

void Argon2Hasher::compute(std::string_view password, const Argon2Parameters& parameters, Bytes salt, MutableBytes out) {
  const auto begin = std::chrono::steady_clock::now();
  memory_of_this_thread = &memory_;
  argon2_context context = context_for(password, parameters, salt, out);
  if (argon2_ctx(&context, Argon2_id) != ARGON2_OK) throw Unavailable("a password hash could not be computed");
  metrics_.observe(Timing::kHash, std::chrono::steady_clock::now() - begin);
}

}  // namespace rekey
