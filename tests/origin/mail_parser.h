// Parses the output of make_mail_message as a mail client would: headers unfolded and decoded, parts decoded. Strict: throws if
// something is missing or breaks RFC 5322, 2045, 2046 or 2047.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rekey::test {

struct MailPart {
  std::string type;
  std::string body;
};

struct ParsedMail {
  std::multimap<std::string, std::string> headers;  // unfolded, encoded words decoded
  std::string type;                                 // without parameters
  std::vector<MailPart> parts;

  // Throws: std::runtime_error where it is missing or repeated.
  const std::string& header(const std::string& name) const;
};

ParsedMail parse_mail(std::string_view message);

std::size_t longest_line(std::string_view message);
bool has_bare_line_end(std::string_view message);  // CR without LF, or LF without CR

}  // namespace rekey::test
