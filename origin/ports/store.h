// All durable state, behind three interfaces: AccountStore and RecoveryStore for the use cases, Outbox for the mail worker. For
// PostgreSQL: origin/postgres/account_store.cpp, recovery_store.cpp and outbox.h.
// Each call of the first two writes in one transaction. If it throws Unavailable nothing has changed, unless only the answer to
// the commit was lost. A call of Outbox may be several transactions; after each of them any worker can go on.
// Times in results are the database's. The rules behind each call: DESIGN.md, "What is stored".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/mail_end.h"
#include "origin/ports/mailer.h"
#include "origin/ports/random.h"
#include "origin/ports/request_info.h"
#include "origin/ports/user.h"
#include "shared/email_address.h"
#include "shared/recovery_code.h"
#include "shared/token.h"
#include "shared/username.h"

namespace rekey {

// Who replaces an outdated hash by one of today's format. Another product ends its sessions and links with any change of the
// hash.
enum class HashKeeper : std::uint8_t { kRekey, kProduct };

struct Account {
  User user;
  PasswordHash password_hash;
  HashKeeper keeper = HashKeeper::kRekey;  // told by AccountStore::find_account()
};

struct NewUser {
  Username username;
  EmailAddress email;
  PasswordHash password_hash;
  std::string language;
};

enum class Taken : std::uint8_t { kNo, kYes };

// How long sessions live: each of a chain of renewals, and the whole chain from its log-in.
struct SessionLife {
  std::chrono::seconds each{1800};
  std::chrono::seconds longest = std::chrono::hours(12);
};

// A new session, known by the hash of its token, which the edge minted.
struct NewSession {
  TokenHash token_hash;
  std::chrono::seconds lifetime;
  std::chrono::seconds longest = std::chrono::hours(12);  // from the log-in, however often it is renewed
};

struct SessionUser {
  Account account;
  bool renewed = false;  // whether the requested renewal took place
};

// A log-in that lives, whatever number of times it was renewed.
struct LiveSession {
  std::string id;          // of the chain: 36 characters
  bool is_own = false;     // that of the call
  std::string user_agent;  // of the log-in, as is the country
  std::string country;
  std::chrono::sys_seconds started_at;
  std::optional<std::chrono::sys_seconds> renewed_at;  // the last time
  std::chrono::sys_seconds expires_at;
};

class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // Returns: the user, or nothing if the e-mail or the name is taken (ASCII case ignored). A repeated request id gives the same
  // user, or nothing if that user has been deleted.
  virtual std::optional<User> insert_user(const NewUser& user, const RequestInfo& request) = 0;

  // Compares byte by byte, ignoring ASCII case. Finds inactive accounts too.
  virtual std::optional<Account> find_account(const EmailAddress& email) = 0;

  // Opens a session only if the account is active and its hash is still `verified`. Returns: whether both hold.
  // `upgraded`, if given, replaces the stored hash in the same transaction; tokens and sessions stay valid under it.
  // A repeated call opens nothing, whatever it returns: a session that has ended stays ended.
  virtual bool open_session(const std::string& user_id, const PasswordHash& verified, const std::optional<PasswordHash>& upgraded,
                            const NewSession& session, const RequestInfo& request) = 0;

  // The active account of a live session. `renewal`, if given, opens a second session to replace it: it counts as started with
  // the old one and ends at most `longest` after that; the old one lives on for at most 60 s. In that time it may be renewed
  // again, into the same session (which changes nothing) or another: a client that lost the answer is not logged out.
  virtual std::optional<SessionUser> find_session(const TokenHash& token, const std::optional<NewSession>& renewal) = 0;

  // Ends the session's whole chain: all sessions from the same log-in.
  virtual void end_session(const TokenHash& token, const RequestInfo& request) = 0;

  // The live sessions of an account, that of `own` first, then the newest. A store may have none to tell of.
  // Returns: at most `most`.
  virtual std::vector<LiveSession> list_sessions(const std::string&, const TokenHash&, std::size_t) { return {}; }

