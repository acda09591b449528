// Accounts as the operator's commands read and change them, in PostgreSQL. Every change writes a row of the audit log with the
// operator's name. Lock order: the account first, then tokens, then sessions, as in account_store.h. Safe from every thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

enum class Standing : std::uint8_t { kActive, kInactive };

// The command that changes something: its row in the audit log.
struct OperatorAct {
  std::string request_id;  // new for each command
  std::string name;        // of the operator, as the system knows it
};

struct UserFilter {
  std::string search;  // "" for all; else a part of the address or the name, in any ASCII case
  std::optional<Standing> standing;
};

// The rows behind `after`, which is the last row of the page before, "" for the first page.
struct Page {
  std::size_t most = 50;
  std::string after;
};

struct UserDetails {
  User user;
  std::string password_kind;  // algorithm and parameters; "" for a password that must be set anew, and for unknown forms
  std::optional<std::chrono::sys_seconds> created_at;  // nothing if the accounts' table does not tell
  std::int64_t sessions = 0;                           // live ones
  std::int64_t links = 0;                              // live ones
  std::int64_t waiting_mails = 0;                      // not yet taken by the relay
  std::int64_t refused_log_ins = 0;                    // to its address, in the last 24 hours
  std::optional<std::chrono::sys_seconds> last_log_in;
  std::optional<std::chrono::sys_seconds> last_new_password;
};

struct SessionState {
  std::chrono::sys_seconds started_at;  // the log-in
  std::chrono::sys_seconds renewed_at;  // or opened
  std::chrono::sys_seconds expires_at;
  std::string request_id;  // of the log-in
  std::string client_ip;   // of the log-in; "" if the audit log no longer has it
};

class PostgresOperatorAccounts {
 public:
  explicit PostgresOperatorAccounts(PostgresPool& pool) : pool_(pool) {}

  // Returns: at most `page.most` accounts by address. `page.after` is an address in normalised form. Throws: ForeignAccounts.
  // Time: without a search by index, page by page; with a search one scan of all accounts for each page.
  std::vector<User> list(const UserFilter& filter, const Page& page);

  // Returns: the account's id, or nothing.
  std::optional<std::string> find_by_address(const EmailAddress& email);
  std::optional<std::string> find_by_id(const std::string& user_id);  // In: any text

  // The calls below return nothing or false if the account is gone.
  std::optional<UserDetails> show(const std::string& user_id);
  std::vector<SessionState> list_sessions(const std::string& user_id, std::size_t most);  // live ones, the newest log-in first

  // Of an inactive account sessions and links end. Throws: ForeignAccounts.
  bool set_standing(const std::string& user_id, Standing standing, const OperatorAct& act);
  bool end_sessions(const std::string& user_id, const OperatorAct& act);

  // Ends sessions and links, and replaces the hash by the one given, which no password matches: only a reset opens the account
  // again. Not of an account without a password: it would have one from then on.
  enum class Required : std::uint8_t { kDone, kNoAccount, kNoPassword };
  Required require_reset(const std::string& user_id, const PasswordHash& unmatched, const OperatorAct& act);

  // Deletes the account with its sessions and links. Its audit rows stay, and its requests and deliveries for their day.
  // Throws: ForeignAccounts.
  bool remove(const std::string& user_id, const OperatorAct& act);

  // The database's clock, for the expiry of a link.
  UnixSeconds now();

  // Makes the link with this token live. Returns: false for an inactive account, too.
  bool issue_link(const std::string& user_id, const TokenHash& token, std::uint8_t key_id, UnixSeconds expires_at,
                  const OperatorAct& act);

 private:
  PostgresPool& pool_;
};

}  // namespace rekey
