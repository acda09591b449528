// Without the key no fields verify as a signature. The three fields are the input's lines.
#include <algorithm>

#include "shared/message_signature.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

namespace {

std::string_view cut_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

// Not in the corpus, so that nothing there is signed with it.
constexpr std::string_view kKeys = "1:c3RyYW5nZXJzIGRvIG5vdCBrbm93IHRoaXMga2V5ICE";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = rekey_fuzz::as_text(data, size);
  const std::string_view digest = cut_line(rest);
  const std::string_view input = cut_line(rest);
  const auto keys = rekey::KeyRing::parse(kKeys);
  must(static_cast<bool>(keys));
  const rekey::SignedCall call{"POST", "/internal/health", "{}"};
  must(!rekey::verify_call(*keys, call, {digest, input, rest}, 1700000000));
  return 0;
}
