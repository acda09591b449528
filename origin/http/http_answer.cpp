#include "origin/http/http_answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/codec/json_writer.h"

namespace rekey {

std::string_view title_of(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 16> kTitles{{
      {200, "OK"},
      {400, "Bad request"},
      {401, "Unauthorized"},
      {404, "Not found"},
      {405, "Method not allowed"},
      {408, "Request timeout"},
      {411, "Length required"},
      {413, "Content too large"},
      {414, "URI too long"},
      {415, "Unsupported media type"},
      {417, "Expectation failed"},
      {422, "Unprocessable content"},
      {431, "Request header fields too large"},
      {500, "Internal server error"},
      {503, "Service unavailable"},
      {505, "HTTP version not supported"},
  }};
  const auto found = std::ranges::find(kTitles, status, &std::pair<int, std::string_view>::first);
  return found == kTitles.end() ? "Error" : found->second;
}

HttpAnswer problem(int status, std::string_view type, std::string_view detail) {
  JsonWriter json;
  json.begin_object().member("type", type).member("title", title_of(status));
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
