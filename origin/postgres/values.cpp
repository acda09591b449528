#include "origin/postgres/values.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "shared/codec/encoding.h"

namespace rekey {

namespace {

std::string hex_bytes(Bytes bytes) { return "\\x" + to_hex(bytes); }

// Array elements in double quotes, with PostgreSQL's two escapes.
std::string quoted_element(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

template <class Values, class Write>
std::string array_of(const Values& values, Write write) {
  std::string out = "{";
  for (const auto& value : values) {
    if (out.size() > 1) out += ',';
    out += write(value);
  }
  return out + '}';
}

std::int64_t number_from(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw std::logic_error("a column holds no integer");
  return value;
}

}  // namespace

SqlParams& SqlParams::text(std::string_view value) {
  if (value.find('\0') != std::string_view::npos) throw std::logic_error("a text parameter holds a NUL");
  values_.emplace_back(value);
  return *this;
}

SqlParams& SqlParams::integer(std::int64_t value) { return text(std::to_string(value)); }

SqlParams& SqlParams::boolean(bool value) { return text(value ? "t" : "f"); }

SqlParams& SqlParams::bytes(Bytes value) { return text(hex_bytes(value)); }

SqlParams& SqlParams::null() {
  values_.emplace_back();
  return *this;
}

SqlParams& SqlParams::integers(std::span<const std::int64_t> values) {
  return text(array_of(values, [](std::int64_t value) { return std::to_string(value); }));
}

SqlParams& SqlParams::texts(std::span<const std::string> values) { return text(array_of(values, quoted_element)); }

SqlParams& SqlParams::short_bytes(std::span<const std::optional<ByteArray<8>>> values) {
  return text(
      array_of(values, [](const auto& value) { return value ? quoted_element(hex_bytes(*value)) : std::string("NULL"); }));
}

SqlParams& SqlParams::byte_strings(std::span<const ByteArray<32>> values) {
  return text(array_of(values, [](const ByteArray<32>& value) { return quoted_element(hex_bytes(value)); }));
}

SqlRows::SqlRows(std::vector<std::string> columns, std::vector<std::optional<std::string>> cells, std::size_t count)
    : columns_(std::move(columns)), cells_(std::move(cells)), count_(count) {}

SqlRow SqlRows::operator[](std::size_t index) const { return {*this, index}; }

const std::optional<std::string>& SqlRows::cell(std::size_t row, std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end() || row >= count_) throw std::logic_error("no such column or row: " + std::string(column));
  return cells_[row * columns_.size() + static_cast<std::size_t>(found - columns_.begin())];
}

bool SqlRow::is_null(std::string_view column) const { return !rows_.cell(index_, column).has_value(); }

std::string SqlRow::text(std::string_view column) const { return rows_.cell(index_, column).value_or(""); }

std::int64_t SqlRow::integer(std::string_view column) const { return number_from(text(column)); }

bool SqlRow::boolean(std::string_view column) const {
  const std::string value = text(column);
  if (value != "t" && value != "f") throw std::logic_error("a column holds no boolean");
  return value == "t";
}

ByteArray<32> SqlRow::bytes32(std::string_view column) const {
  const std::string value = text(column);
  ByteArray<32> out{};
  const bool readable = value.starts_with("\\x") && from_hex(std::string_view(value).substr(2), out) == Error::kNone;
  if (!readable) throw std::logic_error("a column holds no 32 bytes");
  return out;
}

std::chrono::sys_seconds SqlRow::time(std::string_view column) const {
  return std::chrono::sys_seconds(std::chrono::seconds(integer(column)));
}

}  // namespace rekey
