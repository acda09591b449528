#include "origin/doctor/database_check.h"

#include <algorithm>

#include "origin/database_settings.h"
#include "origin/postgres/connection_fault.h"
#include "origin/postgres/migration_runner.h"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

using enum Verdict;

constexpr std::chrono::milliseconds kPatience{5'000};

constexpr CauseRow<ConnectionFault> kConnectionFaults[] = {
    {ConnectionFault::kNone, kNote, "unstable", "the first connection failed and the second did not: try again"},
    {ConnectionFault::kUnreadable, kWrong, "unreadable",
     "DATABASE_URL is neither a URL nor a list of key=value: write `@`, `:`, `/` and `%` in a password as %40, %3A, %2F and %25"},
    {ConnectionFault::kNoSuchHost, kWrong, "host", "the host name in DATABASE_URL can't be resolved: check the host"},
    {ConnectionFault::kNoSocket, kWrong, "socket",
     "there is no PostgreSQL behind the socket that DATABASE_URL names: name a host, or the folder of the server's socket"},
    {ConnectionFault::kRefused, kWrong, "port",
     "nothing listens at the host and port of DATABASE_URL: check the port, and whether the server runs and listens there "
     "(listen_addresses)"},
    {ConnectionFault::kSilent, kWrong, "silent",
     "the host in DATABASE_URL does not answer: check the host, the route and the firewall"},
    {ConnectionFault::kNotPostgres, kWrong, "not_postgresql",
     "another service answers at the host and port of DATABASE_URL: check the port"},
    {ConnectionFault::kNoTls, kWrong, "no_tls",
     "the server offers no TLS, which DATABASE_URL requires: switch it on there, or change sslmode"},
    {ConnectionFault::kCertificate, kWrong, "certificate",
     "the server's certificate does not prove its name: check the host, sslrootcert, and the certificate"},
    {ConnectionFault::kTls, kWrong, "tls", "the TLS handshake with the server fails: check its certificate and key"},
    {ConnectionFault::kNoPassword, kWrong, "no_password", "the server asks for a password, and DATABASE_URL has none"},
    {ConnectionFault::kPassword, kWrong, "password",
     "the server refuses the password in DATABASE_URL: the password is wrong, or there is no such user"},
    {ConnectionFault::kNotAllowed, kWrong, "not_allowed",
     "the server does not admit this user from this machine: check the user in DATABASE_URL, and pg_hba.conf"},
    {ConnectionFault::kNoDatabase, kWrong, "no_database",
     "the server has no database of the name in DATABASE_URL: check the name, or create it (createdb)"},
    {ConnectionFault::kNoRight, kWrong, "no_right", "the user may not connect to the database: GRANT CONNECT ON DATABASE"},
    {ConnectionFault::kFull, kWrong, "full",
     "all connections of the server, the database or the user are taken: raise max_connections, or lower DATABASE_POOL_SIZE"},
    {ConnectionFault::kReadOnly, kWrong, "read_only",
     "the database takes no writes: it is a standby, or default_transaction_read_only is on; name the primary, or all hosts of a "
     "pair, and promote one"},
    {ConnectionFault::kStarting, kNote, "starting", "the server is starting or stopping: try again"},
    {ConnectionFault::kOther, kWrong, "unreachable", "no connection can be made: try psql with the same DATABASE_URL"},
};

const CauseRow<ConnectionFault>& row_of_fault(ConnectionFault fault) {
  return *std::ranges::find(kConnectionFaults, fault, &CauseRow<ConnectionFault>::key);
}

enum class StateFault : std::uint8_t {
  kSchema,
  kNewerSchema,
  kHiddenSchema,
  kRights,
  kReadOnly,
  kPooled,
  kSmall,
  kUnsafePair,
  kStatement,
};

constexpr CauseRow<StateFault> kStateFaults[] = {
    {StateFault::kSchema, kWrong, "schema", ""},  // and the text of MigrationRefused
    {StateFault::kNewerSchema, kNote, "newer_schema",
     "the database is newer than this program, which still works with it: finish the upgrade; the newest migration is "},
    {StateFault::kHiddenSchema, kWrong, "rights",
     "the user may not use the schema of our tables: GRANT USAGE ON SCHEMA rekey TO ..."},
    {StateFault::kRights, kWrong, "rights", "the user lacks a right: see templates/accounts/rights.sql; it lacks one on "},
    {StateFault::kReadOnly, kWrong, "read_only",
     "the database takes no writes: it is a standby, or default_transaction_read_only is on; name the primary"},
    {StateFault::kPooled, kNote, "pooler",
     "there is a pooler in front of the database: `migrate` needs PostgreSQL itself in DATABASE_URL, and each statement takes "
     "more round trips"},
    {StateFault::kSmall, kWrong, "pool",
     "DATABASE_POOL_SIZE is larger than the number of connections that the server allows the user: "},
    {StateFault::kUnsafePair, kNote, "standby",
     "DATABASE_URL names several hosts, but the primary does not wait for a standby: what was answered may be lost with it; set "
     "synchronous_standby_names, and synchronous_commit to on or remote_apply"},
    {StateFault::kStatement, kWrong, "refused", "a check failed: "},
};

Finding finding_of_state(StateFault fault, std::string_view addition = "") {
  return finding_of(Check::kDatabase, *std::ranges::find(kStateFaults, fault, &CauseRow<StateFault>::key), addition);
}

constexpr SqlStatement kReadState{"doctor_state", R"(
SELECT extract(epoch FROM clock_timestamp())::bigint AS clock,
       pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS read_only,
       current_setting('synchronous_standby_names') <> '' AND current_setting('synchronous_commit') IN ('on', 'remote_apply') AS waits,
       least(current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
             nullif((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), -1),
             nullif((SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), -1)) AS connections)"};

// Everyone may read the catalogue, so this finds a schema that the user may not use; to_regclass() would fail.
constexpr SqlStatement kFindSchema{"doctor_schema", R"(
SELECT has_schema_privilege(oid, 'USAGE') AS usable FROM pg_namespace WHERE nspname = 'rekey')"};

// In: the names of our tables. As templates/accounts/rights.sql grants: all four rights but on these.
constexpr SqlStatement kFindRights{"doctor_rights", R"(
WITH fewer (name, needed) AS (VALUES
  ('rekey.schema_migrations', '{SELECT}'), ('rekey.nobody', '{SELECT}'), ('rekey.delivery_attempts', '{SELECT, INSERT}'),
  ('rekey.audit_log', '{SELECT, INSERT, DELETE}'), ('rekey.suppressed_addresses', '{SELECT, INSERT, DELETE}'),
  ('rekey.gauge_lease', '{SELECT, INSERT, UPDATE}'), ('rekey.webhook_urls', '{SELECT, INSERT, UPDATE}')
)
SELECT ours.name FROM unnest($1::text[]) AS ours (name)
WHERE to_regclass(ours.name) IS NOT NULL AND EXISTS (
  SELECT FROM unnest(coalesce((SELECT needed FROM fewer WHERE fewer.name = ours.name), '{SELECT, INSERT, UPDATE, DELETE}')::text[])
    AS one (needed)
  WHERE NOT has_table_privilege(to_regclass(ours.name), one.needed))
ORDER BY ours.name LIMIT 1)"};

// The tables that the migrations create, so that no list can lack one.
std::vector<std::string> our_tables() {
  constexpr std::string_view kCreate = "\nCREATE TABLE ";
  std::vector<std::string> names{"rekey.schema_migrations"};
  for (const auto& migration : embedded_migrations()) {
    for (auto at = migration.sql.find(kCreate); at != migration.sql.npos; at = migration.sql.find(kCreate, at + 1)) {
      auto rest = migration.sql.substr(at + kCreate.size());
      names.emplace_back(cut_until(rest, ' '));
    }
  }
  return names;
}

class StateExamination {
 public:
  StateExamination(const Settings& settings, const Clock& clock)
      : settings_(settings), clock_(clock), connection_(database_access(settings)) {}

  DatabaseExamination run() {
    read_state();
    if (find_tables() && find_rights()) check_schema();
    return std::move(result_);
  }

 private:
  void note(Finding finding) { result_.findings.push_back(std::move(finding)); }

  void read_state() {
    if (connection_.is_pooled()) note(finding_of_state(StateFault::kPooled));
    const auto rows = connection_.run(kReadState);
    result_.clock_ahead = std::chrono::seconds(rows[0].integer("clock")) - clock_.now().time_since_epoch();
    if (rows[0].boolean("read_only")) note(finding_of_state(StateFault::kReadOnly));
    if (!rows[0].boolean("waits") && names_several_hosts(settings_.database_url.reveal())) {
      note(finding_of_state(StateFault::kUnsafePair));
    }
    const auto allowed = rows[0].integer("connections");
    if (allowed < static_cast<std::int64_t>(settings_.database_pool_size)) {
      note(finding_of_state(StateFault::kSmall, std::to_string(allowed)));
    }
  }

  // Returns: false if the user can't see our tables. Without any the check of the schema says so.
  bool find_tables() {
    const auto rows = connection_.run(kFindSchema);
    if (rows.empty() || rows[0].boolean("usable")) return true;
    note(finding_of_state(StateFault::kHiddenSchema));
    return false;
  }

  bool find_rights() {
    const auto rows = connection_.run(kFindRights, SqlParams().texts(our_tables()));
    if (rows.empty()) return true;
    note(finding_of_state(StateFault::kRights, rows[0].text("name")));
    return false;
  }

  void check_schema() {
    try {
      const auto state = check_migrations(database_access(settings_), embedded_migrations());
      if (!state.newer.empty()) note(finding_of_state(StateFault::kNewerSchema, state.newer.back().name));
    } catch (const MigrationRefused& refused) {
      note(finding_of_state(StateFault::kSchema, refused.what()));
    }
  }

  const Settings& settings_;
  const Clock& clock_;
  PostgresConnection connection_;
  DatabaseExamination result_;
};

Finding why_unreachable(const Settings& settings) {
  const auto url = with_primary(settings.database_url.reveal());
  return finding_of(Check::kDatabase, row_of_fault(find_connection_fault(url, kPatience)));
}

DatabaseExamination examine_state(const Settings& settings, const Clock& clock) {
  try {
    return StateExamination(settings, clock).run();
  } catch (const DatabaseFault& fault) {
    if (fault.kind() == FaultKind::kUnreachable) return {{why_unreachable(settings)}, std::nullopt};
    return {{finding_of_state(StateFault::kStatement, fault.what())}, std::nullopt};
  }
}

}  // namespace

DatabaseExamination examine_database(const Settings& settings, const Clock& clock) {
  auto examination = examine_state(settings, clock);
  if (examination.findings.empty()) examination.findings.push_back(all_well(Check::kDatabase));
  return examination;
}

}  // namespace rekey
