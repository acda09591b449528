#include "origin/doctor/accounts_check.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "origin/database_settings.h"
#include "origin/passwords/format_hasher.h"
#include "origin/postgres/account_rows.h"
#include "origin/system/json_log.h"
#include "origin/system/metrics_registry.h"
#include "origin/system/system_random.h"
#include "shared/codec/ascii.h"
#include "shared/email_address.h"

namespace rekey {
namespace {

using enum Verdict;

enum class AccountFault : std::uint8_t {
  kMissing,
  kRights,
  kShort,
  kFails,
  kNotInlined,
  kNoIndex,
  kEmpty,
  kOtherAccount,
  kNull,
  kNotFound,
  kDiffers,
  kNotLocked,
  kNotPassedOver,
  kNotSet,
  kReadsAll,
  kBusy,
  kUntyped,
  kUnreadFormat,
  kUnseenFormat,
};

// Each text ends where the function's name, or that of a table, follows.
constexpr CauseRow<AccountFault> kFaults[] = {
    {AccountFault::kMissing, kWrong, "missing",
     "a function, or a table or a column that one names, is missing: compare your file with those of templates/accounts; it "
     "fails in "},
    {AccountFault::kRights, kWrong, "rights",
     "the user lacks a right on the accounts' tables: see the GRANT statements in templates/accounts; it lacks one in "},
    {AccountFault::kShort, kWrong, "column", "the column of the password's hash is too short for a hash of PASSWORD_FORMAT, in "},
    {AccountFault::kFails, kWrong, "fails", "a function fails: "},
    {AccountFault::kNotInlined, kWrong, "not_inlined",
     "PostgreSQL can't put the query of a look-up in place of its call: make it one SELECT in LANGUAGE sql, STABLE, neither "
     "STRICT nor "
     "SECURITY DEFINER, without SET: "},
    {AccountFault::kNoIndex, kWrong, "no_index",
     "no index serves a look-up, so that each reads a whole table: create one on just the expression that it compares, in "},
    {AccountFault::kEmpty, kNote, "empty",
     "there is no account yet to try the functions with: run doctor again when there is one"},
    {AccountFault::kOtherAccount, kWrong, "id", "of the id of an account it must return one row with just this id: "},
    {AccountFault::kNull, kWrong, "null", "an account must have an address and be active or not, and one of these is NULL in "},
    {AccountFault::kNotFound, kWrong, "address", "an account is not found by its own address in lower case: "},
    {AccountFault::kDiffers, kWrong, "differs", "the two look-ups must return the same row for an account: "},
    {AccountFault::kNotLocked, kWrong, "lock",
     "another transaction can lock a locked account, or set its password: lock its row, and that of the hash, FOR NO KEY UPDATE, "
     "in "},
    {AccountFault::kNotPassedOver, kWrong, "lock", "it must leave out accounts that another transaction has locked: "},
    {AccountFault::kNotSet, kWrong, "set_password",
     "the hash that it sets must be the one that account_by_id() returns, and it must return the account's id: "},
    {AccountFault::kReadsAll, kWrong, "no_index", "setting a password reads a whole table, since no index serves: "},
    {AccountFault::kBusy, kNote, "busy",
     "the account that was tried was in use, the server too busy, or an index is missing: run doctor again; it waited in "},
    {AccountFault::kUntyped, kNote, "address",
     "the account that was tried has no address that anybody could type, so account_by_address() was not tried: any_account() "
     "had "
     "better return another"},
    {AccountFault::kUnreadFormat, kWrong, "format",
     "no stored hash has the form of PASSWORD_FORMAT's default, argon2id: the product may not read what Rekey would write; "
     "stored are "},
    {AccountFault::kUnseenFormat, kNote, "format",
     "no stored hash has the form of PASSWORD_FORMAT: make sure that the product reads it; stored are "},
};

class Failed : public std::runtime_error {
 public:
  Failed(AccountFault fault, const std::string& where) : std::runtime_error(where), fault_(fault) {}
  Finding finding() const {
    return finding_of(Check::kAccounts, *std::ranges::find(kFaults, fault_, &CauseRow<AccountFault>::key), what());
  }

