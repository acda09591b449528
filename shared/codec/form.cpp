#include "shared/codec/form.h"

#include <algorithm>
#include <optional>

#include "shared/codec/ascii.h"
#include "shared/codec/bytes.h"
#include "shared/codec/field_problems.h"
#include "shared/codec/utf8.h"

namespace rekey {
namespace {

// Reads one character from the front of an encoded text.
std::optional<char> read_coded(std::string_view& text) {
  const char first = text.front();
  text.remove_prefix(1);
  if (first == '+') return ' ';
  if (first != '%') return first;
  if (text.size() < 2) return std::nullopt;
  const int high = hex_value(to_lower(text[0]));
  const int low = hex_value(to_lower(text[1]));
  if (high < 0 || low < 0) return std::nullopt;
  text.remove_prefix(2);
  return static_cast<char>(high << 4 | low);
}

// Returns: the decoded text; nothing if an escape is broken or the result is not UTF-8.
std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    const auto c = read_coded(text);
    if (!c) return std::nullopt;
    decoded += *c;
  }
  if (!count_code_points(decoded)) return std::nullopt;
  return decoded;
}

std::optional<FormField> decode_field(std::string_view pair) {
  const std::size_t equals = std::min(pair.find('='), pair.size());
  auto name = decode(pair.substr(0, equals));
  auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
  if (!name || !value) return std::nullopt;
  return FormField{std::move(*name), std::move(*value)};
}

std::optional<FieldProblem::Kind> find_problem(const FieldRule& rule, std::span<const FormField> fields) {
  const auto is_named = [&](const FormField& field) { return field.name == rule.name; };
  const auto count = std::count_if(fields.begin(), fields.end(), is_named);
  if (count > 1) return FieldProblem::Kind::kRepeated;
  if (count == 0) return rule.need == FieldNeed::kRequired ? std::optional(FieldProblem::Kind::kMissing) : std::nullopt;
  const auto& value = std::find_if(fields.begin(), fields.end(), is_named)->value;
  return find_text_fault(value) == TextFault::kNone ? std::nullopt : std::optional(FieldProblem::Kind::kControlCharacter);
}

bool is_known(const FormField& field, std::span<const FieldRule> rules) {
  return std::any_of(rules.begin(), rules.end(), [&](const FieldRule& rule) { return rule.name == field.name; });
}

void find_problems(std::span<const FormField> fields, std::span<const FieldRule> rules, std::vector<FieldProblem>& problems) {
  for (const FieldRule& rule : rules) {
    if (const auto kind = find_problem(rule, fields)) problems.push_back(make_field_problem(*kind, rule.name));
  }
  std::size_t unknown = 0;
  for (const FormField& field : fields) {
    if (is_known(field, rules) || ++unknown > kMaxUnknownFields) continue;
    problems.push_back(make_field_problem(FieldProblem::Kind::kUnknown, field.name));
  }
}

std::string_view cut_pair(std::string_view& body) {
  const std::size_t end = std::min(body.find('&'), body.size());
  const std::string_view pair = body.substr(0, end);
  body.remove_prefix(std::min(end + 1, body.size()));
  return pair;
}

}  // namespace

FormField::~FormField() { wipe({reinterpret_cast<std::uint8_t*>(value.data()), value.size()}); }

Result<std::vector<FormField>> parse_form(std::string_view body, std::span<const FieldRule> rules,
                                          std::vector<FieldProblem>& problems) {
  if (body.size() > kMaxBodySize) return Error::kTooLarge;
  std::vector<FormField> fields;
  while (!body.empty()) {
    const std::string_view pair = cut_pair(body);
    if (pair.empty()) continue;
    const auto field = decode_field(pair);
    if (!field) return Error::kInvalidEncoding;
    fields.push_back(*field);
  }
  const std::size_t before = problems.size();
  find_problems(fields, rules, problems);
  if (problems.size() != before) return Error::kWrongShape;
  return fields;
}

}  // namespace rekey
