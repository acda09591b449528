#include "origin/passwords/form_reader.h"

#include <algorithm>
#include <charconv>

#include "shared/codec/encoding.h"

namespace rekey {

void FormReader::expect(std::string_view piece) {
  if (rest_.starts_with(piece)) {
    rest_.remove_prefix(piece.size());
  } else {
    fitting_ = false;
  }
}

std::uint32_t FormReader::number(std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  fitting_ = fitting_ && error == std::errc() && !rest_.starts_with('0') && value <= most;
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return value;
}

std::string_view FormReader::until(char end) {
  const std::string_view piece = rest_.substr(0, rest_.find(end));
  rest_.remove_prefix(piece.size());
  return piece;
}

std::optional<std::vector<std::uint8_t>> read_unpadded_base64(std::string_view text, SizeBounds bytes) {
  const auto size = base64url_decoded_size(text.size());  // base64 and base64url differ only in the alphabet
  if (!size || *size < bytes.fewest || *size > bytes.most) return std::nullopt;
  std::string padded(text);
  while (padded.size() % 4 != 0) padded += '=';
  std::vector<std::uint8_t> decoded(*size);
  if (from_base64(padded, decoded) != Error::kNone) return std::nullopt;
  return decoded;
}

std::optional<std::vector<std::uint8_t>> read_base64(std::string_view text, SizeBounds bytes) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::string_view padding = text.substr(std::min(text.find('='), text.size()));
  if (padding.size() > 2 || padding.find_first_not_of('=') != padding.npos) return std::nullopt;
  text.remove_suffix(padding.size());
  return read_unpadded_base64(text, bytes);
}

std::string to_unpadded_base64(Bytes bytes) {
  const std::string text = to_base64(bytes);
  return text.substr(0, text.find('='));
}

}  // namespace rekey
