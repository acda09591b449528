// The few parts of a URL (RFC 3986) that edge and origin decide by. Resolves and decodes nothing: `//path`, `/%66orgot` and a
// trailing slash stay what they are, other paths.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rekey {

enum class Scheme : std::uint8_t { kHttp, kHttps };

struct Url {
  Scheme scheme = Scheme::kHttp;
  std::string_view authority;  // host and port as written, no user
  std::string_view path;       // "" or begins with '/'
  std::string_view query;      // with its '?', "" where there is none

  // A fragment is dropped: it reaches no server.
  // Returns: nothing for another scheme, an empty host, a user, white space or a control character.
  static std::optional<Url> parse(std::string_view text);

  std::string_view host() const;  // without port
};

// In: a host as it stands in a URL or in a setting; an IPv6 address with brackets or without.
// Returns: whether it can only mean this machine: 127.0.0.0/8, ::1, localhost and names under it (RFC 6761, section 6.3).
bool is_loopback(std::string_view host);

// Returns: whether both name the same origin (RFC 6454, section 4): scheme, host and port, a port left out being the scheme's
// own.
bool same_origin(const Url& a, const Url& b);

// FRONTEND_URL, for edge and origin alike: `https://host` with at most a port, or `http` for this machine; one slash may end it.
// Why no path: the pages stand at the root, and a link under a path would lead nowhere.
// Returns: nothing for anything else.
std::optional<Url> parse_frontend_url(std::string_view text);

}  // namespace rekey
