// Whether the mail relay can be reached: name, connection, and, where TLS does not come first, the greeting. Nobody is logged in
// and nothing is sent; `rekey-origin mail test` does that.
#pragma once

#include <cstdint>
#include <string>

namespace rekey {

enum class Greeting : std::uint8_t { kExpected, kAfterTls };

// Returns: "" where the relay answers, else what is wrong, in words for the operator. Takes 5 s at most for each address of the
// name.
std::string probe_relay(const std::string& server, std::uint16_t port, Greeting greeting);

}  // namespace rekey
