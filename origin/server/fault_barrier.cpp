#include "origin/server/fault_barrier.h"

#include <typeinfo>

#include "origin/ports/unavailable.h"

namespace rekey {

HttpAnswer FaultBarrier::answer(const HttpRequest& request) {
  try {
    return application_.answer(request);
  } catch (const Unavailable& fault) {
    log_.write(Event::kUnavailable, "", {{"what", fault.what()}});
    metrics_.count(Counter::kUnavailable, "request");
    return unavailable_problem("Try again in a moment.");
  } catch (const std::exception& fault) {
    log_.write(Event::kFault, "", {{"exception", typeid(fault).name()}});
    metrics_.count(Counter::kAlarms, "fault");
    return problem(500, "Something went wrong here.");
  }
}

}  // namespace rekey
