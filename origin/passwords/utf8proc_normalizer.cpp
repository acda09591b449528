#include "origin/passwords/utf8proc_normalizer.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "shared/codec/bytes.h"

namespace rekey {
namespace {

std::optional<std::string> normalize(std::string_view text, int form) {
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(form));
  if (size < 0) return std::nullopt;
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
  const MutableBytes bytes{composed, static_cast<std::size_t>(size)};
  std::string out(as_text(bytes));
  wipe(bytes);
  return out;
}

}  // namespace

std::optional<std::string> Utf8procNormalizer::nfc(std::string_view text) const {
  return normalize(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::optional<std::string> Utf8procNormalizer::nfkc(std::string_view text) {
  return normalize(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

}  // namespace rekey
