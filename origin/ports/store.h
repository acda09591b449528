// All that is remembered. One interface a user of it: accounts and sessions, recovery, the worker's queues.
// Every call is one transaction: it happened whole, or it throws Unavailable and (but for a lost answer of a commit) nothing did.
// Times in answers are the database's. The rules behind each call: DESIGN.md, "What is stored".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/random.h"
#include "origin/ports/request_info.h"
#include "origin/ports/user.h"
#include "shared/email_address.h"
#include "shared/token.h"
#include "shared/username.h"

namespace rekey {

struct Account {
  User user;
  PasswordHash password_hash;
};

struct NewUser {
  Username username;
  EmailAddress email;
  PasswordHash password_hash;
  std::string language;
};

enum class Taken : std::uint8_t { kNo, kYes };

// A new session is known by the hash of its token; the edge minted it.
struct NewSession {
  TokenHash token_hash;
  std::chrono::seconds lifetime;
};

struct SessionUser {
  Account account;
  bool renewed = false;  // the renewal that was asked for took place
};

class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // Returns: the user, or nothing where the e-mail or the name is taken (ASCII case ignored). A repeated request id gives the
  // same user, or nothing where that one was deleted meanwhile.
  virtual std::optional<User> insert_user(const NewUser& user, const RequestInfo& request) = 0;

  // Compared by ASCII lower case, byte for byte. Inactive ones are found too.
  virtual std::optional<Account> find_account(const EmailAddress& email) = 0;

  // Opens a session only where the account is active and its hash still the one given. Returns: whether it did.
  // `upgraded`, where given, replaces the stored hash in the same transaction; tokens' fingerprints move along with it.
  // A repeated call opens nothing: a session that has ended since stays ended.
  virtual bool open_session(const std::string& user_id, const PasswordHash& verified, const std::optional<PasswordHash>& upgraded,
                            const NewSession& session, const RequestInfo& request) = 0;

  // The active account of a live session. `renewal`, where given, opens a second session in its stead: started when the old one
  // was, ending 12 h after that at the latest; the old one lives on for 60 s at most. In that time it may be renewed again, into
  // the same session (which changes nothing) or another: whoever lost an answer is not logged out by it.
  virtual std::optional<SessionUser> find_session(const TokenHash& token, const std::optional<NewSession>& renewal) = 0;

  // Ends the session and all that share its log-in by renewal.
  virtual void end_session(const TokenHash& token, const RequestInfo& request) = 0;

  // Changes the password only where the stored hash is still `verified`: the other sessions end, all reset tokens end, the notice
  // is queued. A repeated request id changes nothing. Returns: whether it did.
  virtual bool change_password(const std::string& user_id, const PasswordHash& verified, const PasswordHash& replacement,
                               const TokenHash& kept_session, const RequestInfo& request) = 0;

  // How the stored password hashes begin, each beginning once: algorithm and settings up to the salt (of a sha512crypt salt a dot
  // for each character). Nothing of a salt or a digest. Returns: at most `most`.
  virtual std::vector<std::string> list_hash_beginnings(std::size_t most) = 0;

  // For the operator's command line.
  virtual std::vector<User> list_users() = 0;
  virtual bool set_active(const EmailAddress& email, bool active) = 0;  // on false sessions and tokens end too; whether it exists
};

// Whether a forgot request may cause mail: the edge says so under its signature when an account was asked for too often.
enum class ForgotMark : std::uint8_t { kNone, kSuppressed };

class RecoveryStore {
 public:
  virtual ~RecoveryStore() = default;

  // One INSERT, the same for every address; a repeated request id changes nothing.
  virtual void insert_reset_request(const EmailAddress& email, ForgotMark mark, const RequestInfo& request) = 0;

  // Whether this token was ever issued, as far back as ended requests are kept (a day): used, replaced and cancelled ones count.
  // Why: an authentic token that never was one means that somebody else has the key.
  virtual bool was_issued(const TokenHash& token) = 0;

  // The account of a live token: known, not expired by the database's clock, its account active, its fingerprint that of the
  // stored hash.
  virtual std::optional<Account> find_reset_token(const TokenHash& token) = 0;

  // Uses the token up: locks the account, deletes the token, sets the hash, marks the address as verified, deletes the
  // account's other tokens, ends its sessions, queues the hook. Of any number of calls with one token exactly one returns true.
  virtual bool consume_reset_token(const TokenHash& token, const PasswordHash& replacement, const RequestInfo& request) = 0;

