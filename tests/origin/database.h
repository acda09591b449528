// A real PostgreSQL for tests: a private cluster on a Unix socket, made by initdb in memory or under /var/tmp, and removed at the
// end. Under root it runs as the user `postgres`. If REKEY_TEST_DATABASE_URL is set, databases are created on that server
// instead.
#pragma once

#include <cstdio>
#include <functional>
#include <string>

#include "origin/postgres/connection.h"

namespace rekey::test {

// Waits for something that has to come, as a server's reaction to a signal. Returns: false if it does not come.
bool comes(const std::function<bool()>& condition);

// A separate server, which a test may stop and start.
class TestCluster {
 public:
  struct Options {
    std::string port = "5432";  // without listen_addresses only a part of the socket's name
    std::string server{};       // further options of `postgres`
    std::string hba{};          // the lines of pg_hba.conf; "" for initdb's, which trust everyone
  };
  TestCluster() : TestCluster(Options()) {}
  explicit TestCluster(Options options);
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  void start();
  void stop(const std::string& mode);  // pg_ctl's: "fast" or "immediate"

  // In: such as "fsync = off". The server's processes follow one after the other.
  void change_setting(const std::string& assignment) const;

  std::string url(const std::string& database) const;
  std::string run_tool(const std::string& tool,
                       const std::string& arguments) const;  // In: a tool such as "pg_dump". Returns: its output

 private:
  std::string as_owner(const std::string& command) const;
  std::string directory_;
  Options options_;
  std::FILE* cleaner_ = nullptr;  // a shell that waits until this process ends in any way, and then removes the cluster
};

// A new database with the current schema and the accounts under test (account_files.h), dropped at the end.
class TestDatabase {
 public:
  enum class Schema : unsigned char { kMigrated, kEmpty };

  explicit TestDatabase(Schema schema = Schema::kMigrated);
  explicit TestDatabase(const TestCluster& cluster);  // is removed together with the cluster
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& url() const { return url_; }

  // As the role that the origin has, with the rights of templates/accounts and no schema of ours in its search_path.
  std::string origin_url() const;

  // With Rekey's schema in search_path, so that a test's SQL need not name it, and before it the view `users` of another
  // product's accounts. The origin never gets this one.
  std::string url_for_tests() const;

  // Replaces Rekey's accounts by those of another product.
  void adopt(const std::string& accounts) const;

  // Each uses a new connection, without time-outs.
  void execute(const std::string& sql) const;
  SqlRows query(const std::string& sql) const;
  std::string text(const std::string& sql) const;  // the single column `x` of the single row
  std::int64_t number(const std::string& sql) const;

  // The whole content as SQL, as pg_dump writes it.
  std::string dump() const;

 private:
  static const std::string& migrated_template();

  std::string admin_url_;
  std::string name_;
  std::string url_;
};

}  // namespace rekey::test
