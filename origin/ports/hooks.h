// The two hooks for embedders of the origin library. By default they send the two mails (origin/mail/reset_mail.h,
// password_changed_mail.h). The worker calls them outside any request and any transaction, at least once: again with the same
// `delivery_id` at each later attempt, and if the process died before it recorded the outcome. kRelayRefuses and kRelayAway count
// as no attempt: after them a link that was never tried becomes another delivery, with another token.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "origin/ports/mailer.h"
#include "origin/ports/request_info.h"
#include "origin/ports/user.h"
#include "shared/recovery_code.h"
#include "shared/token.h"

namespace rekey {

struct ForgotPasswordEvent {
  std::string delivery_id;  // the same on every attempt; the Message-ID is made of it
  User user;
  const TokenText& token;  // for the reset route; do not keep it
  std::chrono::sys_seconds expires_at;
  std::chrono::seconds lifetime;          // of the link, from the settings
  std::chrono::sys_seconds requested_at;  // by the database's clock
  RequestInfo request;
  const RecoveryCode* code =
      nullptr;  // 8 digits for the reset route, with the request's recovery id; none if null. Do not keep it
};

// A6. The verdict decides the delivery's next state: kTaken ends it as `sent`, after kTryLater it is tried again, and so on.
class AfterForgotPassword {
 public:
  virtual ~AfterForgotPassword() = default;
  virtual MailOutcome after_forgot_password(const ForgotPasswordEvent& event) = 0;

  // Called instead for an address without an active account, with an invented user and token. Do the same work, but send nothing.
  // Why: otherwise the load after a request would reveal whether the address has an account.
  virtual void rehearse(const ForgotPasswordEvent&) {}
};

enum class PasswordChange : std::uint8_t { kByReset, kByOwner };  // by a reset link; by the logged-in owner

struct PasswordChangedEvent {
  std::string delivery_id;
  User user;
  PasswordChange change = PasswordChange::kByReset;
  std::chrono::sys_seconds changed_at;  // by the database's clock
  RequestInfo request;
};

// A7.
class AfterResetPassword {
 public:
  virtual ~AfterResetPassword() = default;
  virtual MailOutcome after_reset_password(const PasswordChangedEvent& event) = 0;
};

struct SessionReusedEvent {
  std::string delivery_id;
  User user;
  std::chrono::sys_seconds used_at;  // by the database's clock
  RequestInfo request;               // of the use, which may be the owner's or a stranger's
};

// Tells the owner that a session which was renewed before was used again, and has ended with all its renewals: a copy of it
// exists.
class AfterSessionReuse {
 public:
  virtual ~AfterSessionReuse() = default;
  virtual MailOutcome after_session_reuse(const SessionReusedEvent& event) = 0;
};

}  // namespace rekey
