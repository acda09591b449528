// Reads the text of a stored hash piece by piece, in one spelling only. For the parsers in this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/codec/bytes.h"

namespace rekey {

// Reads pieces from the front of a text; after the first mismatch everything fails.
class FormReader {
 public:
  explicit FormReader(std::string_view text) : rest_(text) {}

  void expect(std::string_view piece);

  void fail() { fitting_ = false; }

  // Digits without leading zeros. Fails for 0 and above `most`.
  std::uint32_t number(std::uint32_t most);

  // Returns: the text up to `end`, which stays; without an `end` all of it.
  std::string_view until(char end);

  std::string_view rest() const { return rest_; }
  bool is_fitting() const { return fitting_; }
  bool at_end() const { return fitting_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool fitting_ = true;
};

struct SizeBounds {
  std::size_t fewest;
  std::size_t most;
};

// Base64 (RFC 4648, section 4), with and without padding. Returns: nothing for another spelling or size.
std::optional<std::vector<std::uint8_t>> read_base64(std::string_view text, SizeBounds bytes);
std::optional<std::vector<std::uint8_t>> read_unpadded_base64(std::string_view text, SizeBounds bytes);

std::string to_unpadded_base64(Bytes bytes);

}  // namespace rekey
