// Counts and times one call of a use case; one that ends by an exception counts as `unavailable`.
#pragma once

#include <string>
#include <string_view>

#include "origin/ports/clock.h"
#include "origin/ports/metrics.h"

namespace rekey {

class RequestMeter {
 public:
  RequestMeter(Metrics& metrics, const Clock& clock, std::string_view use_case)
      : metrics_(metrics), clock_(clock), use_case_(use_case), begin_(clock.steady_now()) {}
  ~RequestMeter() { metrics_.request_done(use_case_, outcome_, clock_.steady_now() - begin_); }
  RequestMeter(const RequestMeter&) = delete;
  RequestMeter& operator=(const RequestMeter&) = delete;

  void end(std::string_view outcome) { outcome_ = outcome; }
  // Why: a label is a word of ours, not what a caller made up.
  void forget_use_case() { use_case_ = "unknown"; }

 private:
  Metrics& metrics_;
  const Clock& clock_;
  std::string_view use_case_;
  std::chrono::steady_clock::time_point begin_;
  std::string outcome_ = "unavailable";
};

}  // namespace rekey
