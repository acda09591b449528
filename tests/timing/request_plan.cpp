#include "tests/timing/request_plan.h"

#include <stdexcept>

namespace rekey::timing {
namespace {

PlannedRequest read_request(std::istream& in, std::string label) {
  PlannedRequest request;
  request.label = std::move(label);
  long pause = -1;
  std::size_t length = 0;
  in >> pause >> length;
  if (!in || pause < 0 || length == 0 || length > kMaxRequest || in.get() != '\n') {
    throw std::runtime_error("the plan's record " + request.label + " must be `label pause length`");
  }
  request.pause = std::chrono::microseconds(pause);
  request.bytes.resize(length);
  in.read(request.bytes.data(), static_cast<std::streamsize>(length));
  if (!in || in.get() != '\n')
    throw std::runtime_error("the plan's record " + request.label + " has a length that differs from its bytes");
  return request;
}

}  // namespace

std::vector<PlannedRequest> read_plan(std::istream& in) {
  std::vector<PlannedRequest> plan;
  std::string label;
  while (in >> label) plan.push_back(read_request(in, label));
  return plan;
}

}  // namespace rekey::timing
