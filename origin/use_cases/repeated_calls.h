// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): gives the first answer again. A call whose answer was lost with
// its process runs again under its first request id, under which each use case ends like the first and changes nothing twice: so
// the answer is right even if the crash fell between the change and the answer's row.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "origin/ports/answer_store.h"

namespace rekey {

class RepeatedCalls {
 public:
  // In: carries the call out under the request id. Returns: the answer to keep, or nothing for one that does not come from the
  // call alone, such as a switch of the operator's.
  using Work = std::function<std::optional<CallAnswer>(const std::string& request_id)>;

  explicit RepeatedCalls(AnswerStore& answers) : answers_(answers) {}

  // Returns: the answer to give instead of the work's, which was not done; nothing if it was.
  // Throws: Unavailable, and what `work` throws; then the next call runs.
  std::optional<CallAnswer> run(const CallRepeat& repeat, const std::string& request_id, const Work& work);

 private:
  void carry_out(const CallRepeat& repeat, const std::string& request_id, const Work& work);

  AnswerStore& answers_;
};

}  // namespace rekey
