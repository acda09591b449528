// An A-label (RFC 5890, section 2.3.2.1): an international label of a domain as DNS knows it, "xn--" and Punycode (RFC 3492).
// Checks that it decodes, to a label with at least one character beyond ASCII and none that is a control, a space, invisible or
// unassigned for good. The rest of IDNA 2008 needs Unicode's tables: the registries apply it.
#pragma once

#include <string_view>

namespace rekey {

// Returns: whether a label begins as A-labels do, in either case.
bool looks_like_a_label(std::string_view label);

// In: a label of at most 63 letters, digits and hyphens.
bool is_a_label(std::string_view label);

}  // namespace rekey
