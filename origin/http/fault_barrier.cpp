#include "origin/http/fault_barrier.h"

#include <typeinfo>

#include "origin/ports/unavailable.h"

namespace rekey {

HttpAnswer FaultBarrier::guard(const std::string& request_id, const std::function<HttpAnswer()>& answer) const {
  try {
    return answer();
  } catch (const Unavailable& fault) {
    log_.write(Event::kUnavailable, request_id, {{"what", fault.what()}});
    metrics_.count(Counter::kUnavailable, Label::kRequest);
    return unavailable_problem("Try again in a moment.");
  } catch (const std::exception& fault) {
    log_.write(Event::kFault, request_id, {{"exception", typeid(fault).name()}});
    metrics_.count(Counter::kAlarms, Label::kFault);
    return problem(500, "Something went wrong here.");
  }
}

}  // namespace rekey
