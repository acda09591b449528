// One try of one row: makes the token, calls the hook, says what is to become of the row, counts and logs it.
// One instance belongs to one sender thread. Knows nothing of threads, queues and pauses: see mail_schedule.h.
#pragma once

#include <functional>
#include <memory>

#include "origin/mail/mail_job.h"
#include "origin/mail/mail_token.h"
#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/hooks.h"
#include "origin/ports/mailer.h"
#include "origin/ports/metrics.h"

namespace rekey {

// What a sender calls. The mailer stands first, so that it outlives the hooks that use it; hooks of an embedder may need none.
struct MailHooks {
  std::unique_ptr<Mailer> mailer;
  std::unique_ptr<AfterForgotPassword> after_forgot_password;
  std::unique_ptr<AfterResetPassword> after_reset_password;
};
using MakeMailHooks = std::function<MailHooks()>;

Settlement settlement_of(MailVerdict verdict);

class MailDelivery {
 public:
  MailDelivery(MailHooks hooks, const MailTokens& tokens, std::chrono::seconds lifetime, const Clock& clock, Metrics& metrics,
               EventLog& events);

  // Never throws: a hook that does counts as kTryLater. Speaks to the relay, for 60 s at most with the hooks of this library.
  MailOutcome deliver(const MailJob& job);

  // See Mailer: cuts off what the mailer sends. From any thread.
  void end_by(std::chrono::steady_clock::time_point when);

 private:
  MailOutcome call_hook(const MailJob& job);
  MailOutcome call(const ResetJob& job);
  MailOutcome call(const NoticeJob& job);
  void record(const MailJob& job, const MailOutcome& outcome);

  MailHooks hooks_;
  const MailTokens& tokens_;
  std::chrono::seconds lifetime_;
  const Clock& clock_;
  Metrics& metrics_;
  EventLog& events_;
};

}  // namespace rekey
