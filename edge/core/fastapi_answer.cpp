#include "edge/core/fastapi_answer.h"

#include "shared/codec/json_writer.h"

namespace rekey::edge {
namespace {

struct ErrorType {
  std::string_view reason;
  std::string_view type;
};

constexpr ErrorType kErrorTypes[] = {
    {"missing", "missing"},
    {"unknown", "extra_forbidden"},
    {"wrong_type", "string_type"},
    {"not_an_object", "model_attributes_type"},
};

std::string_view error_type(std::string_view reason) {
  for (const auto& known : kErrorTypes) {
    if (known.reason == reason) return known.type;
  }
  return "value_error";
}

void write_error(JsonWriter& json, std::string_view field, std::string_view message, std::string_view type) {
  json.begin_object().key("loc").begin_array().string("body");
  if (!field.empty()) json.string(field);
  json.end_array().member("msg", message).member("type", type).end_object();
}

Answer answer_like(const Problem& problem, std::uint16_t status, std::string body) {
  auto answer = json_answer(status, std::move(body), problem.event);
  answer.blame = problem.blame;
  return answer;
}

}  // namespace

Answer fastapi_invalid_fields(std::span<const FieldError> errors) {
  JsonWriter json;
  json.begin_object().key("detail").begin_array();
  for (const auto& error : errors) write_error(json, error.field, explain_field(error.reason), error_type(error.reason));
  json.end_array().end_object();
  return answer_like(kInvalidFields, 422, json.take());
}

Answer fastapi_unreadable_json() {
  JsonWriter json;
  json.begin_object().key("detail").begin_array();
  write_error(json, "", kUnreadableJson.detail, "json_invalid");
  json.end_array().end_object();
  return answer_like(kUnreadableJson, 422, json.take());
}

Answer fastapi_bad_token() {
  return answer_like(kBadToken, 400,
                     JsonWriter().begin_object().member("detail", "RESET_PASSWORD_BAD_TOKEN").end_object().take());
}

Answer fastapi_password_refused(std::string_view reason) {
  JsonWriter json;
  json.begin_object().key("detail").begin_object().member("code", "RESET_PASSWORD_INVALID_PASSWORD");
  json.member("reason", explain_field(reason)).end_object().end_object();
  return answer_like(kPasswordRefused, 400, json.take());
}

Answer fastapi_null(std::uint16_t status, Event event) { return json_answer(status, "null", event); }

}  // namespace rekey::edge
