// The edge module's memcpy, memmove and memset: an instruction, or a short loop. libc's own are loops of a kilobyte each, for
// machines without that instruction.
#include <cstddef>
#include <cstdint>

namespace {

// For it engines leave the module's code, which takes longer than a loop over so few bytes.
constexpr std::size_t kMostInLoop = 32;

}  // namespace

extern "C" {

// no_builtin: the compiler would make a call of memmove out of the loops.
[[clang::no_builtin]] void* memmove(void* to, const void* from, std::size_t size) {
  if (size > kMostInLoop) return __builtin_memmove(to, from, size);
  auto* out = static_cast<std::uint8_t*>(to);
  const auto* in = static_cast<const std::uint8_t*>(from);
  if (out < in) {
    for (std::size_t i = 0; i < size; ++i) out[i] = in[i];
  } else {
    for (std::size_t i = size; i > 0; --i) out[i - 1] = in[i - 1];
  }
  return to;
}

[[clang::no_builtin]] void* memcpy(void* to, const void* from, std::size_t size) { return memmove(to, from, size); }

[[clang::no_builtin]] void* memset(void* to, int value, std::size_t size) { return __builtin_memset(to, value, size); }

}  // extern "C"
