// The parts of a URL (RFC 3986) that edge and origin need. Resolves and decodes nothing: `//path`, `/%66orgot` and a path with a
// trailing slash are different paths.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rekey {

enum class Scheme : std::uint8_t { kHttp, kHttps };

struct Url {
  Scheme scheme = Scheme::kHttp;
  std::string_view authority;  // host and port as written, no user
  std::string_view path;       // "" or begins with '/'
  std::string_view query;      // with its '?', "" for none

  // Drops a fragment: servers never get one.
  // Returns: nothing for another scheme, an empty host, a user, white space, a control character or one beyond ASCII.
  static std::optional<Url> parse(std::string_view text);

  std::string_view host() const;  // without port
};

// In: a host of a URL or a setting; an IPv6 address with or without brackets.
// Returns: whether it can only mean this machine: 127.0.0.0/8, ::1, localhost and names under it (RFC 6761, section 6.3).
bool is_loopback(std::string_view host);

// Returns: whether both have the same origin (RFC 6454, section 4): scheme, host and port. Without a port the scheme's default
// counts.
bool same_origin(const Url& a, const Url& b);

// Returns: the URL's origin as browsers write it in Origin (RFC 6454, section 6.2): lower case, no port that is the scheme's own.
std::string serialized_origin(const Url& url);

// Parses FRONTEND_URL, for edge and origin: `https://host` with at most a port, or `http` for this machine; may end in one slash.
// Why no path: the pages are at the root, so a link under a path would not work.
// Returns: nothing for anything else.
std::optional<Url> parse_frontend_url(std::string_view text);

// Returns: whether the text has only characters that a URI may have (RFC 3986, section 2): none at which a mail program ends a
// link.
bool is_uri_text(std::string_view text);

// Parses the URL of a page of the application's, such as LOGIN_URL: `https`, or `http` for this machine, with any path.
// Returns: nothing for anything else.
std::optional<Url> parse_page_url(std::string_view text);

}  // namespace rekey
