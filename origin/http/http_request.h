// One whole HTTP/1.1 request, and the reasons to refuse one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/internal_calls.h"

namespace rekey {

inline constexpr std::size_t kMaxHeaderSection = 16 * 1024;  // the request line and all fields; a signed call needs under 1 KiB
inline constexpr std::size_t kMaxHeaderLines = 64;           // as at the edge; a signed call has about ten
inline constexpr std::size_t kMaxTarget = 2048;              // our longest path has 25 characters
inline constexpr std::size_t kMaxRequestBody = kMaxEnvelopeSize;

struct HttpField {
  std::string name;   // in lower case
  std::string value;  // printable ASCII, space and tab, trimmed; not decoded
};

enum class HttpVersion : std::uint8_t { k10, k11 };
enum class Persistence : std::uint8_t { kKeepAlive, kClose };

struct HttpRequest {
  std::string method;
  std::string target;  // begins with `/`, visible ASCII, not decoded
  HttpVersion version = HttpVersion::k11;
  std::vector<HttpField> fields;
  std::string body;
  Persistence persistence = Persistence::kKeepAlive;
  std::optional<std::chrono::steady_clock::time_point> arrived{};  // when it was whole, before it waited for a thread

  std::size_t count(std::string_view lower_case_name) const;
  // Returns: the value if the field occurs exactly once, else nothing.
  std::optional<std::string_view> only(std::string_view lower_case_name) const;
};

// kMore: not whole yet. kWhole: complete. Anything else: refused, and the connection is closed.
enum class Framing : std::uint8_t {
  kMore,
  kWhole,
  kMalformed,          // 400
  kPipelined,          // 400: more bytes before the request is answered
  kLengthRequired,     // 411: a method with a body, without Content-Length
  kBodyTooLarge,       // 413
  kTargetTooLong,      // 414
  kExpectationFailed,  // 417: we never send 100
  kHeadersTooLarge,    // 431
  kVersionUnknown,     // 505
};

// Returns: the status to refuse with. Traps for kMore and kWhole.
int status_of(Framing refusal);

}  // namespace rekey
