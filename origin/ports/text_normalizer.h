// Unicode NFC (UAX #15), so that a password typed on two keyboards stays the same. Done by a library: the tables are large.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekey {

class TextNormalizer {
 public:
  virtual ~TextNormalizer() = default;
  // Returns: the text in NFC, or nothing for invalid UTF-8.
  virtual std::optional<std::string> nfc(std::string_view text) const = 0;
};

}  // namespace rekey
