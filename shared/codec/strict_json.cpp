#include "shared/codec/strict_json.h"

// Only the parser, without Boost.JSON's values: boost/json/src.hpp includes them, and doesn't compile without exceptions. Also
// without error.ipp: its sentences about errors, which nobody reads, take room in the edge's module. What it defines, in the form
// of Boost 1.81 (Debian 12) or of 1.83 (Debian 13), is below in one word.
#define BOOST_JSON_SOURCE
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/detail/impl/default_resource.ipp>
#include <boost/json/detail/impl/stack.ipp>
#include <boost/version.hpp>
#if BOOST_VERSION < 108300
#include <boost/json/detail/impl/except.ipp>
#endif

#include "shared/codec/bytes.h"
#include "shared/codec/strict_json_reader.h"

#if BOOST_VERSION < 108300
namespace boost::json {

error_code make_error_code(error e) {
  struct Category : error_category {
    const char* name() const noexcept override { return "json"; }
    std::string message(int) const override { return name(); }
  };
  static const Category category{};
  return {static_cast<int>(e), category};
}

}  // namespace boost::json
#else
namespace boost::json::detail {

error_code_category_t error_code_category;

const char* error_code_category_t::name() const noexcept { return "json"; }
const char* error_code_category_t::message(int, char*, std::size_t) const noexcept { return name(); }
std::string error_code_category_t::message(int) const { return name(); }
error_condition error_code_category_t::default_error_condition(int value) const noexcept { return {value, *this}; }

// Instead of except.ipp, whose error makes its sentence by printf, which the module has no room for. From here on too many digits
// of an exact number end so.
void throw_system_error(const error_code&, const source_location&) { __builtin_trap(); }
void throw_system_error(error, const source_location*) { __builtin_trap(); }

}  // namespace boost::json::detail
#endif

namespace boost {

BOOST_NORETURN void throw_exception(const std::exception&) { __builtin_trap(); }
BOOST_NORETURN void throw_exception(const std::exception&, const source_location&) { __builtin_trap(); }

}  // namespace boost

// From Boost 1.83 (Debian 13) on. Only the exact parsing of numbers calls it, which the parser below does not do.
#if __has_include(<boost/json/detail/charconv/from_chars.hpp>)
namespace boost::json::detail::charconv {

from_chars_result from_chars(const char*, const char*, double&, chars_format) noexcept { __builtin_trap(); }

}  // namespace boost::json::detail::charconv
#endif

namespace rekey {
namespace {

// Hands Boost.JSON's events to the reader.
template <class Reader>
class EventHandler {
 public:
  static constexpr std::size_t max_object_size = kMaxJsonSize;
  static constexpr std::size_t max_array_size = kMaxJsonSize;
  static constexpr std::size_t max_key_size = kMaxJsonSize;
  static constexpr std::size_t max_string_size = kMaxJsonSize;
  using Code = boost::json::error_code;
  using Text = boost::json::string_view;

  explicit EventHandler(Reader& reader) : reader_(reader) {}

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return reader_.open_object(); }
  bool on_object_end(std::size_t, Code&) {
    reader_.close();
    return true;
  }
  bool on_array_begin(Code&) { return reader_.open_array(); }
  bool on_array_end(std::size_t, Code&) {
    reader_.close();
    return true;
  }
  bool on_key_part(Text part, std::size_t, Code&) {
    reader_.key_part(view(part));
    return true;
  }
  bool on_key(Text part, std::size_t, Code&) {
    reader_.key_part(view(part));
    reader_.end_key();
    return true;
  }
  bool on_string_part(Text part, std::size_t, Code&) {
    reader_.string_part(view(part));
    return true;
  }
  bool on_string(Text part, std::size_t, Code&) {
    reader_.string_part(view(part));
    reader_.end_string();
    return true;
  }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t value, Text, Code&) {
    reader_.integer(value);
    return true;
  }
  bool on_uint64(std::uint64_t, Text, Code&) {
    reader_.other_scalar();
    return true;
  }
  bool on_double(double, Text, Code&) {
    reader_.other_scalar();
    return true;
  }
  bool on_bool(bool value, Code&) {
    reader_.boolean(value);
    return true;
  }
  bool on_null(Code&) {
    reader_.other_scalar();
    return true;
  }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

 private:
  static std::string_view view(Text text) { return {text.data(), text.size()}; }

  Reader& reader_;
};

}  // namespace

Result<JsonObject> JsonObject::parse(std::string_view body, std::span<const FieldRule> rules, std::vector<FieldProblem>& problems,
                                     std::size_t max_size, UnknownFields unknown) {
  if (body.size() > max_size) return Error::kTooLarge;
  JsonObject object;
  object.text_.reserve(body.size());
  for (const FieldRule& rule : rules) object.fields_.push_back({rule});

  Reader reader(object);
  boost::json::basic_parser<EventHandler<Reader>> parser({}, reader);
  boost::json::error_code code;
  const std::size_t used = parser.write_some(false, body.data(), body.size(), code);
  if (reader.is_too_deep()) return Error::kTooLarge;
  if (code.failed() || used != body.size()) return Error::kMalformedJson;

  if (const Error error = reader.judge(problems, unknown); error != Error::kNone) return error;
  reader.take_objects(body);
  return object;
}

JsonObject::JsonObject() = default;
JsonObject::JsonObject(JsonObject&&) noexcept = default;

JsonObject& JsonObject::operator=(JsonObject&& other) noexcept {
  fields_.swap(other.fields_);
  text_.swap(other.text_);
  return *this;
}

JsonObject::~JsonObject() { wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()}); }

const JsonObject::Field& JsonObject::field(std::string_view name, FieldKind kind) const {
  for (const Field& field : fields_) {
    if (field.rule.name == name && field.rule.kind == kind) return field;
  }
  __builtin_trap();
}

std::string_view JsonObject::text(std::string_view name, FieldKind kind) const {
  const Field& found = field(name, kind);
  return {text_.data() + found.begin, found.size};
}

std::string_view JsonObject::string(std::string_view name) const { return text(name, FieldKind::kString); }

bool JsonObject::boolean(std::string_view name) const { return field(name, FieldKind::kBoolean).number != 0; }

std::int64_t JsonObject::integer(std::string_view name) const { return field(name, FieldKind::kInteger).number; }

std::string_view JsonObject::object(std::string_view name) const {
  const std::string_view found = text(name, FieldKind::kObject);
  return found.empty() ? "{}" : found;
}

bool JsonObject::has(std::string_view name) const {
  for (const Field& field : fields_) {
    if (field.rule.name == name) return field.count != 0;
  }
  __builtin_trap();
}

}  // namespace rekey
