// A text that is not for eyes: wiped when it goes, no operator<<.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "shared/codec/bytes.h"

namespace rekey {

class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  SecretText(const SecretText&) = default;
  SecretText& operator=(const SecretText&) = default;
  ~SecretText() { wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()}); }

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace rekey
