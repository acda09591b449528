// What a refused log-in still computes after the account's own hash.
#include "origin/passwords/hash_kinds.h"

#include <catch2/catch.hpp>

namespace rekey::test {
namespace {

constexpr std::uint32_t kOfDjango[] = {260'000, 320'000, 390'000, 600'000, 720'000, 870'000, 1'000'000, 1'200'000, 1'500'000};

// The iterations of a refusal.
std::uint64_t spent(const HashKinds& kinds, const std::optional<HashKind>& own) {
  std::uint64_t iterations = own ? std::get<Pbkdf2Kind>(*own).iterations : 0;
  for (const HashKind& kind : kinds.all_but(own)) {
    if (const auto* const pbkdf2 = std::get_if<Pbkdf2Kind>(&kind)) iterations += pbkdf2->iterations;
  }
  return iterations;
}

}  // namespace

TEST_CASE("E02: a table with many numbers of PBKDF2's iterations costs a refusal the most of them, whoever is refused",
          "[hasher]") {
  HashKinds kinds(Pbkdf2Kind{Prf::kHmacSha256, 870'000});
  for (const auto iterations : kOfDjango)
    CHECK(kinds.learn(Pbkdf2Kind{Prf::kHmacSha256, iterations}) != HashKinds::Learned::kNoRoom);
  for (const auto iterations : kOfDjango) CHECK(spent(kinds, Pbkdf2Kind{Prf::kHmacSha256, iterations}) == 1'500'000);
  CHECK(spent(kinds, std::nullopt) == 1'500'000);
  CHECK(kinds.all_but(Pbkdf2Kind{Prf::kHmacSha256, 1'500'000}).empty());
}

TEST_CASE("E02: each PRF of PBKDF2 is a kind of its own", "[hasher]") {
  HashKinds kinds(Pbkdf2Kind{Prf::kHmacSha256, 1000});
  CHECK(kinds.learn(Pbkdf2Kind{Prf::kHmacSha1, 3000}) == HashKinds::Learned::kNew);
  CHECK(kinds.learn(Pbkdf2Kind{Prf::kHmacSha1, 2000}) == HashKinds::Learned::kKnown);
  CHECK(kinds.learn(Pbkdf2Kind{Prf::kHmacSha1, 4000}) == HashKinds::Learned::kNew);
  CHECK(kinds.all_but(Pbkdf2Kind{Prf::kHmacSha1, 3000}) ==
        std::vector<HashKind>{Pbkdf2Kind{Prf::kHmacSha256, 1000}, Pbkdf2Kind{Prf::kHmacSha1, 1000}});
}

}  // namespace rekey::test
