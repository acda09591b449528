// The titles of the HTTP statuses of refusals by edge and origin (RFC 9110, section 15; RFC 6585), for `title` in problem
// documents.
#pragma once

#include <string_view>

namespace rekey {

// Returns: the status's title, "Error" for any other status.
std::string_view http_status_title(int status);

}  // namespace rekey
