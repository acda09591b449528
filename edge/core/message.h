// Reads and writes the messages of edge/exports.h: runs of `tag, length, bytes`. Only the host writes messages to the module: a
// broken one is a bug of the host, and traps.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "edge/exports.h"
#include "shared/codec/bytes.h"

namespace rekey::edge {

// Numbers in the form of messages, limiters' questions and verdicts.
std::uint64_t from_little_endian(Bytes bytes);
void put_little_endian(MutableBytes out, std::uint64_t value);

struct Field {
  RekeyTag tag;
  Bytes bytes;

  std::string_view text() const { return as_text(bytes); }
  std::uint64_t number() const;  // traps unless 8 bytes
};

class MessageReader {
 public:
  explicit MessageReader(Bytes message) : rest_(message) {}

  // Returns: the next field, whose bytes lie in the message; nothing at the end.
  std::optional<Field> next();
  // Returns: the bytes of the next field; traps if there is none or it has another tag.
  Bytes expect(RekeyTag tag);
  std::uint64_t expect_number(RekeyTag tag) { return Field{tag, expect(tag)}.number(); }

 private:
  Bytes take(std::size_t size);
  Bytes rest_;
};

class MessageWriter {
 public:
  // In: the message's place; a message that does not fit traps.
  explicit MessageWriter(MutableBytes out) : out_(out) {}

  void bytes(RekeyTag tag, Bytes value);
  void text(RekeyTag tag, std::string_view value) { bytes(tag, as_bytes(value)); }
  void number(RekeyTag tag, std::uint64_t value);

  std::uint32_t size() const { return static_cast<std::uint32_t>(used_); }

 private:
  void append(Bytes value);
  MutableBytes out_;
  std::size_t used_ = 0;
};

}  // namespace rekey::edge
