// Text into HTML. For the pages' placeholders at the edge and for the mails' at the origin.
#pragma once

#include <string>
#include <string_view>

namespace rekey {

// Returns: the text as it must stand between tags, or in an attribute in double or single quotes.
std::string escape_html(std::string_view text);

}  // namespace rekey
