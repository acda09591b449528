// The answer to a request, and problem documents (RFC 9457) as answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "origin/http/http_request.h"

namespace rekey {

struct HttpAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<HttpField> fields;  // Retry-After, Allow
};

inline constexpr std::string_view kProblemJson = "application/problem+json";

// In: `type` is a URI, "about:blank" if the status is enough; `detail` is a fixed text, without parts of the request.
HttpAnswer problem(int status, std::string_view type, std::string_view detail);
HttpAnswer problem(int status, std::string_view detail);

// 503 with Retry-After.
HttpAnswer unavailable_problem(std::string_view detail);

}  // namespace rekey
