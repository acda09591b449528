// Checks whether the mail relay can be reached: name, connection, and, unless TLS comes first, the greeting. Without log-in or
// mail; `rekey-origin mail test` does both.
#pragma once

#include <cstdint>
#include <string>

namespace rekey {

enum class Greeting : std::uint8_t { kExpected, kAfterTls };

// Returns: "" if the relay answers, else the fault, for the operator. Takes at most 5 s for each address of the
// name and 5 s for the greeting, not counting the look-up of the name.
std::string probe_relay(const std::string& server, std::uint16_t port, Greeting greeting);

}  // namespace rekey
