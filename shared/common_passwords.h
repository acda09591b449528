// The list of the passwords that are tried first (SP 800-63B-4, section 3.1.1.2): shared/common_passwords.txt, compiled in.
// Only entries of 8 bytes or more are kept: shorter ones are refused for their length.
#pragma once

#include <string_view>

namespace rekey {

// Returns: whether the list holds the password, ASCII case ignored. Exact: nothing that isn't listed is called common.
bool is_common_password(std::string_view password);

}  // namespace rekey