  // Ends the token where it is alive and its account's address is `email`. Returns: whether it did.
  virtual bool cancel_reset_token(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) = 0;

  // Returns when the database answers.
  virtual void ping() = 0;
};

// A claim on a row of a queue. Nobody else gets the row before the lease is over. Settling changes nothing once the row was
// claimed again or has ended; where the lease is over and nobody came, the outcome still counts.
struct Lease {
  std::int64_t row_id = 0;
  std::int64_t attempt = 0;  // counts claims of the row: tells an old holder from a new one
};

struct ResetJob {
  Lease lease;
  User user;
  ByteArray<32> seed{};  // wipe when done
  std::uint8_t key_id = 0;
  std::chrono::sys_seconds expires_at;
  std::chrono::sys_seconds requested_at;
  std::string message_key;  // stable, unguessable part of the Message-ID
  RequestInfo request;
};

struct NoticeJob {
  Lease lease;
  User user;
  bool by_reset = true;  // else by the logged-in owner
  std::chrono::sys_seconds changed_at;
  std::string message_key;
  RequestInfo request;
};

// What the store asks for while it claims a row for the first time: the hash of the token that this seed, key and expiry make.
struct TokenPlan {
  ByteArray<32> seed{};
  UnixSeconds expires_at = 0;
};
using HashOfPlan = std::function<TokenHash(const TokenPlan&)>;

struct ClaimRules {
  std::chrono::seconds lifetime;          // of tokens, counted from the first claim
  std::chrono::seconds lease;             // how long a claim holds
  std::uint8_t key_id = 0;                // of the ring's signing key
  std::uint32_t per_short = 1;            // at most so many mails ...
  std::chrono::seconds short_period{60};  // ... in this time for one account
  std::uint32_t per_long = 5;
  std::chrono::seconds long_period{3600};
  std::size_t most = 64;  // rows at once: a claim costs one commit, whatever it claims
};

enum class Settlement : std::uint8_t {
  kSent,
  kTryLater,
  kRejected,
  kUnknown,     // nobody will ever know whether it was taken: counts as mailed for the limit, is tried again all the same
  kCutOff,      // as kUnknown, but by us, who are to end: due at once
  kReturned,    // not tried at all: it is as it was before the claim, in its old place
  kTurnedAway,  // refused for no fault of its own: as kReturned, but behind those that wait
};

struct RequestState {
  std::int64_t id = 0;
  std::string state;         // queued, sending, sent, no_account, suppressed, superseded, rejected, expired_undelivered
  std::string masked_email;  // a***@example.com
  std::chrono::sys_seconds requested_at;
  std::int64_t attempts = 0;
  int smtp_code = 0;
};

// Rows that one call of prune() deletes at most: some ten milliseconds of work, so that who calls it can end in between.
inline constexpr std::size_t kPrunePiece = 1000;

class QueueStore {
 public:
  virtual ~QueueStore() = default;

  // Claims due rows. A first claim looks the account up and commits what its token will be, with its hash as a live token; rows
  // that cannot cause mail end here (no_account, superseded, suppressed, expired_undelivered). No lock is held when this returns.
  virtual std::vector<ResetJob> claim_resets(const ClaimRules& rules, const HashOfPlan& hash_of, Random& random) = 0;

  // Ends the row or puts it back by the schedule of DESIGN.md; kSent ends the account's older tokens.
  virtual void settle_reset(const Lease& lease, Settlement settlement, int smtp_code) = 0;

  virtual std::vector<NoticeJob> claim_notices(std::chrono::seconds lease, std::size_t most) = 0;
  virtual void settle_notice(const Lease& lease, Settlement settlement, int smtp_code) = 0;

  // Returns: how long until the next row is due, at most `limit`.
  virtual std::chrono::milliseconds until_next(std::chrono::milliseconds limit) = 0;

  // Deletes rows that ended longer than `keep` ago (mails that count for a limit: an hour at least), dead tokens, sessions
  // dead for ten minutes, old audit rows: one piece of all these. Returns: how many rows went; kPrunePiece where there may be
  // more.
  virtual std::size_t prune(std::chrono::seconds keep) = 0;

  virtual std::vector<RequestState> list_requests(std::size_t most) = 0;
};

}  // namespace rekey
