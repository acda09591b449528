// An accepted address is plain ASCII with one `@`, and its canonical form is an address with the same canonical form.
#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/email_address.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = rekey_fuzz::as_text(data, size);
  const auto address = rekey::EmailAddress::parse(text);
  if (!address) return 0;
  must(address->text() == text);
  must(text.size() <= rekey::kMaxEmailSize && std::all_of(text.begin(), text.end(), rekey::is_visible));
  must(std::count(text.begin(), text.end(), '@') == 1);
  must(text.find_first_of("<>()[]\",;:\\") == std::string_view::npos);

  const auto again = rekey::EmailAddress::parse(address->normalized());
  must(again && again->normalized() == address->normalized());
  const auto key = rekey::EmailAddress::parse(address->limiter_key());
  must(key && key->limiter_key() == address->limiter_key());
  return 0;
}
