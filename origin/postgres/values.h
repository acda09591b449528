// Parameters of SQL statements, and the rows that they return, as text in PostgreSQL's own spelling. Without libpqxx.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/codec/bytes.h"

namespace rekey {

// Bound to $1, $2, ... in the order given.
class SqlParams {
 public:
  // Throws: std::logic_error for a text with a NUL: the driver would cut it there, and the cut text could match another row.
  SqlParams& text(std::string_view value);
  SqlParams& integer(std::int64_t value);
  SqlParams& boolean(bool value);  // NOLINT: a value, not a switch
  SqlParams& seconds(std::chrono::seconds value) { return integer(value.count()); }
  SqlParams& bytes(Bytes value);
  SqlParams& null();

  SqlParams& integers(std::span<const std::int64_t> values);                    // bigint[]
  SqlParams& texts(std::span<const std::string> values);                        // text[]
  SqlParams& byte_strings(std::span<const ByteArray<32>> values);               // bytea[]
  SqlParams& short_bytes(std::span<const std::optional<ByteArray<8>>> values);  // bytea[], nothing as NULL

  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

class SqlRow;

class SqlRows {
 public:
  SqlRows() = default;
  SqlRows(std::vector<std::string> columns, std::vector<std::optional<std::string>> cells, std::size_t count);

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  SqlRow operator[](std::size_t index) const;

 private:
  friend class SqlRow;
  const std::optional<std::string>& cell(std::size_t row, std::string_view column) const;

  std::vector<std::string> columns_;
  std::vector<std::optional<std::string>> cells_;
  std::size_t count_ = 0;
};

// A view of one row; the rows must outlive it. Each reader throws std::logic_error for an unknown column or a value of another
// type.
class SqlRow {
 public:
  SqlRow(const SqlRows& rows, std::size_t index) : rows_(rows), index_(index) {}

  bool is_null(std::string_view column) const;
  std::string text(std::string_view column) const;  // "" for NULL
  std::int64_t integer(std::string_view column) const;
  bool boolean(std::string_view column) const;
  ByteArray<32> bytes32(std::string_view column) const;
  std::chrono::sys_seconds time(std::string_view column) const;  // selected as whole seconds since the epoch

 private:
  const SqlRows& rows_;
  std::size_t index_;
};

}  // namespace rekey
