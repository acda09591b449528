// An accepted form has each required field once, optional ones at most once and no others, as text without control characters.
#include <algorithm>

#include "shared/codec/form.h"
#include "shared/codec/utf8.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

namespace {

constexpr rekey::FieldRule kRules[] = {
    {"username"}, {"password"}, {"grant_type", rekey::FieldKind::kString, rekey::FieldNeed::kOptional}};

std::ptrdiff_t count_named(const std::vector<rekey::FormField>& fields, std::string_view name) {
  return std::count_if(fields.begin(), fields.end(), [&](const rekey::FormField& field) { return field.name == name; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<rekey::FieldProblem> problems;
  const auto fields = rekey::parse_form(rekey_fuzz::as_text(data, size), kRules, problems);
  must(problems.size() <= std::size(kRules) + rekey::kMaxUnknownFields);
  must(problems.empty() == (fields || fields.error() != rekey::Error::kWrongShape));
  if (!fields) return 0;
  must(count_named(*fields, "username") == 1 && count_named(*fields, "password") == 1);
  must(fields->size() == 2 + static_cast<std::size_t>(count_named(*fields, "grant_type")) && fields->size() <= 3);
  for (const rekey::FormField& field : *fields) must(rekey::find_text_fault(field.value) == rekey::TextFault::kNone);
  return 0;
}
