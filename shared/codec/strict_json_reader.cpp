#include "shared/codec/strict_json_reader.h"

#include "shared/codec/utf8.h"

namespace rekey {
namespace {

// In: a valid JSON object whose member at this index is an object.
std::string_view find_member_object(std::string_view body, std::size_t index) {
  std::size_t depth = 0, member = 0, begin = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth == 2 && member == index) begin = i;
    } else if (c == '}' || c == ']') {
      if (--depth == 1 && member == index) return body.substr(begin, i + 1 - begin);
    } else if (c == ',' && depth == 1) {
      ++member;
    }
  }
  __builtin_trap();
}

template <class Field>
std::optional<FieldProblem::Kind> find_problem(const Field& field) {
  using Kind = FieldProblem::Kind;
  if (field.count == 0) return field.rule.need == FieldNeed::kRequired ? std::optional(Kind::kMissing) : std::nullopt;
  if (field.count > 1) return Kind::kRepeated;
  if (!field.is_of_kind) return Kind::kWrongType;
  if (field.has_control) return Kind::kControlCharacter;
  return std::nullopt;
}

}  // namespace

bool JsonObject::Reader::open_object() {
  begin_value(FieldKind::kObject);
  return enter();
}

bool JsonObject::Reader::open_array() {
  begin_value(std::nullopt);
  return enter();
}

void JsonObject::Reader::key_part(std::string_view part) {
  if (at_member()) key_ += part;
}

void JsonObject::Reader::end_key() {
  if (!at_member()) return;
  current_ = nullptr;
  for (Field& field : object_.fields_) {
    if (field.rule.name == key_) current_ = &field;
  }
  if (current_ != nullptr) {
    ++current_->count;
    current_->member = members_;
  } else if (unknown_.size() < kMaxUnknownFields) {
    unknown_.push_back(make_field_problem(FieldProblem::Kind::kUnknown, key_));
  }
  ++members_;
  key_.clear();
}

void JsonObject::Reader::begin_value(std::optional<FieldKind> kind) {
  if (depth_ == 0) is_object_ = kind == FieldKind::kObject;
  if (at_member() && current_ != nullptr) current_->is_of_kind = kind == current_->rule.kind;
}

void JsonObject::Reader::take_number(FieldKind kind, std::int64_t value) {
  begin_value(kind);
  if (is_kept()) current_->number = value;
}

void JsonObject::Reader::string_part(std::string_view part) {
  if (!in_string_) {
    in_string_ = true;
    begin_value(FieldKind::kString);
    if (is_kept()) current_->begin = object_.text_.size();
  }
  if (is_kept()) object_.text_.insert(object_.text_.end(), part.begin(), part.end());
}

void JsonObject::Reader::end_string() {
  in_string_ = false;
  if (!is_kept()) return;
  current_->size = object_.text_.size() - current_->begin;
  const std::string_view value(object_.text_.data() + current_->begin, current_->size);
  current_->has_control = find_text_fault(value) != TextFault::kNone;
}

Error JsonObject::Reader::judge(std::vector<FieldProblem>& problems, UnknownFields unknown) const {
  if (!is_object_) {
    problems.push_back({FieldProblem::Kind::kNotAnObject, "", ""});
    return Error::kWrongShape;
  }
  const std::size_t before = problems.size();
  for (const Field& field : object_.fields_) {
    if (const auto kind = find_problem(field)) problems.push_back(make_field_problem(*kind, field.rule.name));
  }
  if (unknown == UnknownFields::kRefuse) problems.insert(problems.end(), unknown_.begin(), unknown_.end());
  return problems.size() == before ? Error::kNone : Error::kWrongShape;
}

void JsonObject::Reader::take_objects(std::string_view body) {
  for (Field& field : object_.fields_) {
    if (field.rule.kind != FieldKind::kObject || field.count == 0) continue;
    const std::string_view text = find_member_object(body, field.member);
    field.begin = object_.text_.size();
    field.size = text.size();
    object_.text_.insert(object_.text_.end(), text.begin(), text.end());
  }
}

}  // namespace rekey
