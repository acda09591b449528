// A file of another system's accounts, read record by record in bounded memory: CSV (RFC 4180, UTF-8, the first line names the
// columns), or JSON lines (an object on each line). Says nothing about what the values mean: user_record.h.
#pragma once

#include <array>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekey {

enum class UserField : std::uint8_t {
  kEmail,
  kUsername,
  kPasswordHash,
  kSignInWith,
  kId,
  kLanguage,
  kIsActive,
  kIsVerified,
  kIsSuperuser,
  kCreatedAt,
};
inline constexpr std::size_t kUserFields = 10;

// As the column of CSV and the member of JSON are named: the columns of the table `users`.
std::string_view name_of(UserField field);

struct UserRecord {
  std::int64_t line = 0;                        // where the record begins, from 1
  std::string problem;                          // "" for a readable record; else the fields are empty
  std::array<std::string, kUserFields> fields;  // "" for none; a boolean as `true` or `false`

  const std::string& operator[](UserField field) const { return fields[static_cast<std::size_t>(field)]; }
  std::string& operator[](UserField field) { return fields[static_cast<std::size_t>(field)]; }
};

inline constexpr std::size_t kMostLineBytes = 64 * 1024;

class UserFile {
 public:
  virtual ~UserFile() = default;
  // Returns: the next record, nothing at the end.
  // Throws: std::runtime_error that names the line, where what follows can't be understood either: a longer line, a quoted field
  // without an end.
  virtual std::optional<UserRecord> next() = 0;
};

// In: the stream outlives the file. Throws: std::runtime_error for a first line without `email`, or with an unknown column.
std::unique_ptr<UserFile> read_csv(std::istream& in);
std::unique_ptr<UserFile> read_json_lines(std::istream& in);

}  // namespace rekey
