// application/x-www-form-urlencoded (WHATWG URL, section 5.1), parsed strictly. Only for POST /api/users/token.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/codec/strict_json.h"
#include "shared/result.h"

namespace rekey {

struct FormField {
  std::string name;
  std::string value;
  ~FormField();  // wipes the value: some are passwords
};

// In: a body of at most kMaxBodySize bytes.
// Returns: the fields in the body's order, without absent optional ones.
// Errors: kTooLarge; kInvalidEncoding for a broken escape or invalid UTF-8; kWrongShape for missing, unknown or repeated fields
// and control characters, with the faults appended to `problems`. Rules may only be of kind kString.
Result<std::vector<FormField>> parse_form(std::string_view body, std::span<const FieldRule> rules,
                                          std::vector<FieldProblem>& problems);

}  // namespace rekey
