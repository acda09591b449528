// Escapes text for HTML: for placeholders of pages at the edge, and of mails at the origin.
#pragma once

#include <string>
#include <string_view>

namespace rekey {

// Returns: the text for use between tags, or in an attribute in double or single quotes.
std::string escape_html(std::string_view text);

}  // namespace rekey
