#include "tests/origin/mail_parser.h"

#include <algorithm>
#include <stdexcept>

#include "shared/codec/encoding.h"

namespace rekey::test {
namespace {

std::string decode(std::string_view base64) {
  const auto padding = static_cast<std::size_t>(std::count(base64.begin(), base64.end(), '='));
  std::string out(base64.size() / 4 * 3 - padding, '\0');
  if (from_base64(base64, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}) != Error::kNone) {
    throw std::runtime_error("broken base64");
  }
  return out;
}

std::string_view cut(std::string_view& rest, std::string_view separator) {
  const auto end = rest.find(separator);
  if (end == std::string_view::npos) throw std::runtime_error("missing separator");
  const auto piece = rest.substr(0, end);
  rest.remove_prefix(end + separator.size());
  return piece;
}

// RFC 2047: blanks between two encoded words are not part of the text.
std::string decode_words(std::string text) {
  constexpr std::string_view kBegin = "=?UTF-8?B?";
  for (auto between = text.find("?= =?"); between != std::string::npos; between = text.find("?= =?")) text.erase(between + 2, 1);
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const auto begin = rest.find(kBegin);
    out += rest.substr(0, begin);
    if (begin == std::string_view::npos) break;
    rest.remove_prefix(begin + kBegin.size());
    out += decode(cut(rest, "?="));
  }
  return out;
}

std::multimap<std::string, std::string> read_headers(std::string_view& rest) {
  std::multimap<std::string, std::string> headers;
  std::string name;
  for (auto line = cut(rest, "\r\n"); !line.empty(); line = cut(rest, "\r\n")) {
    if (line.starts_with(' ')) {
      headers.find(name)->second += line;
      continue;
    }
    name = cut(line, ": ");
    headers.emplace(name, line);
  }
  for (auto& [key, value] : headers) value = decode_words(value);
  return headers;
}

MailPart read_part(std::string_view text) {
  const auto headers = read_headers(text);
  if (headers.find("Content-Transfer-Encoding")->second != "base64") throw std::runtime_error("not base64");
  std::string base64;
  while (!text.empty()) base64 += cut(text, "\r\n");
  return {headers.find("Content-Type")->second, decode(base64)};
}

}  // namespace

const std::string& ParsedMail::header(const std::string& name) const {
  if (headers.count(name) != 1) throw std::runtime_error("not exactly one " + name);
  return headers.find(name)->second;
}

ParsedMail parse_mail(std::string_view message) {
  ParsedMail mail;
  mail.headers = read_headers(message);
  std::string_view type = mail.header("Content-Type");
  mail.type = cut(type, "; boundary=\"");
  const auto boundary = "--" + std::string(cut(type, "\""));
  cut(message, boundary + "\r\n");
  for (;;) {
    mail.parts.push_back(read_part(cut(message, boundary)));
    if (message.starts_with("--\r\n")) return mail;
    cut(message, "\r\n");
  }
}

std::size_t longest_line(std::string_view message) {
  std::size_t longest = 0;
  while (!message.empty()) longest = std::max(longest, cut(message, "\r\n").size());
  return longest;
}

bool has_bare_line_end(std::string_view message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '\n' && (i == 0 || message[i - 1] != '\r')) return true;
    if (message[i] == '\r' && (i + 1 == message.size() || message[i + 1] != '\n')) return true;
  }
  return false;
}

}  // namespace rekey::test
