#include "origin/http/http_answer.h"

#include "shared/codec/json_writer.h"
#include "shared/http_status.h"

namespace rekey {

HttpAnswer problem(int status, std::string_view type, std::string_view detail) {
  JsonWriter json;
  json.begin_object().member("type", type).member("title", http_status_title(status));
  json.key("status").integer(status).member("detail", detail).end_object();
  return {status, std::string(kProblemJson), json.take(), {}};
}

HttpAnswer problem(int status, std::string_view detail) { return problem(status, "about:blank", detail); }

HttpAnswer unavailable_problem(std::string_view detail) {
  auto answer = problem(503, detail);
  answer.fields.push_back({"Retry-After", "1"});
  return answer;
}

}  // namespace rekey
