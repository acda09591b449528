#include "shared/codec/json_writer.h"

#include <utility>

#include "shared/codec/decimal.h"
#include "shared/codec/utf8.h"

namespace rekey {
namespace {

constexpr std::uint32_t kMaxDepth = 31;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void append_control(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[static_cast<unsigned char>(c) >> 4];
  out += kDigits[static_cast<unsigned char>(c) & 15];
}

void append_character(std::string& out, std::string_view character) {
  const char first = character.front();
  if (first == '"' || first == '\\') out += '\\';
  if (static_cast<unsigned char>(first) < 0x20) {
    append_control(out, first);
  } else {
    out += character;
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto point = read_code_point(text);
    append_character(out, point ? text.substr(0, point->size) : kReplacement);
    text.remove_prefix(point ? point->size : 1);
  }
  out += '"';
}

}  // namespace

void JsonWriter::before_value() {
  const std::uint32_t bit = 1u << open_;
  if (!after_key_ && (has_item_ & bit) != 0) {
    if (open_ == 0) __builtin_trap();
    out_ += ',';
  }
  has_item_ |= bit;
  after_key_ = false;
}

void JsonWriter::open(char bracket) {
  before_value();
  if (open_ == kMaxDepth) __builtin_trap();
  out_ += bracket;
  has_item_ &= ~(1u << ++open_);
}

void JsonWriter::close(char bracket) {
  if (open_ == 0 || after_key_) __builtin_trap();
  out_ += bracket;
  --open_;
}

JsonWriter& JsonWriter::begin_object() {
  open('{');
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  close('}');
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  open('[');
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  close(']');
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  if (open_ == 0 || after_key_) __builtin_trap();
  before_value();
  append_quoted(out_, name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  before_value();
  append_quoted(out_, value);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  before_value();
  if (value < 0) out_ += '-';
  const auto size = static_cast<std::uint64_t>(value);
  out_ += to_decimal(value < 0 ? 0 - size : size);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  before_value();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  before_value();
  out_ += "null";
  return *this;
}

std::string JsonWriter::take() {
  if (open_ != 0 || has_item_ == 0) __builtin_trap();
  has_item_ = 0;
  return std::exchange(out_, {});
}

}  // namespace rekey
