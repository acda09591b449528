// Reads a vector file: records of `name = value` lines with blank lines between them, `#` lines skipped. No I/O.
// A value ends with its line. \n \r \t \\ and \xNN stand for bytes, so that any bytes can be written; \{20*a} stands for 20 a's
// (the repeated part may hold escapes, but no brace). No blank at a line's end.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekey_vectors {

class Record {
 public:
  // Returns: the value, or "" where the record has none of this name.
  const std::string& operator[](std::string_view name) const;
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  bool empty() const { return values_.empty(); }

  // Returns: whether the name is new.
  bool add(std::string_view name, std::string value) { return values_.emplace(name, std::move(value)).second; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// Returns: the records, or nothing where the file breaks the format: a broken escape, a name twice in one record, a line without
// ` = `, a record without `input`, `expect` or `why`, or no record at all.
std::optional<std::vector<Record>> read_records(std::string_view text);

// Returns: the bytes in the format's spelling, for messages.
std::string escape(std::string_view bytes);

}  // namespace rekey_vectors
