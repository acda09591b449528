#include "shared/codec/field_problems.h"

#include "shared/codec/utf8.h"

namespace rekey {
namespace {

std::string_view cut_name(std::string_view name) {
  std::size_t size = 0;
  while (size < name.size()) {
    const auto point = read_code_point(name.substr(size));
    if (!point || size + point->size > kMaxReportedNameSize) break;
    size += point->size;
  }
  return name.substr(0, size);
}

// RFC 6901, section 3.
std::string make_pointer(std::string_view name) {
  std::string pointer = "/";
  for (char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

}  // namespace

FieldProblem make_field_problem(FieldProblem::Kind kind, std::string_view name) {
  const std::string_view reported = cut_name(name);
  return {kind, make_pointer(reported), std::string(reported)};
}

}  // namespace rekey
