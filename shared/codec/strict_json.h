// Request bodies as JSON objects of known fields, parsed strictly; only strict_json.cpp includes Boost.JSON. Stricter than
// RFC 8259: one document, valid UTF-8, no control characters in strings (escaped or not), each field once (also under an escaped
// spelling) and of its type, no unknown fields unless the caller asks for that, bounded depth and size.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/codec/field_problems.h"
#include "shared/result.h"

namespace rekey {

inline constexpr std::size_t kMaxBodySize = 8 * 1024;   // bytes; two passwords of 1 KiB fit, escaped
inline constexpr std::size_t kMaxJsonSize = 32 * 1024;  // bytes; the bound on `max_size`. The edge's envelope needs a third of it
inline constexpr std::size_t kMaxJsonDepth = 8;

enum class FieldKind : std::uint8_t { kString, kBoolean, kInteger, kObject };
enum class FieldNeed : std::uint8_t { kRequired, kOptional };
enum class UnknownFields : std::uint8_t { kRefuse, kIgnore };  // kIgnore: for a document of another version

struct FieldRule {
  std::string_view name;
  FieldKind kind = FieldKind::kString;
  FieldNeed need = FieldNeed::kRequired;
};

class JsonObject {
 public:
  // In: a body of at most `max_size` bytes; rules whose names outlive the object.
  // Errors: kTooLarge; kMalformedJson; kWrongShape, with the faults appended to `problems`: at most one per field in the rules'
  // order, then at most kMaxUnknownFields for unknown fields.
  static Result<JsonObject> parse(std::string_view body, std::span<const FieldRule> rules, std::vector<FieldProblem>& problems,
                                  std::size_t max_size = kMaxBodySize, UnknownFields unknown = UnknownFields::kRefuse);

  // Each traps for a name that is not in the rules, or has another kind there.
  // Returns: the value; "" / false / 0 / "{}" for an optional field that is absent (ask has()).
  std::string_view string(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  // The raw JSON text of a nested object, for parse() with its own rules.
  std::string_view object(std::string_view name) const;
  bool has(std::string_view name) const;

  ~JsonObject();  // wipes the strings: some are passwords
  JsonObject(JsonObject&&) noexcept;
  JsonObject& operator=(JsonObject&&) noexcept;
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

 private:
  JsonObject();
  struct Field;
  class Reader;
  const Field& field(std::string_view name, FieldKind kind) const;
  std::string_view text(std::string_view name, FieldKind kind) const;

  std::vector<Field> fields_;
  std::vector<char> text_;  // strings and nested objects, one after the other; never reallocated, so that no copy is left
};

}  // namespace rekey
