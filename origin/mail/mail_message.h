// A mail as bytes on the wire: RFC 5322 with two alternatives (RFC 2046, section 5.1.4), both in base64, so that no body can
// hold a bare line end, a lone dot or a line of more than 76 characters. The same mail gives the same bytes except for Date.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "origin/ports/mailer.h"

namespace rekey {

struct MailSender {
  std::string address;
  std::string name;  // "" for none
};

// Returns: the message, with lines ending in CR LF. Nothing for a mail that breaks the rules and may be an attack: an address
// that shared/email_address.h refuses, invalid UTF-8, control characters (line ends and tabs are allowed in the two bodies), or a
// Message-ID or language with characters that it may not hold.
std::optional<std::string> make_mail_message(const Mail& mail, const MailSender& sender, std::chrono::sys_seconds date);

// Whether a text may be used in a header: one line of valid UTF-8 without control characters.
bool is_header_text(std::string_view text);

}  // namespace rekey