 private:
  AccountFault fault_;
};

AccountFault fault_of(const std::string& sqlstate) {
  if (sqlstate == "55P03" || sqlstate == "57014" || sqlstate.starts_with("53")) return AccountFault::kBusy;
  if (sqlstate == "42501") return AccountFault::kRights;
  if (sqlstate == "42883" || sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "3F000") return AccountFault::kMissing;
  return sqlstate == "22001" ? AccountFault::kShort : AccountFault::kFails;
}

constexpr SqlStatement kSource{"doctor_accounts_source", "SELECT nullif(rekey.accounts_source(), 'rekey') AS source"};
constexpr SqlStatement kKindOf{"doctor_kind_of", "SELECT rekey.password_kind($1) AS kind"};
constexpr SqlStatement kAny{"doctor_any_account", "SELECT one.id FROM rekey.any_account() AS one (id) LIMIT 1"};
constexpr SqlStatement kKinds{"doctor_password_kinds", "SELECT one.kind FROM rekey.password_kinds(10) AS one (kind)"};
constexpr SqlStatement kById{"doctor_account_by_id", "SELECT " REKEY_ACCOUNT_COLUMNS " FROM rekey.account_by_id($1) u"};
constexpr SqlStatement kByAddress{"doctor_account_by_address", "SELECT " REKEY_ACCOUNT_COLUMNS " FROM " REKEY_ACCOUNT_WITH("$1")};
constexpr SqlStatement kLock{"doctor_lock_account", "SELECT locked.id FROM rekey.lock_account($1) AS locked (id)"};
constexpr SqlStatement kLockFree{
    "doctor_lock_free", "SELECT free.id FROM rekey.lock_free_accounts(ARRAY[NULL, $1::text, $1::text, 'x'], $2) AS free (id)"};
constexpr SqlStatement kSet{"doctor_set_password", "SELECT done.id FROM rekey.set_password($1, $2, true) AS done (id)"};
constexpr SqlStatement kAfter{"doctor_after_password", "SELECT rekey.after_password($1, 'reset')"};

// Two values, so that none is taken for a constant, by which the planner would know more than it does in the origin's statements.
// The collation of the queue's addresses.
#define REKEY_TWO_VALUES \
  "EXPLAIN (COSTS OFF) SELECT u.* FROM (VALUES ('1' COLLATE \"C\"), ('2' COLLATE \"C\")) AS given (text) CROSS JOIN LATERAL "
constexpr SqlStatement kExplainById{"doctor_explain_id",
                                    REKEY_TWO_VALUES "rekey.account_by_id(given.text COLLATE \"default\") u"};
constexpr SqlStatement kExplainByAddress{"doctor_explain_address",
                                         REKEY_TWO_VALUES "(SELECT u.* FROM " REKEY_ACCOUNT_WITH("given.text") ") AS u"};

// A small table is read whole even where an index serves: with this a scan means that none does.
constexpr const char* kByIndexOnly =
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";

// How often this session has read each table whole. The counts of its transactions add up for a second or so, so two are
// compared.
constexpr SqlStatement kScans{"doctor_scans", R"(
SELECT schemaname || '.' || relname AS name, seq_scan AS scans FROM pg_stat_xact_user_tables
WHERE schemaname <> 'rekey' AND seq_scan > 0 ORDER BY 1)"};

constexpr const char* kImpatient = "SET LOCAL lock_timeout = '100ms'";
constexpr const char* kBrief = "SET LOCAL statement_timeout = '2s'";

// As PASSWORD_FORMAT writes it; no password matches it.
std::string trial_hash(const Settings& settings) {
  SystemRandom random;
  MetricsRegistry metrics;
  JsonLog log{{.level = LogLevel::kError}};
  return FormatHasher(settings.password_format, HashTurnSettings{}, random, metrics, log).hash_of_nobody("doctor").text;
}

// The algorithm that the beginning of a hash names, without its parameters: the letters of bcrypt mean one.
std::string scheme_of(std::string_view kind) {
  constexpr std::size_t kIdentity = 6;  // of ASP.NET: AQAAAA
  while (kind.starts_with('$')) kind.remove_prefix(1);
  if (kind.starts_with("AQAAAA")) return std::string(kind.substr(0, kIdentity));
  const auto name = std::string(kind.substr(0, kind.find('$')));
  return name == "2a" ? "2b" : name;  // not 2y: PHP knows its own hashes by this letter
}

// Rolls back at its end, whatever has happened.
class Trial {
 public:
  explicit Trial(PostgresConnection& connection) : connection_(connection) { connection_.begin(); }
  ~Trial() { connection_.roll_back(); }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

