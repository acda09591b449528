#include "shared/url.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"

namespace rekey {
namespace {

// Finds the port's colon: after the bracket of an IPv6 address.
std::size_t port_colon(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
}

std::string_view explicit_port(const Url& url) {
  const auto colon = port_colon(url.authority);
  const auto port = colon == std::string_view::npos ? std::string_view{} : url.authority.substr(colon + 1);
  const auto own = url.scheme == Scheme::kHttps ? std::string_view{"443"} : std::string_view{"80"};
  return port == own ? std::string_view{} : port;
}

constexpr std::uint32_t kMaxPort = 65'535;

bool has_sound_port(std::string_view authority) {
  const auto colon = port_colon(authority);
  return colon == std::string_view::npos || parse_decimal(authority.substr(colon + 1), kMaxPort);
}

bool is_host_character(char c) { return is_letter_or_digit(c) || std::string_view("-._:[]").find(c) != std::string_view::npos; }

// Four octets without leading zeros: a resolver may take any other spelling for a name and look that up, such as
// 127.name.example, or 127.0.0.08, which is no octal number.
bool is_ipv4_loopback(std::string_view host) {
  if (!host.starts_with("127.")) return false;
  int octets = 1;
  for (auto rest = host.substr(4);; ++octets) {
    const auto dot = std::min(rest.find('.'), rest.size());
    if (!parse_decimal(rest.substr(0, dot), 255)) return false;
    if (dot == rest.size()) return octets == 3;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_visible)) return std::nullopt;
  Url url;
  const auto separator = text.find("://");
  if (separator == std::string_view::npos) return std::nullopt;
  const auto scheme = text.substr(0, separator);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  url.scheme = scheme == "https" ? Scheme::kHttps : Scheme::kHttp;

  text.remove_prefix(separator + 3);
  text = text.substr(0, text.find('#'));
  const auto query = std::min(text.find('?'), text.size());
  url.query = text.substr(query);
  text = text.substr(0, query);
  const auto path = std::min(text.find('/'), text.size());
  url.authority = text.substr(0, path);
  url.path = text.substr(path);
  if (url.host().empty() || url.authority.find('@') != std::string_view::npos) return std::nullopt;
  return url;
}

std::string_view Url::host() const { return authority.substr(0, port_colon(authority)); }

bool is_loopback(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  if (host == "[::1]" || host == "::1" || is_ipv4_loopback(host) || equal_ignoring_case(host, kName)) return true;
  constexpr std::string_view kUnder = ".localhost";
  return host.size() > kUnder.size() && equal_ignoring_case(host.substr(host.size() - kUnder.size()), kUnder);
}

bool same_origin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && equal_ignoring_case(a.host(), b.host()) && explicit_port(a) == explicit_port(b);
}

std::string serialized_origin(const Url& url) {
  const auto port = explicit_port(url);
  const auto scheme = url.scheme == Scheme::kHttps ? "https://" : "http://";
  return scheme + to_lower(url.host()) + (port.empty() ? "" : ":" + std::string(port));
}

std::optional<Url> parse_page_url(std::string_view text) {
  const auto url = Url::parse(text);
  if (!url || !has_sound_port(url->authority)) return std::nullopt;
  if (!std::all_of(url->authority.begin(), url->authority.end(), is_host_character)) return std::nullopt;
  if (url->scheme == Scheme::kHttp && !is_loopback(url->host())) return std::nullopt;
  return url;
}

bool is_uri_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
  });
}

std::optional<Url> parse_frontend_url(std::string_view text) {
  const auto url = parse_page_url(text);
  if (!url || text.find_first_of("?#") != std::string_view::npos) return std::nullopt;
  return url->path.empty() || url->path == "/" ? url : std::nullopt;
}

}  // namespace rekey
