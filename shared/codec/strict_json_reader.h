// Internal to strict_json: takes a JSON parser's events and keeps the members that the rules name. Independent of the parser
// library. Reads only members of the outermost object; for deeper values it only tracks the depth.
#pragma once

#include <optional>

#include "shared/codec/strict_json.h"

namespace rekey {

struct JsonObject::Field {
  FieldRule rule;
  std::size_t count = 0;   // how often the name came
  std::size_t member = 0;  // which member of the body it is
  bool is_of_kind = false;
  bool has_control = false;
  std::size_t begin = 0;  // in text_
  std::size_t size = 0;
  std::int64_t number = 0;
};

class JsonObject::Reader {
 public:
  explicit Reader(JsonObject& object) : object_(object) {}

  // The events, in the order of the document. Strings come in parts; false ends the parse: too deep.
  bool open_object();
  bool open_array();
  void close() { --depth_; }
  void key_part(std::string_view part);
  void end_key();
  void string_part(std::string_view part);
  void end_string();
  void integer(std::int64_t value) { take_number(FieldKind::kInteger, value); }
  void boolean(bool value) { take_number(FieldKind::kBoolean, value ? 1 : 0); }
  void other_scalar() { begin_value(std::nullopt); }  // null, a fraction, a number out of range

  bool is_too_deep() const { return depth_ > kMaxJsonDepth; }

  // Call it after a complete, valid document.
  Error judge(std::vector<FieldProblem>& problems, UnknownFields unknown) const;
  // Keeps the text of the nested objects. In: the body of the events, judged valid.
  void take_objects(std::string_view body);

 private:
  bool at_member() const { return depth_ == 1 && is_object_; }
  bool is_kept() const { return at_member() && current_ != nullptr && current_->count == 1 && current_->is_of_kind; }
  bool enter() { return ++depth_ <= kMaxJsonDepth; }
  void begin_value(std::optional<FieldKind> kind);
  void take_number(FieldKind kind, std::int64_t value);

  JsonObject& object_;
  std::string key_;
  std::vector<FieldProblem> unknown_;
  Field* current_ = nullptr;  // the field whose value is being read; nullptr for a name without a rule
  std::size_t depth_ = 0;
  std::size_t members_ = 0;
  bool is_object_ = false;
  bool in_string_ = false;
};

}  // namespace rekey
