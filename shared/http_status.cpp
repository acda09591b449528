#include "shared/http_status.h"

#include <algorithm>

namespace rekey {
namespace {

struct Title {
  int status;
  std::string_view text;
};

constexpr Title kTitles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

}  // namespace

std::string_view http_status_title(int status) {
  const auto found =
      std::find_if(std::begin(kTitles), std::end(kTitles), [status](const Title& t) { return t.status == status; });
  return found == std::end(kTitles) ? std::string_view("Error") : found->text;
}

}  // namespace rekey
