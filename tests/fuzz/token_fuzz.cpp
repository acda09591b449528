// Without the key no text verifies as a token, and no bytes have two spellings. The input is also read as a key list.
#include "shared/codec/encoding.h"
#include "shared/key_ring.h"
#include "shared/token.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

namespace {

// Not in the corpus, so that nothing there is signed with it.
constexpr std::string_view kKeys = "c3RyYW5nZXJzIGRvIG5vdCBrbm93IHRoaXMga2V5ICE";

constexpr rekey::TokenPurpose kPurposes[] = {rekey::TokenPurpose::kReset, rekey::TokenPurpose::kSession,
                                             rekey::TokenPurpose::kRecovery, rekey::TokenPurpose::kDevice};

void check_one_spelling(std::string_view text) {
  rekey::ByteArray<54> bytes{};
  if (rekey::from_base64url(text, bytes) == rekey::Error::kNone) must(rekey::to_base64url(bytes) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = rekey_fuzz::as_text(data, size);
  const auto keys = rekey::KeyRing::parse(kKeys);
  must(static_cast<bool>(keys));
  for (const auto purpose : kPurposes) must(!rekey::verify_token(*keys, purpose, text, 0));
  must(static_cast<bool>(rekey::read_token_expiry(text)) <= (size == rekey::kTokenTextSize));
  check_one_spelling(text);
  if (const auto ring = rekey::KeyRing::parse(text)) must(ring->find(ring->signing_key().id) == &ring->signing_key());
  return 0;
}
