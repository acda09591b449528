// The titles of the HTTP statuses that edge and origin refuse requests with (RFC 9110, section 15; RFC 6585): `title` of their
// problem documents.
#pragma once

#include <string_view>

namespace rekey {

// Returns: the status's title, "Error" for a status that neither of the two refuses with.
std::string_view http_status_title(int status);

}  // namespace rekey