  // Ends the session with the id `chosen` of the account that `own` is of; for "" all but `own`. Returns: whether it ended any.
  virtual bool end_chosen_sessions(const TokenHash&, std::string_view, const RequestInfo&) { return false; }

  // In: a token that find_session() does not find. If its session was renewed and the minute after that is over, it was copied:
  // ends the chain, and queues the notice. Returns: the account's id if this call has ended the chain.
  virtual std::optional<std::string> end_reused_session(const TokenHash&, const RequestInfo&) { return std::nullopt; }

  // Changes the password only if the stored hash is still `verified`: ends all reset tokens and all sessions but the kept one and
  // those that it was renewed into, queues the notice. A repeated request id changes nothing. Returns: whether it changed the
  // password.
  virtual bool change_password(const std::string& user_id, const PasswordHash& verified, const PasswordHash& replacement,
                               const TokenHash& kept_session, const RequestInfo& request) = 0;

  // Whether change_password() has changed a password for this request id. Why: the edge repeats a call whose answer was lost, and
  // the owner must not read "wrong password" then. A store that does not remember it says no.
  virtual bool has_changed_password(const RequestInfo&) { return false; }

  // The distinct beginnings of the stored password hashes: algorithm and parameters up to the salt, nothing of a salt or a digest
  // (a sha512crypt salt as one dot per character). Returns: at most `most`.
  virtual std::vector<std::string> list_hash_beginnings(std::size_t most) = 0;

  // Writes a refused log-in down, for the audit. The same work for every address. A repeated request id writes nothing.
  // A store without an audit log needs none.
  virtual void note_refused_log_in(const EmailAddress&, const RequestInfo&) {}
};

// kSuppressed: the edge says, under its signature, that the address is over its limit and the request must cause no mail.
enum class ForgotMark : std::uint8_t { kNone, kSuppressed };

enum class Inserted : std::uint8_t { kNo, kYes };

inline constexpr std::size_t kMostMisses = 5;  // wrong codes of a request

// A typed code, as the edge sends it.
struct CodeTry {
  std::string request_id;  // of the request that the code was mailed for
  KeyFingerprints prints;  // of the code, one for each key (shared/recovery_code.h)
};

struct CodeVerdict {
  std::optional<TokenHash> token;  // of the link beside the right code, dead or alive
  // kUsedUp: the installation's wrong codes of the day are used up, so none is compared; or this one was the last.
  enum class Misses : std::uint8_t { kLeft, kUsedUp } misses = Misses::kLeft;
};

class RecoveryStore {
 public:
  virtual ~RecoveryStore() = default;

  // One INSERT, the same for every address: `queued` for the mail worker, or ended as `suppressed` by the mark. A repeated
  // request id inserts no row and changes nothing. Returns: whether there is a new row.
  virtual Inserted insert_reset_request(const EmailAddress& email, ForgotMark mark, const RequestInfo& request) = 0;

  // Whether this token was issued, within the day for which ended deliveries are kept; also if it was used, replaced or
  // cancelled. Why: an authentic token that was never issued means that the key has leaked.
  virtual bool was_issued(const TokenHash& token) = 0;

  // The account of a live token: known, not expired by the database's clock, its account active, its fingerprint that of the
  // stored hash and address.
  virtual std::optional<Account> find_reset_token(const TokenHash& token) = 0;

  // Uses the token up: locks the account, deletes the token, sets the hash, marks the address as verified, deletes the
  // account's other tokens, ends its sessions, queues the notice (a delivery of kPasswordChanged), writes the audit row.
  // Returns: whether it did. False for a token that find_reset_token() would not find; nothing has changed then. Of any number
  // of calls with one token at most one returns true.
  virtual bool consume_reset_token(const TokenHash& token, const PasswordHash& replacement, const RequestInfo& request) = 0;

