#include "tests/vectors/vector_record.h"

#include <algorithm>
#include <utility>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"

namespace rekey_vectors {
namespace {

constexpr std::string_view kSeparator = " =";

std::string_view cut_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::optional<std::string> unescape(std::string_view rest);

// Reads `20*a}` off the front.
std::optional<std::string> read_repetition(std::string_view& rest) {
  const std::size_t star = rest.find('*');
  const std::size_t end = rest.find('}');
  if (end == std::string_view::npos || star >= end) return std::nullopt;
  const auto count = rekey::parse_decimal(rest.substr(0, star), 1'000'000);
  const auto repeated = unescape(rest.substr(star + 1, end - star - 1));
  if (!count || !repeated) return std::nullopt;
  rest.remove_prefix(end + 1);
  std::string bytes;
  for (std::uint32_t i = 0; i < *count; ++i) bytes += *repeated;
  return bytes;
}

std::optional<std::string> read_hex_byte(std::string_view& rest) {
  rekey::ByteArray<1> byte{};
  if (rest.size() < 2 || rekey::from_hex(rest.substr(0, 2), byte) != rekey::Error::kNone) return std::nullopt;
  rest.remove_prefix(2);
  return std::string(rekey::as_text(byte));
}

// Reads the rest of an escape, after its backslash, off the front.
std::optional<std::string> read_escape(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const char kind = rest.front();
  rest.remove_prefix(1);
  switch (kind) {
    case 'n':
      return "\n";
    case 'r':
      return "\r";
    case 't':
      return "\t";
    case '\\':
      return "\\";
    case 'x':
      return read_hex_byte(rest);
    case '{':
      return read_repetition(rest);
    default:
      return std::nullopt;
  }
}

std::optional<std::string> unescape(std::string_view rest) {
  std::string bytes;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    const auto read = c == '\\' ? read_escape(rest) : std::optional(std::string(1, c));
    if (!read) return std::nullopt;
    bytes += *read;
  }
  return bytes;
}

bool read_line(std::string_view line, Record& record) {
  const std::size_t separator = line.find(kSeparator);
  if (separator == std::string_view::npos || line.ends_with(' ')) return false;
  std::string_view text = line.substr(separator + kSeparator.size());
  if (!text.empty()) {
    if (text.front() != ' ') return false;
    text.remove_prefix(1);
  }
  auto value = unescape(text);
  return value && record.add(line.substr(0, separator), std::move(*value));
}

bool is_complete(const Record& record) { return record.has("input") && record.has("expect") && record.has("why"); }

}  // namespace

const std::string& Record::operator[](std::string_view name) const {
  static const std::string kNothing;
  const auto found = values_.find(name);
  return found == values_.end() ? kNothing : found->second;
}

std::optional<std::vector<Record>> read_records(std::string_view text) {
  std::vector<Record> records;
  Record record;
  while (!text.empty() || !record.empty()) {
    const std::string_view line = cut_line(text);
    if (line.starts_with('#')) continue;
    if (!line.empty()) {
      if (!read_line(line, record)) return std::nullopt;
    } else if (!record.empty()) {
      if (!is_complete(record)) return std::nullopt;
      records.push_back(std::exchange(record, {}));
    }
  }
  if (records.empty()) return std::nullopt;
  return records;
}

std::string escape(std::string_view bytes) {
  std::string text;
  for (char c : bytes) {
    if (c == '\\') {
      text += "\\\\";
    } else if (rekey::is_visible(c) || c == ' ') {
      text += c;
    } else {
      text += "\\x" + rekey::to_hex(rekey::as_bytes({&c, 1}));
    }
  }
  return text;
}

}  // namespace rekey_vectors
