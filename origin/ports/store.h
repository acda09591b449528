// All that is remembered, behind one interface for each user of it: AccountStore, RecoveryStore, and the mail worker's Outbox.
// PostgreSQL's are origin/postgres/account_store.cpp, recovery_store.cpp and outbox.h.
// What a call of the first two writes is one transaction: it happened whole, or the call throws Unavailable and (but for a lost
// answer of a commit) nothing did. A call of Outbox may be several; each leaves what any worker can go on from.
// Times in answers are the database's. The rules behind each call: DESIGN.md, "What is stored".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/mailer.h"
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

enum class Inserted : std::uint8_t { kNo, kYes };

class RecoveryStore {
 public:
  virtual ~RecoveryStore() = default;

  // One INSERT, the same for every address: `queued` for the mail worker, or ended as `suppressed` by the mark. A repeated
  // request id inserts no row and changes nothing. Returns: whether there is a new row.
  virtual Inserted insert_reset_request(const EmailAddress& email, ForgotMark mark, const RequestInfo& request) = 0;

  // Whether this token was ever issued, as far back as ended deliveries are kept (a day): used, replaced and cancelled ones
  // count. Why: an authentic token that never was one means that somebody else has the key.
  virtual bool was_issued(const TokenHash& token) = 0;

  // The account of a live token: known, not expired by the database's clock, its account active, its fingerprint that of
  // the stored hash and address.
  virtual std::optional<Account> find_reset_token(const TokenHash& token) = 0;

  // Uses the token up: locks the account, deletes the token, sets the hash, marks the address as verified, deletes the
  // account's other tokens, ends its sessions, queues the notice (a delivery of kPasswordChanged), writes the audit row.
  // Returns: whether it did. False for a token that find_reset_token() would not find; nothing has changed then. Of any number
  // of calls with one token at most one returns true.
  virtual bool consume_reset_token(const TokenHash& token, const PasswordHash& replacement, const RequestInfo& request) = 0;

  // Ends the token where it is alive and its account's address is `email`. Returns: whether it did.
  virtual bool cancel_reset_token(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) = 0;

  // Returns when the database answers.
  virtual void ping() = 0;
};

enum class DeliveryKind : std::uint8_t { kReset, kPasswordChanged };

// A claim on a delivery. Nobody else gets the delivery before the lease is over. Settling changes nothing once the delivery was
// claimed again or has ended; where the lease is over and nobody came, the outcome still counts.
struct Lease {
  std::int64_t delivery = 0;
  std::int64_t attempt = 0;  // counts claims of the delivery: tells an old holder from a new one
};

// What a reset token is made of. Wiped when it goes.
struct TokenPlan {
  ByteArray<32> seed{};
  UnixSeconds expires_at = 0;

  TokenPlan() = default;
  TokenPlan(const ByteArray<32>& bytes, UnixSeconds expiry) : seed(bytes), expires_at(expiry) {}
  TokenPlan(const TokenPlan&) = default;
  TokenPlan& operator=(const TokenPlan&) = default;
  ~TokenPlan() { wipe(seed); }
};

// The hash of the token that a seed and an expiry make, with today's signing key.
using HashOfPlan = std::function<TokenHash(const TokenPlan&)>;

// One claimed delivery of the outbox: what is handed to a hook.
struct Delivery {
  Lease lease;
  DeliveryKind kind = DeliveryKind::kReset;
  std::optional<User> user;  // nothing: a rehearsal, for an address without an account
  TokenPlan token;           // of kind kReset
  std::uint8_t key_id = 0;
  bool by_reset = true;                  // of kind kPasswordChanged; else by the logged-in owner
  std::chrono::sys_seconds happened_at;  // the request, or the change of the password
  std::string message_key;               // stable, unguessable part of the Message-ID
  RequestInfo request;
};

// A delivery that ended without an attempt.
struct EndedDelivery {
  std::int64_t id = 0;
  DeliveryKind kind = DeliveryKind::kReset;
  std::string state;  // no_account, superseded, expired_undelivered
  std::string request_id;
};

struct MailRules {
  std::chrono::seconds lifetime{3600};    // of tokens, counted from the decision
  std::chrono::seconds lease{120};        // how long a claim holds
  std::uint8_t key_id = 0;                // of the ring's signing key
  std::uint32_t per_short = 1;            // at most so many mails ...
  std::chrono::seconds short_period{60};  // ... in this time for one account
  std::uint32_t per_long = 5;
  std::chrono::seconds long_period{3600};
  std::size_t most = 64;  // deliveries in one round: a round costs two commits (in a flood three), whatever it takes
};

// Whether a stage of the outbox found as much as it may take: then there may be more.
enum class Fill : std::uint8_t { kPartly, kFull };

struct Decided {
  std::map<std::string, std::size_t> ended;  // requests, by the state in which they ended
  Fill fill = Fill::kPartly;
};

struct Claimed {
  std::vector<Delivery> deliveries;
  std::vector<EndedDelivery> ended;
  Fill fill = Fill::kPartly;
};

struct RequestState {
  std::int64_t id = 0;
  std::string state;         // queued, sending, sent, no_account, suppressed, superseded, rejected, expired_undelivered
  std::string masked_email;  // a***@example.com
  std::chrono::sys_seconds requested_at;
  std::int64_t attempts = 0;
  int smtp_code = 0;
};

// Rows that one call of prune() deletes at most: some ten milliseconds of work, so that the worker can stop in between.
inline constexpr std::size_t kPrunePiece = 1000;

// The outbox of mails, in two stages: requests are decided, deliveries are handed out. No lock is held when a call returns: a
// lease stands for it.
class Outbox {
 public:
  virtual ~Outbox() = default;

  // Decides due requests, the oldest first: each ends (no_account, suppressed, superseded), waits, or becomes a delivery, with a
  // live token where there is an account. Decides no more than can be claimed soon.
  virtual Decided decide(const MailRules& rules, const HashOfPlan& hash_of, Random& random) = 0;

  // Leases due deliveries, the oldest first. Those that are of no use any more end.
  virtual Claimed claim(const MailRules& rules) = 0;

  // Records how an attempt ended: the delivery ends, or is tried again by the schedule of DESIGN.md. kRelayRefuses is no attempt:
  // the delivery goes behind those that wait.
  // Returns: the state in which the delivery ended, "" where it did not.
  virtual std::string settle(const Lease& lease, MailVerdict verdict, int smtp_code) = 0;

  // Ends a rehearsal. Returns: as settle().
  virtual std::string end_rehearsal(const Lease& lease) = 0;

  // For a delivery that was claimed and not begun: it is as it was before the claim, in its old place. A link's that was never
  // tried is undone: its request is queued again.
  virtual void give_back(const Lease& lease) = 0;

  // Deletes rows that ended longer than `keep` ago (deliveries: an hour at least, since their attempts count for the mail limit),
  // dead tokens, sessions dead for ten minutes, old audit rows: one piece of all these.
  // Returns: how many rows went; kPrunePiece where there may be more.
  virtual std::size_t prune(std::chrono::seconds keep) = 0;

  virtual std::vector<RequestState> list_requests(std::size_t most) = 0;
};

}  // namespace rekey