  // The address of the account whose token consume_reset_token() has used up for this request id: then the call is a repeated
  // one, and its answer the first one's. Returns: "" for an account that is gone, nothing if no token was used up. A store that
  // does not remember it returns nothing.
  virtual std::optional<std::string> find_reset(const RequestInfo&) { return std::nullopt; }

  // Compares a code with that of its request, and counts it if it is wrong: in one transaction, once for each request id of a
  // call. After kMostMisses wrong ones a request's code is dead. All requests take the same steps, whether their address has an
  // account or not. In: how many wrong codes the whole installation may have in a day. A store without codes has none that is
  // right.
  virtual CodeVerdict try_code(const CodeTry&, std::uint32_t /*missed_a_day*/, const RequestInfo&) { return {}; }

  // Ends the token if it is live and its account's address is `email`. Returns: whether it did.
  virtual bool cancel_reset_token(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) = 0;

  // Returns when the database answers.
  virtual void ping() = 0;
};

enum class DeliveryKind : std::uint8_t { kReset, kPasswordChanged, kSessionReused };

// A claim on a delivery. No other claim gets the delivery before the lease runs out. Settling changes nothing once the delivery
// was claimed again or has ended; after a lease that ran out without another claim the outcome still counts.
struct Lease {
  std::int64_t delivery = 0;
  std::int64_t attempt = 0;                              // counts the delivery's claims: tells an old holder from a new one
  std::optional<std::chrono::sys_seconds> counted_at{};  // if MailRules::per_hour counted the mail: when, by the database's clock
};

// The seed and expiry that a reset token is made of. Wiped when destroyed.
struct TokenPlan {
  ByteArray<32> seed{};
  UnixSeconds expires_at = 0;

  TokenPlan() = default;
  TokenPlan(const ByteArray<32>& bytes, UnixSeconds expiry) : seed(bytes), expires_at(expiry) {}
  TokenPlan(const TokenPlan&) = default;
  TokenPlan& operator=(const TokenPlan&) = default;
  ~TokenPlan() { wipe(seed); }
};

// Returns the hash of the token made of a plan, signed with the current signing key.
using HashOfPlan = std::function<TokenHash(const TokenPlan&)>;

// The stored form of a code (shared/recovery_code.h): of one key.
using CodePrint = ByteArray<kFingerprintSize>;

// The codes beside the links. Without `print_of` mails have none.
struct CodeRules {
  // Returns the print of the code made of a plan, for the request that it is mailed for, under the current signing key.
  std::function<CodePrint(const TokenPlan&, std::string_view request_id)> print_of{};
  std::uint32_t missed_a_day = 0;  // wrong codes of the whole installation in any day; with none left, mails have no code
};

enum class CodeInMail : std::uint8_t { kNone, kShown };

// One claimed delivery of the outbox.
struct Delivery {
  Lease lease;
  DeliveryKind kind = DeliveryKind::kReset;
  std::optional<User> user;  // nothing: a rehearsal, for an address without an active account or on the suppression list
  TokenPlan token;           // of kind kReset
  std::uint8_t key_id = 0;
  CodeInMail code = CodeInMail::kNone;
  bool by_reset = true;                  // of kind kPasswordChanged; false: by the logged-in owner
  std::chrono::sys_seconds happened_at;  // the request, the change of the password, or the use of an old session
  std::string message_key;               // the stable, unguessable part of the Message-ID
  RequestInfo request;
};

// An attempt that has ended, to be recorded.
struct Attempt {
  Lease lease;
  std::optional<MailVerdict> verdict;  // nothing: a rehearsal
  int smtp_code = 0;
};

// What came of recording an attempt.
struct Settled {
  // kHeld: nothing was recorded, because another transaction holds the account.
  enum class Kind : std::uint8_t { kDone, kHeld } kind = Kind::kDone;
  std::optional<MailEnd> end;  // nothing if the delivery has not ended, or the lease is another's
};

// A delivery that a claim has ended.
struct EndedDelivery {
  std::int64_t id = 0;
  DeliveryKind kind = DeliveryKind::kReset;
  MailEnd end = MailEnd::kLate;
  std::string request_id;
};

