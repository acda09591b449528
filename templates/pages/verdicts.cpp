// verdicts.wasm: the rules of shared/ for the pages, so that the browser's verdicts are those of edge and origin. Only
// verdicts.js calls it. Texts are passed as UTF-8 in slots of fixed size; longer texts are cut, and every rule refuses a text of
// that size. Every check returns a number of `Error` (shared/result.h), 0 for good. Imports nothing: no clock, no key, no I/O.
#include <cstddef>
#include <cstdint>

#include "shared/email_address.h"
#include "shared/password_policy.h"
#include "shared/token.h"
#include "shared/username.h"

namespace {

constexpr std::size_t kSlots = 4;
constexpr std::size_t kSlotSize = 2048;  // more than the longest good value: a password of 256 code points is 1,024 bytes

char slots[kSlots][kSlotSize];

std::string_view text_in(std::size_t slot, std::size_t size) {
  if (size > kSlotSize) __builtin_trap();
  return {slots[slot], size};
}

template <class T>
int verdict(const rekey::Result<T>& result) {
  return static_cast<int>(result ? rekey::Error::kNone : result.error());
}

}  // namespace

#define REKEY_EXPORT(name) extern "C" __attribute__((export_name(#name), used))

// The library's own _Exit would need a process. Here a bug traps, as everywhere.
extern "C" void _Exit(int) { __builtin_trap(); }

// Returns: the slot's address, for a text of at most `slot_size` bytes.
REKEY_EXPORT(slot_address) char* slot_address(std::size_t slot) { return slots[slot % kSlots]; }
REKEY_EXPORT(slot_size) std::size_t slot_size() { return kSlotSize; }

// Slot 0 holds the text.
REKEY_EXPORT(check_email) int check_email(std::size_t size) { return verdict(rekey::EmailAddress::parse(text_in(0, size))); }
REKEY_EXPORT(check_username) int check_username(std::size_t size) { return verdict(rekey::Username::parse(text_in(0, size))); }

// Slots: 0 password, 1 e-mail, 2 user name, 3 the product's name; size 0 if not known.
REKEY_EXPORT(check_password)
int check_password(std::size_t password, std::size_t email, std::size_t username, std::size_t product, std::size_t min_length) {
  const rekey::PasswordContext context = {text_in(1, email), text_in(2, username), text_in(3, product), min_length};
  return static_cast<int>(rekey::check_password(text_in(0, password), context));
}

// Slot 0 holds the token. Does not check that it is authentic, which needs a key.
REKEY_EXPORT(check_token) int check_token(std::size_t size, rekey::UnixSeconds now) {
  const auto expiry = rekey::read_token_expiry(text_in(0, size));
  if (!expiry) return static_cast<int>(expiry.error());
  return static_cast<int>(now >= expiry.value() ? rekey::Error::kTokenExpired : rekey::Error::kNone);
}
