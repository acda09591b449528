#include "origin/mail/mail_message.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/codec/utf8.h"
#include "shared/email_address.h"

namespace rekey {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kBoundary = "=_rekey_alternatives";  // no base64 line begins with "--"
constexpr std::size_t kHeaderRoom = 2048;                       // for the headers of most mails
constexpr std::size_t kBodyLine = 76;                           // RFC 2045, section 6.8
constexpr std::size_t kPlainHeader = 60;                        // longer ones are folded into encoded words
constexpr std::size_t kEncodedPiece = 39;  // bytes per encoded word: framed, after "Subject: ", under 76 (RFC 2047, section 2)

bool is_blank(char c) { return c == '\n' || c == '\r' || c == '\t'; }

// Most of a body is ASCII, which needs no decoding.
bool is_body_text(std::string_view text) {
  for (;;) {
    const auto plain =
        std::find_if_not(text.begin(), text.end(), [](char c) { return is_visible(c) || c == ' ' || is_blank(c); });
    text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
    if (text.empty()) return true;
    const auto next = read_code_point(text);
    if (!next || is_control(next->value)) return false;
    text.remove_prefix(next->size);
  }
}

bool consists_of(std::string_view text, std::string_view extra) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [&](char c) { return is_letter_or_digit(c) || extra.find(c) != std::string_view::npos; });
}

bool is_message_id(std::string_view text) {
  return text.size() <= 200 && std::count(text.begin(), text.end(), '@') == 1 && consists_of(text, "@.-_");
}

bool is_plain(std::string_view text) {
  return text.size() <= kPlainHeader && text.find("=?") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_visible(c) || c == ' '; });
}

// Cuts between characters, never inside one.
std::string_view cut_piece(std::string_view& rest) {
  auto size = std::min(kEncodedPiece, rest.size());
  while (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xc0) == 0x80) --size;
  const auto piece = rest.substr(0, size);
  rest.remove_prefix(size);
  return piece;
}

// RFC 2047, encoding B, one word per line.
std::string encoded_words(std::string_view text) {
  std::string out;
  for (auto rest = text; !rest.empty();) {
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + to_base64(as_bytes(cut_piece(rest))) + "?=";
  }
  return out;
}

std::string header_text(std::string_view text) { return is_plain(text) ? std::string(text) : encoded_words(text); }

std::string quoted_name(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string mailbox(const MailSender& sender) {
  if (sender.name.empty()) return sender.address;
  return (is_plain(sender.name) ? quoted_name(sender.name) : encoded_words(sender.name)) + "\r\n <" + sender.address + ">";
}

std::string two_digits(long number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// RFC 5322, section 3.3.
std::string date_text(std::chrono::sys_seconds time) {
  constexpr std::array kDays = {"Sun"sv, "Mon"sv, "Tue"sv, "Wed"sv, "Thu"sv, "Fri"sv, "Sat"sv};
  constexpr std::array kMonths = {"Jan"sv, "Feb"sv, "Mar"sv, "Apr"sv, "May"sv, "Jun"sv,
                                  "Jul"sv, "Aug"sv, "Sep"sv, "Oct"sv, "Nov"sv, "Dec"sv};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string out(kDays[std::chrono::weekday(day).c_encoding()]);
  out += ", " + two_digits(static_cast<unsigned>(date.day())) + " ";
  out += kMonths[static_cast<unsigned>(date.month()) - 1];
  out += " " + std::to_string(static_cast<int>(date.year())) + " " + two_digits(clock.hours().count());
  return out + ":" + two_digits(clock.minutes().count()) + ":" + two_digits(clock.seconds().count()) + " +0000";
}

std::string with_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  while (!text.empty()) {
    const auto end = std::ranges::find_if(text, [](char c) { return c == '\r' || c == '\n'; }) - text.begin();
    out += text.substr(0, static_cast<std::size_t>(end));
    text.remove_prefix(static_cast<std::size_t>(end));
    if (text.empty()) break;
    out += kLineEnd;
    text.remove_prefix(text.starts_with(kLineEnd) ? kLineEnd.size() : 1);
  }
  return out;
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append(kLineEnd);
}

void add_part(std::string& out, std::string_view type, std::string_view body) {
  out.append("--").append(kBoundary).append(kLineEnd);
  add_header(out, "Content-Type", std::string(type) + "; charset=utf-8");
  add_header(out, "Content-Transfer-Encoding", "base64");
  out += kLineEnd;
  const auto encoded = to_base64(as_bytes(with_line_ends(body)));
  for (std::size_t at = 0; at < encoded.size(); at += kBodyLine) out.append(encoded, at, kBodyLine).append(kLineEnd);
}

bool is_good(const Mail& mail) {
  return EmailAddress::parse(mail.to) && is_header_text(mail.subject) && is_body_text(mail.text) && is_body_text(mail.html) &&
         is_message_id(mail.message_id) && consists_of(mail.language, "-");
}

std::string headers_of(const Mail& mail, const MailSender& sender, std::chrono::sys_seconds date) {
  std::string out;
  add_header(out, "Date", date_text(date));
  add_header(out, "From", mailbox(sender));
  add_header(out, "To", mail.to);
  add_header(out, "Subject", header_text(mail.subject));
  add_header(out, "Message-ID", "<" + mail.message_id + ">");
  add_header(out, "Auto-Submitted", "auto-generated");  // RFC 3834: no automatic replies
  add_header(out, "X-Auto-Response-Suppress", "All");   // the same for Exchange
  add_header(out, "Content-Language", mail.language);
  add_header(out, "MIME-Version", "1.0");
  add_header(out, "Content-Type", "multipart/alternative; boundary=\"" + std::string(kBoundary) + "\"");
  return out;
}

}  // namespace

bool is_header_text(std::string_view text) { return find_text_fault(text) == TextFault::kNone; }

std::optional<std::string> make_mail_message(const Mail& mail, const MailSender& sender, std::chrono::sys_seconds date) {
  if (!is_good(mail)) return std::nullopt;
  std::string out;
  out.reserve(kHeaderRoom + (mail.text.size() + mail.html.size()) * 3 / 2);  // base64 and its line ends: 1.37 times the size
  out.append(headers_of(mail, sender, date)).append(kLineEnd);
  add_part(out, "text/plain", mail.text);
  add_part(out, "text/html", mail.html);
  out.append("--").append(kBoundary).append("--").append(kLineEnd);
  return out;
}

}  // namespace rekey
