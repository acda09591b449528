// One database for each fault that `rekey-origin doctor` tells apart.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "origin/doctor/database_check.h"
#include "origin/system/system_clock.h"
#include "tests/origin/database.h"
#include "tests/origin/doctor_world.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/pooler.h"
#include "tests/origin/smtp_server.h"

namespace rekey::test {
namespace {

constexpr const char* kHba =
    "local all all trust\n"
    "host all member 127.0.0.1/32 scram-sha-256\n"
    "host all outsider 127.0.0.1/32 reject\n"
    "host all rekey 127.0.0.1/32 trust\n";

// A folder that the server's user can enter, with a certificate and a key that it may read.
class ServerCertificate {
 public:
  ServerCertificate() {
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no folder for a certificate");
    std::filesystem::copy(certificate_.certificate_file(), folder_ + "/server.crt");
    std::filesystem::copy(certificate_.key_file(), folder_ + "/server.key");
    ::chmod(folder_.c_str(), 0755);
    ::chmod((folder_ + "/server.crt").c_str(), 0644);
    ::chmod((folder_ + "/server.key").c_str(), 0600);
    const auto command = "chown postgres " + folder_ + "/server.key";
    if (::geteuid() == 0 && std::system(command.c_str()) != 0) throw std::runtime_error("there is no user postgres");
  }
  ~ServerCertificate() { std::filesystem::remove_all(folder_); }
  ServerCertificate(const ServerCertificate&) = delete;
  ServerCertificate& operator=(const ServerCertificate&) = delete;

  std::string certificate_file() const { return folder_ + "/server.crt"; }
  std::string options() const {
    return "-c ssl=on -c ssl_cert_file=" + certificate_file() + " -c ssl_key_file=" + folder_ + "/server.key";
  }

 private:
  Certificate certificate_;
  std::string folder_ = (std::filesystem::temp_directory_path() / "rekey-server-XXXXXX").string();
};

// A server on TCP with TLS, passwords and a pg_hba.conf, and one migrated database.
struct Server {
  ServerCertificate certificate;
  std::string port = port_of_nobody();
  TestCluster cluster{{port, "-c listen_addresses=127.0.0.1 " + certificate.options(), kHba}};
  TestDatabase database{cluster};

  Server() {
    database.execute(
        "CREATE ROLE member LOGIN PASSWORD 'hunter2-must-not-be-seen'; CREATE ROLE outsider LOGIN;"
        "GRANT USAGE ON SCHEMA rekey TO member; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rekey TO member");
  }
  std::string over_tcp(const std::string& rest) const {
    return "host=127.0.0.1 port=" + port + " dbname=" + database.text("SELECT current_database() AS x") + " " + rest;
  }
  std::string as_member(const std::string& rest = "") const {
    return over_tcp("user=member password=hunter2-must-not-be-seen " + rest);
  }
};

const Server& server() {
  static const Server made;
  return made;
}

DatabaseExamination examination_of(const std::string& url, const SettingMap& changes = {}) {
  auto given = changes;
  given["DATABASE_URL"] = url;
  const SystemClock clock;
  return examine_database(doctor_settings(given), clock);
}

// Whatever the fault, no text tells the password.
std::string cause(const std::string& url, const SettingMap& changes = {}) {
  const auto findings = examination_of(url, changes).findings;
  CHECK_THAT(texts_in(findings), !Catch::Contains("hunter2"));
  return causes_in(findings);
}

// Runs `change`, and undoes it at the end of the scope.
class Changed {
 public:
  Changed(const TestDatabase& database, const std::string& change, std::string undo)
      : database_(database), undo_(std::move(undo)) {
    database_.execute(change);
  }
  ~Changed() { database_.execute(undo_); }
  Changed(const Changed&) = delete;
  Changed& operator=(const Changed&) = delete;

