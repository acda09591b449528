// The client of a request, as the edge reports it under its signature. Stored with the request's changes, shown in mails.
#pragma once

#include <string>

namespace rekey {

struct RequestInfo {
  std::string request_id;       // 22 characters of base64url (128 random bits), the signature's nonce
  std::string client_ip;        // IPv4 or IPv6 text, "" if not known; at most 45 characters
  std::string user_agent;       // printable ASCII, cut at 200 characters
  std::string country;          // ISO 3166-1 alpha-2, "" if not known
  std::string accept_language;  // the header, cut at 256 characters; the language is chosen when a text is written
};

}  // namespace rekey
