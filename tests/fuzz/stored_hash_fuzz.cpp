// Any text is a stored hash in one spelling, at a bounded cost, or none; its kind is that of its beginning.
#include "origin/passwords/stored_hash.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

namespace {

struct IsBounded {
  bool operator()(const rekey::Argon2Parameters& kind) const {
    return kind.memory_kib <= rekey::kMostMemoryKib && kind.passes <= rekey::kMostPasses && kind.lanes <= rekey::kMostLanes &&
           kind.memory_kib >= 8 * kind.lanes && kind.passes > 0 && kind.lanes > 0 &&
           kind.memory_kib * kind.passes <= rekey::kMostArgon2Work;
  }
  bool operator()(const rekey::CryptKind& kind) const { return kind.setting.size() <= 64 && kind.setting.front() == '$'; }
  bool operator()(const rekey::Pbkdf2Kind& kind) const {
    return kind.iterations > 0 && kind.iterations <= rekey::kMostPbkdf2Iterations;
  }
  bool operator()(const rekey::ScryptKind& kind) const {
    const auto blocks = std::uint64_t{kind.n} * kind.r;
    return blocks > 0 && kind.p > 0 && blocks * 128 <= rekey::kMostScryptMemory && blocks * kind.p <= rekey::kMostScryptWork;
  }
  bool operator()(const rekey::PhpassKind& kind) const { return kind.doublings <= rekey::kMostPhpassDoublings; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = rekey_fuzz::as_text(data, size);
  const auto kind = rekey::hash_kind(text);
  if (kind) must(std::visit(IsBounded{}, *kind));
  const auto stored = rekey::parse_stored_hash(text);
  must(rekey::is_verifiable_hash(text) == stored.has_value());
  if (!stored) return 0;
  must(kind == stored->body.kind);
  must(rekey::text_of(*stored) == text);
  must(!stored->body.salt.empty() && stored->body.digest.size() >= 16 && size <= 256);
  return 0;
}
