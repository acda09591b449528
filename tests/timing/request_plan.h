// The requests that timing_probe sends, complete and in order: the driver writes the plan, so that the probe computes nothing
// while it measures. A plan is records `label pause length LF bytes LF`; the pause in microseconds follows the answer.
#pragma once

#include <chrono>
#include <istream>
#include <string>
#include <vector>

namespace rekey::timing {

inline constexpr std::size_t kMaxRequest = 64 * 1024;  // bytes that one send() on loopback delivers in one piece

struct PlannedRequest {
  std::string label;  // without spaces; stands before the request's figures in the output
  std::chrono::microseconds pause{0};
  std::string bytes;
};

// Throws: std::runtime_error if the input is not a plan.
std::vector<PlannedRequest> read_plan(std::istream& in);

}  // namespace rekey::timing