 private:
  PostgresConnection& connection_;
};

SqlRows call(PostgresConnection& connection, const std::string& function, const SqlStatement& statement,
             const SqlParams& params = {}) {
  try {
    return connection.run(statement, params);
  } catch (const DatabaseFault& fault) {
    if (fault.kind() != FaultKind::kRefused) throw;
    throw Failed(fault_of(fault.sqlstate()), function + " (SQLSTATE " + fault.sqlstate() + ")");
  }
}

bool has(const std::string& line, std::string_view words) { return line.find(words) != std::string::npos; }

// In: EXPLAIN's lines. An index that is walked from end to end has no condition of its own.
bool is_walked(const std::vector<std::string>& plan, std::size_t scan) {
  for (std::size_t i = scan + 1; i < plan.size() && !has(plan[i], "->"); ++i) {
    if (has(plan[i], "Index Cond:")) return false;
  }
  return true;
}

void judge_plan(const std::string& function, const std::vector<std::string>& plan) {
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (has(plan[i], "Function Scan on account_by")) throw Failed(AccountFault::kNotInlined, function);
    const bool by_index = has(plan[i], "Index Scan") || has(plan[i], "Index Only Scan");
    if (has(plan[i], "Seq Scan") || (by_index && is_walked(plan, i))) throw Failed(AccountFault::kNoIndex, function);
  }
}

class AccountsExamination {
 public:
  explicit AccountsExamination(const Settings& settings)
      : settings_(settings),
        trial_hash_(trial_hash(settings)),
        connection_(database_access(settings)),
        other_(database_access(settings)) {}

  std::vector<Finding> run() {
    const auto source = call(connection_, "accounts_source()", kSource)[0].text("source");
    if (source.empty()) return {all_well(Check::kAccounts, "Rekey's own")};
    explain("account_by_id()", kExplainById);
    explain("account_by_address()", kExplainByAddress);
    const auto any = call(connection_, "any_account()", kAny);
    if (any.empty()) throw Failed(AccountFault::kEmpty, "");
    const auto id = any[0].text("id");
    try_lock(id, "lock_account()", kLock, SqlParams().text(id));
    try_lock(id, "lock_free_accounts()", kLockFree, SqlParams().text(id).integer(1));
    try_with(id);
    compare_formats();
    if (notes_.empty()) notes_.push_back(all_well(Check::kAccounts, source));
    return std::move(notes_);
  }

 private:
  void explain(const std::string& function, const SqlStatement& statement) {
    const Trial trial(connection_);
    connection_.run_script(kByIndexOnly);
    const auto rows = call(connection_, function, statement);
    std::vector<std::string> plan;
    plan.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) plan.push_back(rows[i].text("QUERY PLAN"));
    judge_plan(function, plan);
  }

  // Each of the two locks alone must hold against the other. Only that of one account covers the hash, too.
  void try_lock(const std::string& id, const std::string& function, const SqlStatement& statement, const SqlParams& params) {
    const Trial trial(connection_);
    connection_.run_script(kBrief);
    if (!is_only(call(connection_, function, statement, params), id)) throw Failed(AccountFault::kOtherAccount, function);
    try_beside(id, function, function == "lock_account()" ? kSet : kLock);
  }

  void try_with(const std::string& id) {
    const Trial trial(connection_);
    connection_.run_script(kByIndexOnly);
    connection_.run_script(kBrief);
    const auto before = count_scans();
    find(id);
    call(connection_, "lock_account()", kLock, SqlParams().text(id));
    const auto free = call(connection_, "lock_free_accounts()", kLockFree, SqlParams().text(id).null());
    for (std::size_t i = 0; i < free.size(); ++i) {
      if (free[i].text("id") != id) throw Failed(AccountFault::kOtherAccount, "lock_free_accounts()");
    }
    set(id);
    for (const auto& [table, scans] : count_scans()) {
      const auto earlier = before.find(table);
      if (earlier == before.end() || earlier->second < scans) throw Failed(AccountFault::kReadsAll, table);
    }
  }

