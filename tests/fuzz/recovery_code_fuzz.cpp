// A code is read from 8 digits, with spaces and hyphens anywhere and nothing else; any way to type it has the same prints.
// Without the key no text is a recovery id. The input is also read as prints, which have one spelling.
#include <string>

#include "shared/recovery_code.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

namespace {

// Not in the corpus, so that nothing there is signed with it.
constexpr std::string_view kKeys = "c3RyYW5nZXJzIGRvIG5vdCBrbm93IHRoaXMga2V5ICE";
constexpr std::string_view kRequest = "AAECAwQFBgcICQoLDA0ODw";

// Returns: the digits of 8 digits with spaces and hyphens, "" for any other text.
std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == ' ' || c == '-') continue;
    if (c < '0' || c > '9') return {};
    digits.push_back(c);
  }
  return digits.size() == rekey::kCodeDigits ? digits : std::string();
}

void check_code(const rekey::KeyRing& keys, std::string_view text) {
  const auto code = rekey::RecoveryCode::parse(text);
  const auto digits = digits_of(text);
  must(static_cast<bool>(code) == !digits.empty());
  if (!code) return;
  must(code->reveal() == digits);
  must(code->prints(keys, kRequest).text() == rekey::RecoveryCode::parse(digits)->prints(keys, kRequest).text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = rekey_fuzz::as_text(data, size);
  const auto keys = rekey::KeyRing::parse(kKeys);
  must(static_cast<bool>(keys));
  check_code(*keys, text);
  must(!rekey::read_recovery_id(*keys, text, 0));
  if (const auto prints = rekey::KeyFingerprints::parse(text)) must(prints->text() == text);
  return 0;
}
