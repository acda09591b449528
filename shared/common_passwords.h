// The list of common passwords (SP 800-63B-4, section 3.1.1.2): shared/common_passwords.txt, compiled in.
// All entries have at least 8 bytes: shorter passwords are refused for their length.
#pragma once

#include <string_view>

namespace rekey {

// Returns: whether the list holds the password, ASCII case ignored. Exact: no false positives.
bool is_common_password(std::string_view password);

}  // namespace rekey
