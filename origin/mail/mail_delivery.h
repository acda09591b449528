// One attempt of one delivery: prepares the hook's event, calls the hook, counts and logs the outcome.
// Each instance belongs to one sender thread. Threads, leases and pauses are the business of mail_schedule.h and mail_worker.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "origin/mail/mail_token.h"
#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/hooks.h"
#include "origin/ports/mailer.h"
#include "origin/ports/metrics.h"
#include "origin/ports/store.h"

namespace rekey {

// The hooks of one sender. The mailer comes first, so that it outlives the hooks that use it. An embedder's hooks may need none.
struct MailHooks {
  std::unique_ptr<Mailer> mailer;
  std::unique_ptr<AfterForgotPassword> after_forgot_password;
  std::unique_ptr<AfterResetPassword> after_reset_password;
};
using MakeMailHooks = std::function<MailHooks()>;

// Prepares and hands over one kind of delivery. All differences between the kinds are behind this interface.
class Courier {
 public:
  virtual ~Courier() = default;
  virtual MailOutcome hand_over(const Delivery& delivery, const User& user) = 0;
  virtual void rehearse(const Delivery& delivery, const User& user) = 0;  // the same work, but nothing is handed over
};

std::string_view word_of(DeliveryKind kind);

class MailDelivery {
 public:
  MailDelivery(MailHooks hooks, const MailTokens& tokens, std::chrono::seconds lifetime, const Clock& clock, Metrics& metrics,
               EventLog& events);

  // Never throws: an exception of a hook counts as kTryLater. With this library's hooks it takes at most MailPace::longest_send.
  // Returns: nothing for a rehearsal.
  std::optional<MailOutcome> deliver(const Delivery& delivery);

  // Cuts off the mail under way at `when`, as Mailer::end_by(). From any thread.
  void end_by(std::chrono::steady_clock::time_point when);

 private:
  MailOutcome hand_over(const Delivery& delivery);
  void rehearse(const Delivery& delivery);
  void record(const Delivery& delivery, const MailOutcome& outcome);

  MailHooks hooks_;
  std::map<DeliveryKind, std::unique_ptr<Courier>> couriers_;
  const Clock& clock_;
  Metrics& metrics_;
  EventLog& events_;
};

}  // namespace rekey
