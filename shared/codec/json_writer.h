// Writes one JSON document (RFC 8259) into a string: the edge's answers, its calls to the origin, and the origin's answers.
// Writes commas, quotes and escapes; the caller is responsible for the nesting. It traps on too many closings, on a second
// document and on a key that has no value; it does not check which bracket closes which.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rekey {

class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);  // invalid UTF-8 is written as U+FFFD
  JsonWriter& integer(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).string(value); }

  // Returns: the document; the writer is then empty. Traps if something is still open, or nothing was written.
  std::string take();

 private:
  void before_value();
  void open(char bracket);
  void close(char bracket);

  std::string out_;
  std::uint32_t open_ = 0;      // depth
  std::uint32_t has_item_ = 0;  // one bit per level
  bool after_key_ = false;
};

}  // namespace rekey
