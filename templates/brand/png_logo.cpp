#include "templates/brand/logo.h"

namespace rekey {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
constexpr std::size_t kAroundData = 12;  // length, type and checksum of a chunk
constexpr std::size_t kHeaderSize = 13;
constexpr std::size_t kMostPixels = 4096;  // of a side: a browser unpacks all of them

// In: at least four bytes.
std::size_t number_in(std::string_view bytes) {
  std::size_t number = 0;
  for (const char byte : bytes.substr(0, 4)) number = number * 256 + static_cast<unsigned char>(byte);
  return number;
}

struct Chunk {
  std::string_view type;
  std::string_view data;
};

// Cuts the first chunk off. Returns: nothing if it is not whole.
std::optional<Chunk> take_chunk(std::string_view& rest) {
  if (rest.size() < kAroundData) return std::nullopt;
  const auto size = number_in(rest);
  if (size > rest.size() - kAroundData) return std::nullopt;
  const Chunk chunk{rest.substr(4, 4), rest.substr(8, size)};
  rest.remove_prefix(size + kAroundData);
  return chunk;
}

std::optional<LogoShape> shape_in(const std::optional<Chunk>& header, std::string& fault) {
  if (!header || header->type != "IHDR" || header->data.size() != kHeaderSize) {
    fault = "is not a PNG file";
    return std::nullopt;
  }
  const auto width = number_in(header->data);
  const auto height = number_in(header->data.substr(4));
  if (width >= 1 && width <= kMostPixels && height >= 1 && height <= kMostPixels)
    return LogoShape{static_cast<double>(width), static_cast<double>(height)};
  fault = "must have 1 to 4096 pixels on each side";
  return std::nullopt;
}

}  // namespace

std::optional<LogoShape> measure_png(std::string_view bytes, std::string& fault) {
  auto rest = bytes;
  if (rest.starts_with(kSignature)) rest.remove_prefix(kSignature.size());
  auto chunk = rest.size() < bytes.size() ? take_chunk(rest) : std::nullopt;
  const auto shape = shape_in(chunk, fault);
  if (!shape) return std::nullopt;
  while (chunk && chunk->type != "IEND") chunk = take_chunk(rest);
  if (chunk && rest.empty()) return shape;
  fault = chunk ? "has bytes after the picture's end" : "ends within the picture";
  return std::nullopt;
}

}  // namespace rekey
