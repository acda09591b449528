// The origin as a library: what `rekey-origin serve` runs, and what another program embeds to hook in (A6, A7) or to bring its
// own store, hashing or mails (A10). README.md, "Embed it", shows such a program. Settings come from settings.h; origin.cpp wires
// the parts.
#pragma once

#include <functional>
#include <memory>

#include "origin/ports/hooks.h"
#include "origin/ports/mailer.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/settings/settings.h"

namespace rekey {

// Accounts, tokens and the outbox. Why one object: a reset uses up the token, sets the account's password, ends its
// sessions and queues the notice in one transaction, which stores apart from each other could not keep together.
class Store : public AccountStore, public RecoveryStore, public Outbox {};

// What an embedder brings; what is left empty is the origin's own. Objects given by pointer outlive the Origin and are safe from
// every thread. Each sender thread has a mailer and hooks of its own, made when run() begins; the mailer outlives the hooks.
struct OriginParts {
  Store* store = nullptr;                                                              // else PostgreSQL at DATABASE_URL
  PasswordHasher* hasher = nullptr;                                                    // else Argon2id
  std::function<std::unique_ptr<Mailer>()> mailer;                                     // else SMTP to MAIL_SERVER
  std::function<std::unique_ptr<AfterForgotPassword>(Mailer&)> after_forgot_password;  // else the mail with the link
  std::function<std::unique_ptr<AfterResetPassword>(Mailer&)> after_reset_password;    // else the mail about the change
};

class Origin {
 public:
  // Listens, checks the database's schema unless there is a Store, and reads the templates. Nobody is answered before run().
  // Throws: std::runtime_error with a text for the operator: a port in use, a schema of another version, a broken template.
  explicit Origin(const Settings& settings, const OriginParts& parts = {});
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  // Serves until stop(); then requests under way are finished, within 10 s, and mails under way, within 5 s; leases of mails not
  // begun are given back.
  void run();
  void stop();  // from any thread

  std::uint16_t port() const;
  std::uint16_t ops_port() const;

 private:
  struct Wiring;
  std::unique_ptr<Wiring> wiring_;
};

}  // namespace rekey
