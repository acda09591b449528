#include "edge/core/problem.h"

#include "shared/codec/json_writer.h"
#include "shared/http_status.h"

namespace rekey::edge {
namespace {

struct Explanation {
  std::string_view reason;
  std::string_view sentence;
};

constexpr Explanation kExplanations[] = {
    {"missing", "This field is required."},
    {"unknown", "This field is unknown."},
    {"repeated", "This field was sent more than once."},
    {"wrong_type", "This field must be a string."},
    {"not_an_object", "The body must be a JSON object."},
    {"control_character", "Control characters are not allowed."},
    {"invalid_email", "This is not an e-mail address."},
    {"invalid_username", "3 to 30 letters and digits, at most one - or _ between them, no more than four digits in a row."},
    {"invalid_password", "1 to 256 characters."},
    {"unsupported_grant", "The grant type must be password."},
    {"too_short", "The password is too short."},
    {"too_long", "The password is too long."},
    {"too_many_bytes", "The password has more than 72 bytes in UTF-8."},
    {"not_text", "The password must be text without control characters."},
    {"common", "This password is on the list of common ones."},
    {"personal", "The password must not be a name or an address."},
};

void write_errors(JsonWriter& json, std::span<const FieldError> errors) {
  json.key("errors").begin_array();
  for (const auto& error : errors) {
    json.begin_object().member("pointer", error.pointer).member("detail", explain_field(error.reason));
    json.member("reason", error.reason).end_object();
  }
  json.end_array();
}

std::string problem_document(const Problem& problem, std::span<const FieldError> errors) {
  JsonWriter json;
  json.begin_object()
      .member("type", "urn:rekey:problem:" + std::string(problem.type))
      .member("title", http_status_title(problem.status));
  json.key("status").integer(problem.status).member("detail", problem.detail);
  if (!errors.empty()) write_errors(json, errors);
  return json.end_object().take();
}

}  // namespace

std::string_view explain_field(std::string_view reason) {
  for (const auto& known : kExplanations) {
    if (known.reason == reason) return known.sentence;
  }
  return "This field can't be used.";
}

Answer problem_answer(const Problem& problem, std::span<const FieldError> errors) {
  Answer answer;
  answer.status = problem.status;
  add_header(answer.headers, "content-type", "application/problem+json");
  // With a parameter, as RFC 6750, section 3, says: URLSession on Linux crashes on a scheme without one.
  if (problem.status == 401) add_header(answer.headers, "www-authenticate", R"(Bearer realm="account")");
  answer.body = problem_document(problem, errors);
  answer.event = problem.event;
  answer.blame = problem.blame;
  answer.texts = Texts::kForPeople;
  return answer;
}

Answer unavailable(Event event, std::string_view retry_after_seconds) {
  auto answer = problem_answer(kUnavailable);
  add_header(answer.headers, "retry-after", retry_after_seconds);
  answer.event = event;
  return answer;
}

Answer unavailable(const Problem& problem) {
  auto answer = problem_answer(problem);
  add_header(answer.headers, "retry-after", "5");
  return answer;
}

}  // namespace rekey::edge
