// Unicode NFC by utf8proc, which only utf8proc_normalizer.cpp includes. Safe from every thread.
#pragma once

#include "origin/ports/text_normalizer.h"

namespace rekey {

class Utf8procNormalizer final : public TextNormalizer {
 public:
  std::optional<std::string> nfc(std::string_view text) const override;
};

}  // namespace rekey
