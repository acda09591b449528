// Unicode NFC and NFKC by utf8proc, which only utf8proc_normalizer.cpp includes. Safe from every thread.
#pragma once

#include "origin/ports/text_normalizer.h"

namespace rekey {

class Utf8procNormalizer final : public TextNormalizer {
 public:
  std::optional<std::string> nfc(std::string_view text) const override;

  // For products that hash this form. Of a text in NFC it is that of the text as typed.
  static std::optional<std::string> nfkc(std::string_view text);
};

}  // namespace rekey
