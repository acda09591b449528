// The faults of one field of a body, for `errors` of a problem document (RFC 9457). Found by strict_json and form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rekey {

struct FieldProblem {
  enum class Kind : std::uint8_t { kMissing, kUnknown, kRepeated, kWrongType, kNotAnObject, kControlCharacter };
  Kind kind;
  std::string pointer;  // RFC 6901: "/email"; "" for the body itself
  std::string field;    // the bare name, "" for the body itself
};

inline constexpr std::size_t kMaxUnknownFields = 8;      // reported per body: bounds the answer to a hostile one
inline constexpr std::size_t kMaxReportedNameSize = 64;  // bytes; a longer name is cut between two characters

// In: a name of valid UTF-8.
FieldProblem make_field_problem(FieldProblem::Kind kind, std::string_view name);

}  // namespace rekey
