// The origin as a library: `rekey-origin serve` runs it, and other programs embed it with their own hooks (A6, A7), store,
// hashing or mails (A10). README.md, "Embed it", shows such a program. Settings come from settings.h; origin.cpp wires the parts.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "origin/ports/hooks.h"
#include "origin/ports/mailer.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/settings/settings.h"

namespace rekey {

// Accounts, tokens and the outbox. One object, because a reset uses up the token, sets the password, ends the sessions and queues
// the notice in one transaction, which separate stores could not share.
class Store : public AccountStore, public RecoveryStore, public Outbox {};

// The embedder's parts; the origin uses its own for those left empty. Objects given by pointer outlive the Origin and are safe
// from every thread. Each sender thread has its own mailer and hooks, made when run() begins; the mailer outlives the hooks.
struct OriginParts {
  Store* store = nullptr;                                                              // else PostgreSQL at DATABASE_URL
  PasswordHasher* hasher = nullptr;                                                    // else Argon2id
  std::function<std::unique_ptr<Mailer>()> mailer;                                     // else SMTP to MAIL_SERVER
  std::function<std::unique_ptr<AfterForgotPassword>(Mailer&)> after_forgot_password;  // else the mail with the link
  std::function<std::unique_ptr<AfterResetPassword>(Mailer&)> after_reset_password;    // else the mail about the change
};

class Origin {
 public:
  // Listens, checks the database's schema unless there is a Store, and reads the templates. Answers no request before run().
  // Throws: std::runtime_error with a text for the operator: a port in use, a schema of another version, a broken template, a
  // LOG_FILE that can't be opened.
  explicit Origin(const Settings& settings, const OriginParts& parts = {});
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  // Serves until stop(). Then finishes requests under way within 10 s and mails under way within 5 s, and gives back the leases
  // of mails not begun.
  void run();
  void stop();  // from any thread

  // Opens LOG_FILE again, soon: a tool has renamed it. From any thread; without a LOG_FILE it does nothing.
  void reopen_log();

  // Returns: the time since the mail worker last took a step. For a watchdog; from any thread.
  std::chrono::nanoseconds since_mail_step() const;

  std::uint16_t port() const;
  std::uint16_t ops_port() const;

 private:
  struct Wiring;
  std::unique_ptr<Wiring> wiring_;
};

}  // namespace rekey
