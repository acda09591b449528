// The grammar of a request's lines, and its framing by fields (RFC 9112, sections 3, 6 and 9; RFC 9110, section 5).
// Used by http_framing.cpp alone. Strict even where the standard lets a server be lenient.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "origin/http/http_request.h"

namespace rekey {

// Returns: the field of `Name: value`, or nothing if the line breaks the grammar, as obs-fold and obs-text do.
std::optional<HttpField> parse_field(std::string_view line);

// Fills method, target and version. Returns: kMore, or the refusal.
Framing parse_request_line(std::string_view line, HttpRequest& request);

struct BodyFrame {
  Framing verdict = Framing::kMore;  // or the refusal
  std::size_t size = 0;
};

// Decides the body's size by Content-Length alone; refuses Transfer-Encoding, Expect, a repeated Host (in HTTP/1.1 a missing
// one, too), and a body for a method that has none. Sets the request's persistence.
BodyFrame frame_body(HttpRequest& request);

}  // namespace rekey
