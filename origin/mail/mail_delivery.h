// One attempt of one delivery: calls the hook of its kind (origin/ports/hooks.h), then counts and logs the outcome. For kReset it
// derives the token again from the delivery's seed (mail_token.h) and hands it to AfterForgotPassword, by default reset_mail.h;
// for kPasswordChanged the hook is AfterResetPassword, by default password_changed_mail.h, and for kSessionReused it is
// AfterSessionReuse (session_reused_mail.h). A delivery without a user is a rehearsal.
// One instance belongs to one sender thread. Knows nothing of threads, leases and pauses: see mail_schedule.h.
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
  std::unique_ptr<AfterSessionReuse> after_session_reuse;  // a store without sessions needs none
};
using MakeMailHooks = std::function<MailHooks()>;

// Prepares and hands over one kind of delivery.
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

  // Never throws: a hook that does counts as kTryLater. Speaks to the relay; the hooks of this library do so
  // for at most MailPace::longest_send.
  // Returns: nothing for a rehearsal.
  std::optional<MailOutcome> deliver(const Delivery& delivery, RelayRank relay);

  // Counts and logs what came of it.
  void record(const Delivery& delivery, const MailOutcome& outcome);

  // As Mailer::probe(). Never throws. Returns: kUnknown in `relay` if the hooks have no mailer.
  MailOutcome probe(RelayRank relay);

  // Cuts off the mail under way at `when`, as Mailer::end_by(). From any thread.
  void end_by(std::chrono::steady_clock::time_point when);

 private:
  MailOutcome hand_over(const Delivery& delivery);
  void rehearse(const Delivery& delivery);

  MailHooks hooks_;
  std::map<DeliveryKind, std::unique_ptr<Courier>> couriers_;
  const Clock& clock_;
  Metrics& metrics_;
  EventLog& events_;
};

}  // namespace rekey
