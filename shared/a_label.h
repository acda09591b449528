// An A-label (RFC 5890, section 2.3.2.1): an international domain label in DNS's form, "xn--" and Punycode (RFC 3492).
// Checks that it decodes to a label with at least one character beyond ASCII, and without controls, spaces, noncharacters and
// most invisible characters. The rest of IDNA 2008 needs Unicode's tables and is left to the registries.
#pragma once

#include <string_view>

namespace rekey {

// Returns: whether a label begins with "xn--", in either case.
bool looks_like_a_label(std::string_view label);

// In: a label of at most 63 letters, digits and hyphens.
bool is_a_label(std::string_view label);

}  // namespace rekey
