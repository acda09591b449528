#include "edge/core/message.h"

#include <algorithm>

namespace rekey::edge {

std::uint64_t from_little_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

void put_little_endian(MutableBytes out, std::uint64_t value) {
  for (auto& byte : out) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

std::uint64_t Field::number() const {
  if (bytes.size() != 8) __builtin_trap();
  return from_little_endian(bytes);
}

Bytes MessageReader::take(std::size_t size) {
  if (size > rest_.size()) __builtin_trap();
  const Bytes taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

std::optional<Field> MessageReader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto tag = static_cast<RekeyTag>(take(1)[0]);
  const auto size = static_cast<std::size_t>(from_little_endian(take(4)));
  return Field{tag, take(size)};
}

Bytes MessageReader::expect(RekeyTag tag) {
  const auto field = next();
  if (!field || field->tag != tag) __builtin_trap();
  return field->bytes;
}

void MessageWriter::append(Bytes value) {
  if (value.size() > out_.size() - used_) __builtin_trap();
  std::copy(value.begin(), value.end(), out_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ += value.size();
}

void MessageWriter::bytes(RekeyTag tag, Bytes value) {
  ByteArray<5> head{tag};
  put_little_endian(MutableBytes(head).last(4), value.size());
  append(head);
  append(value);
}

void MessageWriter::number(RekeyTag tag, std::uint64_t value) {
  ByteArray<8> number{};
  put_little_endian(number, value);
  bytes(tag, number);
}

}  // namespace rekey::edge
