// An accepted body holds text without control characters, and written out again it reads with the same values.
#include "shared/codec/json_writer.h"
#include "shared/codec/strict_json.h"
#include "shared/codec/utf8.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

namespace {

using rekey::FieldKind;
using rekey::FieldNeed;
using rekey::JsonObject;

constexpr rekey::FieldRule kRules[] = {{"email"},
                                       {"password", FieldKind::kString, FieldNeed::kOptional},
                                       {"count", FieldKind::kInteger, FieldNeed::kOptional},
                                       {"is_active", FieldKind::kBoolean, FieldNeed::kOptional},
                                       {"input", FieldKind::kObject, FieldNeed::kOptional}};

constexpr rekey::FieldRule kScalarRules[] = {kRules[0], kRules[1], kRules[2], kRules[3]};

std::string write(const JsonObject& object) {
  rekey::JsonWriter writer;
  writer.begin_object().member("email", object.string("email")).member("password", object.string("password"));
  writer.key("count").integer(object.integer("count")).key("is_active").boolean(object.boolean("is_active")).end_object();
  return writer.take();
}

void check_written_anew(const JsonObject& object) {
  std::vector<rekey::FieldProblem> problems;
  const auto again = JsonObject::parse(write(object), kScalarRules, problems, rekey::kMaxJsonSize);
  must(again && problems.empty());
  for (std::string_view name : {"email", "password"}) {
    must(again->string(name) == object.string(name));
    must(rekey::find_text_fault(object.string(name)) == rekey::TextFault::kNone);
  }
  must(again->integer("count") == object.integer("count") && again->boolean("is_active") == object.boolean("is_active"));
}

// The nested object's text must parse as an object: at worst its fields are unknown.
void check_nested(std::string_view text) {
  std::vector<rekey::FieldProblem> problems;
  const auto nested = JsonObject::parse(text, {}, problems);
  must(nested || nested.error() == rekey::Error::kWrongShape);
  for (const auto& problem : problems) must(problem.kind == rekey::FieldProblem::Kind::kUnknown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<rekey::FieldProblem> problems;
  const auto object = JsonObject::parse(rekey_fuzz::as_text(data, size), kRules, problems);
  must(problems.size() <= std::size(kRules) + rekey::kMaxUnknownFields);
  must(problems.empty() == (object || object.error() != rekey::Error::kWrongShape));
  for (const auto& problem : problems) must(problem.field.size() <= rekey::kMaxReportedNameSize);
  if (!object) return 0;
  check_written_anew(*object);
  check_nested(object->object("input"));
  return 0;
}
