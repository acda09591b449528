#include "tests/origin/database.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "origin/postgres/migration_runner.h"
#include "tests/origin/account_files.h"

namespace rekey::test {

namespace {

std::string tools_directory() {
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql"))
    newest = std::max(newest, entry.path().string());
  return newest + "/bin/";
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"), &pclose);
  if (!pipe) throw std::runtime_error("no shell");
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) output.append(buffer, n);
  return output;
}

void run_or_throw(const std::string& command) {
  const std::string output = output_of(command + " && echo went-well");
  if (output.find("went-well") == std::string::npos) throw std::runtime_error(command + "\n" + output);
}

// In memory if there is enough: a database is a thousand small files, and most tests make and drop one.
std::string roomy_directory() {
  std::error_code missing;
  const auto memory = std::filesystem::space("/dev/shm", missing);
  return !missing && memory.available > (std::uintmax_t{1} << 30) ? "/dev/shm" : "/var/tmp";
}

std::string make_directory() {
  std::string path = roomy_directory() + "/rekey-test-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no directory like " + path);
  return path;
}

const TestCluster& shared_cluster() {
  static const TestCluster cluster;
  return cluster;
}

const char* given_url() { return std::getenv("REKEY_TEST_DATABASE_URL"); }

// The administration database, from which others are created and dropped.
std::string admin_url() { return given_url() != nullptr ? given_url() : shared_cluster().url("postgres"); }

std::string fresh_name() {
  static std::atomic<int> next{0};
  return "rekey_test_" + std::to_string(getpid()) + "_" + std::to_string(next++);
}

void execute_at(const std::string& url, const std::string& sql) { PostgresConnection(url).run_script(sql); }

std::string with_database(const std::string& url, const std::string& name) {
  if (url.find("://") == std::string::npos) return url + " dbname='" + name + "'";
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "dbname=" + name;
}

}  // namespace

bool comes(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
  }
  return false;
}

TestCluster::TestCluster(Options options) : directory_(make_directory()), options_(std::move(options)) {
  if (geteuid() == 0) run_or_throw("chown postgres " + directory_);
  run_or_throw(as_owner(tools_directory() + "initdb -D " + directory_ + "/data -U rekey -A trust -N -E UTF8 --locale=C.UTF-8"));
  if (!options_.hba.empty()) std::ofstream(directory_ + "/data/pg_hba.conf") << options_.hba;
  const std::string stop = as_owner(tools_directory() + "pg_ctl -D " + directory_ + "/data -m immediate -w stop");
  cleaner_ = popen(("trap '' INT TERM HUP; read line; { " + stop + "; } >/dev/null 2>&1; rm -rf " + directory_).c_str(), "w");
  if (cleaner_ == nullptr) throw std::runtime_error("no shell");
  start();
}

TestCluster::~TestCluster() { pclose(cleaner_); }

void TestCluster::start() {
  run_or_throw(as_owner(
      tools_directory() + "pg_ctl -D " + directory_ + "/data -l " + directory_ + "/log -w -o \"-k " + directory_ +
      " -c listen_addresses= -c fsync=off -c max_connections=150 -c deadlock_timeout=100ms -c search_path=public -c port=" +
      options_.port + " " + options_.server + "\" start"));
}

void TestCluster::stop(const std::string& mode) {
  run_or_throw(as_owner(tools_directory() + "pg_ctl -D " + directory_ + "/data -m " + mode + " -w stop"));
}

void TestCluster::change_setting(const std::string& assignment) const {
  execute_at(url("postgres"), "ALTER SYSTEM SET " + assignment);
  execute_at(url("postgres"), "SELECT pg_reload_conf()");
}

std::string TestCluster::url(const std::string& database) const {
  return "host=" + directory_ + " port=" + options_.port + " user=rekey dbname=" + database;
}

std::string TestCluster::run_tool(const std::string& tool, const std::string& arguments) const {
  return output_of(tools_directory() + tool + " " + arguments);
}

// In /, which every user can enter: the server's user may not be able to enter the current directory.
std::string TestCluster::as_owner(const std::string& command) const {
  const std::string here = "cd / && ";
  return geteuid() == 0 ? here + "setpriv --reuid=postgres --regid=postgres --clear-groups " + command : here + command;
}

TestDatabase::TestDatabase(Schema schema) : admin_url_(admin_url()), name_(fresh_name()), url_(with_database(admin_url_, name_)) {
  execute_at(admin_url_, "CREATE DATABASE " + name_ + (schema == Schema::kMigrated ? " TEMPLATE " + migrated_template() : ""));
}

// Made once: copying it is faster than migrating each database.
const std::string& TestDatabase::migrated_template() {
  static const auto database = [] {
    auto made = std::make_unique<const TestDatabase>(Schema::kEmpty);
    apply_migrations({made->url()}, embedded_migrations());
    execute_at(made->url(), rights_script());
    made->adopt(accounts_under_test());
    return made;
  }();
  return database->name_;
}

TestDatabase::TestDatabase(const TestCluster& cluster) : name_(fresh_name()), url_(cluster.url(name_)) {
  execute_at(cluster.url("postgres"), "CREATE DATABASE " + name_);
  apply_migrations({url_}, embedded_migrations());
  execute_at(url_, rights_script());
  adopt(accounts_under_test());
}

TestDatabase::~TestDatabase() {
  if (!admin_url_.empty()) execute_at(admin_url_, "DROP DATABASE " + name_ + " WITH (FORCE)");
}

std::string TestDatabase::origin_url() const {
  return url_ + (url_.find("://") == std::string::npos ? " user=rekey_origin" : "&user=rekey_origin");
}

std::string TestDatabase::url_for_tests() const {
  if (url_.find("://") == std::string::npos) return url_ + " options='-c search_path=as_users,public,rekey'";
  return url_ + "&options=-c%20search_path%3Das_users,public,rekey";
}

void TestDatabase::adopt(const std::string& accounts) const {
  const auto script = account_script(accounts);
  if (!script.empty()) execute_at(url_, script);
}

void TestDatabase::execute(const std::string& sql) const { execute_at(url_for_tests(), sql); }

SqlRows TestDatabase::query(const std::string& sql) const {
  return PostgresConnection(url_for_tests()).run(SqlStatement{"query_of_a_test", sql.c_str()});
}

std::string TestDatabase::text(const std::string& sql) const { return query(sql)[0].text("x"); }

std::int64_t TestDatabase::number(const std::string& sql) const { return query(sql)[0].integer("x"); }

std::string TestDatabase::dump() const { return output_of(tools_directory() + "pg_dump --dbname=\"" + url_ + "\""); }

}  // namespace rekey::test
