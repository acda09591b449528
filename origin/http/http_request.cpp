#include "origin/http/http_request.h"

#include <algorithm>

namespace rekey {

std::size_t HttpRequest::count(std::string_view lower_case_name) const {
  return static_cast<std::size_t>(std::ranges::count(fields, lower_case_name, &HttpField::name));
}

std::optional<std::string_view> HttpRequest::only(std::string_view lower_case_name) const {
  if (count(lower_case_name) != 1) return std::nullopt;
  return std::ranges::find(fields, lower_case_name, &HttpField::name)->value;
}

int status_of(Framing refusal) {
  switch (refusal) {
    case Framing::kMalformed:
    case Framing::kPipelined:
      return 400;
    case Framing::kLengthRequired:
      return 411;
    case Framing::kBodyTooLarge:
      return 413;
    case Framing::kTargetTooLong:
      return 414;
    case Framing::kExpectationFailed:
      return 417;
    case Framing::kHeadersTooLarge:
      return 431;
    case Framing::kVersionUnknown:
      return 505;
    case Framing::kMore:
    case Framing::kWhole:
      break;
  }
  __builtin_trap();
}

}  // namespace rekey