  std::map<std::string, std::int64_t> count_scans() {
    const auto rows = call(connection_, "the statistics", kScans);
    std::map<std::string, std::int64_t> scans;
    for (std::size_t i = 0; i < rows.size(); ++i) scans[rows[i].text("name")] = rows[i].integer("scans");
    return scans;
  }

  void find(const std::string& id) {
    const auto rows = call(connection_, "account_by_id()", kById, SqlParams().text(id));
    if (!is_only(rows, id)) throw Failed(AccountFault::kOtherAccount, "account_by_id()");
    if (rows[0].is_null("email") || rows[0].is_null("is_active")) throw Failed(AccountFault::kNull, "account_by_id()");
    const auto address = EmailAddress::parse(rows[0].text("email"));
    if (!address) return note(AccountFault::kUntyped);
    const std::string typed(address.value().normalized());
    const auto found = call(connection_, "account_by_address()", kByAddress, SqlParams().text(typed));
    // Of several accounts with one address it may choose.
    if (found.size() != 1 || to_lower(found[0].text("email")) != typed)
      throw Failed(AccountFault::kNotFound, "account_by_address()");
    const auto is_same = [&](const char* column) { return found[0].text(column) == rows[0].text(column); };
    if (found[0].text("id") == id && !(is_same("email") && is_same("is_active") && is_same("password_hash")))
      throw Failed(AccountFault::kDiffers, "account_by_address(), account_by_id()");
  }

  // What another transaction may do with the account that this one has locked: it is passed over, and `act` waits.
  void try_beside(const std::string& id, const std::string& lock, const SqlStatement& act) {
    const Trial trial(other_);
    other_.run_script(kImpatient);
    if (!call(other_, "lock_free_accounts()", kLockFree, SqlParams().text(id).null()).empty())
      throw Failed(AccountFault::kNotPassedOver, "lock_free_accounts()");
    const bool is_set = &act == &kSet;
    try {
      other_.run(act, is_set ? SqlParams().text(id).text(trial_hash_) : SqlParams().text(id));
    } catch (const DatabaseFault& fault) {
      if (fault.sqlstate() == "55P03") return;
      if (fault.kind() != FaultKind::kRefused) throw;
      throw Failed(fault_of(fault.sqlstate()),
                   std::string(is_set ? "set_password()" : "lock_account()") + " (SQLSTATE " + fault.sqlstate() + ")");
    }
    throw Failed(AccountFault::kNotLocked, lock);
  }

  void compare_formats() {
    const auto rows = call(connection_, "password_kinds()", kKinds);
    const auto todays = scheme_of(call(connection_, "password_kind()", kKindOf, SqlParams().text(trial_hash_))[0].text("kind"));
    std::string stored;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto kind = rows[i].text("kind");
      if (scheme_of(kind) == todays) return;
      stored += (stored.empty() ? "" : " ") + kind;
    }
    if (stored.empty()) return;
    const bool is_default = settings_.password_format.format == PasswordFormat::kArgon2id;
    note(is_default ? AccountFault::kUnreadFormat : AccountFault::kUnseenFormat, stored);
  }

  void note(AccountFault fault, const std::string& addition = "") { notes_.push_back(Failed(fault, addition).finding()); }

  void set(const std::string& id) {
    const auto done = call(connection_, "set_password()", kSet, SqlParams().text(id).text(trial_hash_));
    const auto now = call(connection_, "account_by_id()", kById, SqlParams().text(id));
    if (!is_only(done, id) || !is_only(now, id) || now[0].text("password_hash") != trial_hash_)
      throw Failed(AccountFault::kNotSet, "set_password()");
    call(connection_, "after_password()", kAfter, SqlParams().text(id));
  }

  static bool is_only(const SqlRows& rows, const std::string& id) { return rows.size() == 1 && rows[0].text("id") == id; }

  const Settings& settings_;
  const std::string trial_hash_;
  PostgresConnection connection_;
  PostgresConnection other_;
  std::vector<Finding> notes_;
};

}  // namespace

std::vector<Finding> examine_accounts(const Settings& settings) {
  try {
    return AccountsExamination(settings).run();
  } catch (const Failed& failed) {
    return {failed.finding()};
  } catch (const DatabaseFault& fault) {
    return {Finding{Check::kAccounts, kWrong, "refused", "a check failed: " + std::string(fault.what())}};
  }
}

}  // namespace rekey