struct MailRules {
  std::chrono::seconds lifetime{3600};    // of tokens, counted from the decision
  std::chrono::seconds lease{120};        // how long a claim holds
  std::uint8_t key_id = 0;                // of the ring's signing key
  std::uint32_t per_short = 1;            // at most this many mails ...
  std::chrono::seconds short_period{60};  // ... in this time, per account
  std::uint32_t per_long = 5;
  std::chrono::seconds long_period{3600};
  std::uint32_t per_hour = 0;  // mails of the whole installation in any hour; 0 for any number
  CodeRules codes{};
  std::size_t most = 64;  // deliveries in one round: a round costs two commits, in a flood up to four, however many it takes
};

// kFull: a stage of the outbox found as much as it may take, so there may be more.
enum class Fill : std::uint8_t { kPartly, kFull };

// kUsedUp: the mails of MailRules::per_hour are spent. Nothing was decided or claimed; it waits.
enum class Budget : std::uint8_t { kLeft, kUsedUp };

struct Decided {
  std::map<MailEnd, std::size_t> ended;  // requests, by how they ended
  Fill fill = Fill::kPartly;
  Budget budget = Budget::kLeft;
  std::size_t refused = 0;  // statements that the store refused; addresses that they fail for are put off
};

struct Claimed {
  std::vector<Delivery> deliveries;
  std::vector<EndedDelivery> ended;
  Fill fill = Fill::kPartly;
  Budget budget = Budget::kLeft;
};

// How long rows are kept.
struct Retention {
  std::chrono::seconds requests = std::chrono::hours(24);    // and deliveries, after their end
  std::chrono::seconds sessions = std::chrono::minutes(10);  // after their end; less would let the log-in be replayed
  std::chrono::seconds audit = std::chrono::days(90);
  std::chrono::seconds dead_webhooks = std::chrono::days(30);  // after their end; delivered ones as long as requests
};

// One call of prune() deletes at most this many rows: about ten milliseconds of work, so that the worker can stop in between.
inline constexpr std::size_t kPrunePiece = 1000;

// The outbox, in two stages: requests are decided, then deliveries are leased. No call keeps a database lock: the lease is the
// lock.
class Outbox {
 public:
  virtual ~Outbox() = default;

  // Decides due requests, the oldest first: each ends (no_account, suppressed, superseded), waits, or becomes a delivery, with a
  // live token where there is an active account. Decides no more than can be claimed soon.
  virtual Decided decide(const MailRules& rules, const HashOfPlan& hash_of, Random& random) = 0;

  // Leases due deliveries, oldest first. Ends those that are useless by now; one that was never tried and has too little life
  // left is undone, its request queued again.
  virtual Claimed claim(const MailRules& rules) = 0;

  // Records how attempts ended, together: each delivery ends, or is tried again by DESIGN.md's schedule; a rehearsal ends. An
  // attempt that left its delivery untried does not count: the delivery goes behind the waiting ones. Waits for no account: where
  // one is held the others are recorded, and this one may be settled again. In: no delivery twice. Returns: one for each, in
  // their order. Throws: Unavailable; then all may be settled again.
  virtual std::vector<Settled> settle(std::span<const Attempt> attempts) = 0;

  // Queues again a claimed delivery that was not begun: due at once, in its old place. A delivery of a link that was never tried
  // is undone: its request is queued again.
  virtual void give_back(const Lease& lease) = 0;

  // Deletes at most kPrunePiece rows: requests, which become rows of the audit log, and deliveries that ended too long ago
  // (deliveries: at least an hour, because their attempts count for the mail limit), expired tokens, sessions dead for that long,
  // old audit rows, webhooks that ended, answers older than a day. Ends webhooks of URLs that are gone or removed. Returns: the
  // number of these rows; kPrunePiece if there may be more.
  virtual std::size_t prune(const Retention& keep) = 0;
};

}  // namespace rekey
