#include "origin/http/http_fields.h"

#include <algorithm>
#include <charconv>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

constexpr std::size_t kMaxMethod = 16;

bool is_token_char(char c) {
  return is_letter_or_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_value_char(char c) { return is_visible(c) || c == ' ' || c == '\t'; }

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= kMaxMethod && std::ranges::all_of(text, is_upper);
}

// Connection is a list (RFC 9110, section 7.6.1); only `close` and `keep-alive` matter here.
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (equal_ignoring_case(trim(cut_until(list, ',')), word)) return true;
  }
  return false;
}

Persistence persistence_of(const HttpRequest& request) {
  const auto says = [&](std::string_view word) {
    return std::ranges::any_of(request.fields,
                               [&](const HttpField& f) { return f.name == "connection" && lists(f.value, word); });
  };
  if (says("close")) return Persistence::kClose;
  return request.version == HttpVersion::k11 || says("keep-alive") ? Persistence::kKeepAlive : Persistence::kClose;
}

bool has_sound_host(const HttpRequest& request) {
  const auto hosts = request.count("host");
  return hosts == 1 || (hosts == 0 && request.version == HttpVersion::k10);
}

bool may_have_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

// Digits only, no sign, base or list, so that no other parser can read a different number.
std::optional<std::size_t> parse_length(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;  // can't overflow; such a body is too large anyway
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  if (!std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

BodyFrame frame_by_length(const HttpRequest& request) {
  const auto lengths = request.count("content-length");
  if (lengths == 0) return may_have_body(request.method) ? BodyFrame{Framing::kLengthRequired} : BodyFrame{};
  const auto text = request.only("content-length");
  const auto size = text ? parse_length(*text) : std::nullopt;
  if (!size) return {Framing::kMalformed};
  if (*size > 0 && !may_have_body(request.method)) return {Framing::kMalformed};
  if (*size > kMaxRequestBody) return {Framing::kBodyTooLarge};
  return {Framing::kMore, *size};
}

}  // namespace

std::optional<HttpField> parse_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (!std::ranges::all_of(name, is_token_char) || !std::ranges::all_of(value, is_value_char)) return std::nullopt;
  return HttpField{to_lower(name), std::string(value)};
}

Framing parse_request_line(std::string_view line, HttpRequest& request) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Framing::kMalformed;
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_method(method) || !target.starts_with('/') || !std::ranges::all_of(target, is_visible)) return Framing::kMalformed;
  if (target.size() > kMaxTarget) return Framing::kTargetTooLong;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? Framing::kVersionUnknown : Framing::kMalformed;
  }
  request.method = method;
  request.target = target;
  request.version = version == "HTTP/1.0" ? HttpVersion::k10 : HttpVersion::k11;
  return Framing::kMore;
}

BodyFrame frame_body(HttpRequest& request) {
  request.persistence = persistence_of(request);
  if (!has_sound_host(request) || request.count("transfer-encoding") > 0) return {Framing::kMalformed};
  const auto frame = frame_by_length(request);
  if (frame.verdict == Framing::kMore && request.count("expect") > 0) return {Framing::kExpectationFailed};
  return frame;
}

}  // namespace rekey
