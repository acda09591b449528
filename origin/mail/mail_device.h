// Browser and system in plain words from a User-Agent header (RFC 9110, section 10.1.5), for the line in the mail that helps
// owners to recognise their own request. Only a hint. The header is free text, so the result holds only names of a fixed list.
#pragma once

#include <string>
#include <string_view>

namespace rekey {

struct MailDevice {
  std::string_view browser;  // "Firefox"; "" if not recognised
  std::string_view system;   // "Windows"; "" if not recognised
};

MailDevice recognize_device(std::string_view user_agent);

// Returns: the address without the part that identifies a household: 203.0.113.* or 2001:db8:12:*; "" for anything else.
// Why: the requester may be a stranger to the reader, and mail is copied far. The database has the whole address for a while.
std::string mask_address(std::string_view ip);

}  // namespace rekey