 private:
  const TestDatabase& database_;
  std::string undo_;
};

}  // namespace

TEST_CASE("doctor finds nothing wrong with a database whose user owns nothing but has the four rights",
          "[doctor][doctor_database]") {
  CHECK(cause(server().as_member()) == "");
  CHECK(cause(server().as_member("sslmode=verify-full sslrootcert=" + server().certificate.certificate_file())) == "");
}

TEST_CASE("doctor reads the database's clock", "[doctor][doctor_database]") {
  const HandClock clock;
  const auto ahead = examine_database(doctor_settings({{"DATABASE_URL", server().as_member()}}), clock).clock_ahead;
  REQUIRE(ahead);
  const auto expected = SystemClock().now() - clock.now();
  CHECK(std::chrono::abs(*ahead - expected) < std::chrono::seconds(30));
}

TEST_CASE("broken: DATABASE_URL is no connection string", "[doctor][doctor_database]") {
  CHECK(cause("postgresql://rekey:hunter2%zz@127.0.0.1/rekey") == "unreadable");
  CHECK(cause("postgresql://rekey:hunter2/x@127.0.0.1/rekey") == "unreadable");
  CHECK(cause("hunter2") == "unreadable");
}

TEST_CASE("broken: the database's host can't be resolved", "[doctor][doctor_database]") {
  CHECK(cause("postgresql://rekey:hunter2@db..invalid/rekey") == "host");
}

TEST_CASE("broken: nothing listens at the database's port", "[doctor][doctor_database]") {
  CHECK(cause("host=127.0.0.1 port=" + port_of_nobody() + " password=hunter2") == "port");
}

TEST_CASE("broken: there is no server behind the database's socket", "[doctor][doctor_database]") {
  CHECK(cause("host=/nowhere dbname=rekey password=hunter2") == "socket");
}

TEST_CASE("broken: another service listens at the database's port", "[doctor][doctor_database]") {
  const SmtpServer relay;
  CHECK(cause("host=127.0.0.1 port=" + std::to_string(relay.port()) + " user=rekey") == "not_postgresql");
  CHECK(cause("host=127.0.0.1 port=" + std::to_string(relay.port()) + " user=rekey sslmode=disable") == "not_postgresql");
}

TEST_CASE("broken: the database's password is wrong", "[doctor][doctor_database]") {
  CHECK(cause(server().over_tcp("user=member password=hunter3")) == "password");
}

TEST_CASE("broken: the database asks for a password, and there is none", "[doctor][doctor_database]") {
  CHECK(cause(server().over_tcp("user=member passfile=/nowhere")) == "no_password");
}

TEST_CASE("broken: pg_hba.conf refuses the user, or has no line for it", "[doctor][doctor_database]") {
  CHECK(cause(server().over_tcp("user=outsider")) == "not_allowed");
  CHECK(cause(server().over_tcp("user=stranger")) == "not_allowed");
}

TEST_CASE("broken: the server has no database of this name", "[doctor][doctor_database]") {
  CHECK(cause("host=127.0.0.1 user=rekey dbname=nothing port=" + server().port) == "no_database");
}

TEST_CASE("broken: the user may not connect to the database", "[doctor][doctor_database]") {
  const auto name = server().database.text("SELECT current_database() AS x");
  const Changed revoked(server().database, "REVOKE CONNECT ON DATABASE " + name + " FROM public",
                        "GRANT CONNECT ON DATABASE " + name + " TO public");
  CHECK(cause(server().as_member()) == "no_right");
}

TEST_CASE("broken: the server offers no TLS, which DATABASE_URL requires", "[doctor][doctor_database]") {
  SmtpServer refusing;
  for (int i = 0; i < 2; ++i) refusing.reply_once("greeting", {SmtpReply::Kind::kTextAndClose, "N"});  // as PostgreSQL does
  CHECK(cause("host=127.0.0.1 user=rekey sslmode=require port=" + std::to_string(refusing.port())) == "no_tls");
}

TEST_CASE("broken: the database's certificate is of another authority or name", "[doctor][doctor_database]") {
  const Certificate other;
  CHECK(cause(server().as_member("sslmode=verify-ca sslrootcert=" + other.certificate_file())) == "certificate");
  CHECK(cause(server().as_member("sslmode=verify-full sslrootcert=/nowhere")) == "certificate");
  const auto right = server().certificate.certificate_file();
  CHECK(cause(server().as_member("host=localhost hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=" + right)) == "certificate");
}

TEST_CASE("broken: the database's user has no connection left", "[doctor][doctor_database]") {
  const Changed limited(server().database, "ALTER ROLE member CONNECTION LIMIT 0", "ALTER ROLE member CONNECTION LIMIT -1");
  CHECK(cause(server().as_member()) == "full");
}

TEST_CASE("broken: the pool is larger than the server allows", "[doctor][doctor_database]") {
  const Changed limited(server().database, "ALTER ROLE member CONNECTION LIMIT 9", "ALTER ROLE member CONNECTION LIMIT -1");
  CHECK(cause(server().as_member(), {{"DATABASE_POOL_SIZE", "10"}}) == "pool");
  CHECK(cause(server().as_member(), {{"DATABASE_POOL_SIZE", "9"}}) == "");
  CHECK(cause(server().over_tcp("user=rekey"), {{"DATABASE_POOL_SIZE", "148"}}) == "pool");  // 150 less 3 for superusers
  CHECK(cause(server().over_tcp("user=rekey"), {{"DATABASE_POOL_SIZE", "147"}}) == "");
}

TEST_CASE("a pair whose primary waits for no standby is a note", "[doctor][doctor_database]") {
  const auto several = "host=127.0.0.1,127.0.0.1 port=" + server().port + "," + server().port;
  CHECK(cause(server().as_member(several)) == "(standby)");
  CHECK(cause(server().as_member()) == "");  // of one host nobody expects it
  const auto& cluster = server().cluster;
  const auto becomes = [&](const std::string& expected) {
    return comes([&] { return causes_in(examination_of(server().as_member(several)).findings) == expected; });
  };
  {
    const Changed hasty(server().database, "ALTER ROLE member SET synchronous_commit = remote_write",
                        "ALTER ROLE member RESET synchronous_commit");
    cluster.change_setting("synchronous_standby_names = 'other'");
    CHECK(comes([&] { return server().database.text("SELECT current_setting('synchronous_standby_names') AS x") == "other"; }));
    CHECK(cause(server().as_member(several)) == "(standby)");
    cluster.change_setting("synchronous_standby_names = ''");
    CHECK(comes([&] { return server().database.text("SELECT current_setting('synchronous_standby_names') AS x").empty(); }));
  }
  cluster.change_setting("synchronous_standby_names = 'other'");
  CHECK(becomes(""));
  cluster.change_setting("synchronous_standby_names = ''");
  CHECK(becomes("(standby)"));
}

TEST_CASE("doctor notes a pooler in front of the database", "[doctor][doctor_database]") {
  const TestCluster cluster;
  const TestDatabase database(cluster);
  const TestPooler pooler(cluster, TestPooler::Options::kRefused);
  CHECK(cause(pooler.url(database.url())) == "(pooler)");
}

TEST_CASE("broken: the user lacks a right on one table", "[doctor][doctor_database]") {
  for (const std::string right : {"SELECT ON users", "INSERT ON deliveries", "UPDATE ON reset_tokens", "DELETE ON audit_log"}) {
    INFO(right);
    const Changed revoked(server().database, "REVOKE " + right + " FROM member", "GRANT " + right + " TO member");
    const auto findings = examination_of(server().as_member()).findings;
    CHECK(causes_in(findings) == "rights");
    CHECK_THAT(texts_in(findings), Catch::EndsWith("it lacks one on rekey." + right.substr(right.rfind(' ') + 1) + "\n"));
  }
}

TEST_CASE("the rights that templates/accounts grants are those that doctor demands, each of them", "[doctor][doctor_database]") {
  const TestDatabase database;
  const auto cause_of_origin = [&] { return causes_in(examination_of(database.origin_url()).findings); };
  CHECK(cause_of_origin() == "");
  const auto grants = database.query(
      "SELECT privilege_type || ' ON rekey.' || table_name AS x FROM information_schema.table_privileges "
      "WHERE grantee = 'rekey_origin' AND table_schema = 'rekey' ORDER BY 1");
  CHECK(grants.size() > 20);
  for (std::size_t i = 0; i < grants.size(); ++i) {
    INFO(grants[i].text("x"));
    const Changed revoked(database, "REVOKE " + grants[i].text("x") + " FROM rekey_origin",
                          "GRANT " + grants[i].text("x") + " TO rekey_origin");
    CHECK(cause_of_origin() == "rights");
  }
}

TEST_CASE("broken: the user may not use the schema", "[doctor][doctor_database]") {
  const Changed revoked(server().database, "REVOKE USAGE ON SCHEMA rekey FROM member", "GRANT USAGE ON SCHEMA rekey TO member");
  const auto findings = examination_of(server().as_member()).findings;
  CHECK(causes_in(findings) == "rights");
  CHECK_THAT(texts_in(findings), Catch::Contains("GRANT USAGE ON SCHEMA"));
}

TEST_CASE("Rekey's tables are found whatever search_path names", "[doctor][doctor_database]") {
  const Changed moved(server().database, "ALTER ROLE member SET search_path = pg_catalog", "ALTER ROLE member RESET search_path");
  CHECK(cause(server().as_member()) == "");
}

TEST_CASE("broken: the database takes no writes", "[doctor][doctor_database]") {
  const Changed frozen(server().database, "ALTER ROLE member SET default_transaction_read_only = on",
                       "ALTER ROLE member RESET default_transaction_read_only");
  CHECK(cause(server().as_member()) == "read_only");
}

TEST_CASE("broken: the schema is missing", "[doctor][doctor_database]") {
  const TestDatabase empty(TestDatabase::Schema::kEmpty);
  const auto findings = examination_of(empty.url()).findings;
  CHECK(causes_in(findings) == "schema");
  CHECK_THAT(texts_in(findings), Catch::Contains("lacks migration 0001") && Catch::Contains("rekey-origin migrate"));
}

TEST_CASE("broken: the schema is of a newer program, or was changed", "[doctor][doctor_database]") {
  const TestDatabase newer;
  newer.execute("INSERT INTO schema_migrations (name, checksum, serves_from) VALUES ('9999_later.sql', '', 9999)");
  CHECK(cause(newer.url()) == "schema");
  const TestDatabase changed;
  changed.execute("UPDATE schema_migrations SET checksum = 'x' WHERE name LIKE '0001%'");
  CHECK(cause(changed.url()) == "schema");
}

TEST_CASE("a newer schema that still serves this program is a note", "[doctor][doctor_database]") {
  const TestDatabase newer;
  newer.execute("INSERT INTO schema_migrations (name, checksum, serves_from) VALUES ('9999_later.sql', '', 1)");
  CHECK(cause(newer.url()) == "(newer_schema)");
}

TEST_CASE("several faults of a database are all named", "[doctor][doctor_database]") {
  const TestDatabase empty(TestDatabase::Schema::kEmpty);
  CHECK(cause(empty.url(), {{"DATABASE_POOL_SIZE", "500"}}) == "pool schema");
}

}  // namespace rekey::test
