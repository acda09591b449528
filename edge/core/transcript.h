// The transcript of one request: the request, then the outcome of each action so far (edge/exports.h, "Transcripts").
// Everything points into the message and must not outlive it.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "edge/exports.h"
#include "shared/rate_limit.h"
#include "shared/token.h"

namespace rekey::edge {

struct HeaderView {
  std::string_view name;
  std::string_view value;
};

// The origin's answer, or the fault that kept it away.
struct OriginReply {
  std::size_t origin = 0;  // index into Settings::origins
  std::optional<RekeyReplyFault> fault;
  std::uint16_t status = 0;  // 0 with a fault
  std::string_view retry_after;
  std::string_view body;
  UnixMillis waited = 0;  // for it; negative if the clock was set back meanwhile
};

class Transcript {
 public:
  // Traps for a tag that is no part of a transcript, a value that does not follow its name, and without method, URL, time or
  // random bytes.
  static Transcript read(Bytes message);

  std::string_view method;
  std::string_view url;
  std::string_view country;
  std::string_view continent;
  UnixMillis now = 0;      // the request's arrival: each step reads the same tokens as valid
  UnixMillis present = 0;  // the last outcome's arrival
  Bytes random;
  std::uint64_t header_count = 0;
  std::uint64_t header_size = 0;

  std::optional<std::string_view> body;
  std::optional<RekeyBodyFault> body_fault;
  std::optional<std::string_view> ascii_domain;
  std::vector<Bytes> verdicts;
  std::vector<OriginReply> replies;

  // Returns: the header's value, "" if absent.
  std::string_view header(std::string_view lower_case_name) const;
  const std::vector<HeaderView>& headers() const { return headers_; }  // the wanted ones

  UnixSeconds now_seconds() const { return static_cast<UnixSeconds>(now / 1000); }
  Bytes request_bytes() const { return random.first(16); }  // of which the request's id is the text
  std::string request_id() const;
  TokenRandom session_random() const;
  // For choices that only need an even spread.
  std::size_t spread() const { return static_cast<std::size_t>(random[48] << 8 | random[49]); }

 private:
  Transcript() = default;
  void note_time(UnixMillis time);
  std::vector<HeaderView> headers_;
};

}  // namespace rekey::edge
