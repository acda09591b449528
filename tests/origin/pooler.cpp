#include "tests/origin/pooler.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace rekey::test {

namespace {

std::string make_directory() {
  std::string path = "/var/tmp/rekey-pooler-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no directory like " + path);
  std::filesystem::permissions(path, std::filesystem::perms::all);
  return path;
}

// In: "host=... port=... user=... dbname=...". Returns: the value of a key.
std::string value_of(const std::string& url, const std::string& key) {
  const auto begin = url.find(key + "=") + key.size() + 1;
  return url.substr(begin, url.find(' ', begin) - begin);
}

bool takes_connections(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const bool taken = socket >= 0 && connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (socket >= 0) close(socket);
  return taken;
}

// The socket's file is there before PgBouncer listens.
void wait_until_it_listens(const std::string& path) {
  for (int i = 0; i < 1000; ++i) {
    if (takes_connections(path)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("PgBouncer did not start: is it installed?");
}

}  // namespace

// PgBouncer refuses to run as root.
TestPooler::TestPooler(const TestCluster& cluster, Options options) : directory_(make_directory()) {
  const auto server = cluster.url("postgres");
  std::ofstream(directory_ + "/users") << "\"rekey\" \"\"\n";
  std::ofstream(directory_ + "/ini") << "[databases]\n* = host=" << value_of(server, "host")
                                     << " port=" << value_of(server, "port")
                                     << " user=rekey\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 2\n"
                                     << "auth_type = trust\nauth_file = " << directory_ << "/users\nlisten_port = 6432\n"
                                     << "unix_socket_dir = " << directory_ << "\nlogfile = " << directory_ << "/log\n"
                                     << (options == Options::kIgnored ? "ignore_startup_parameters = options\n" : "");
  const std::string as_owner = geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";
  const std::string program = "cd /; " + as_owner + "/usr/sbin/pgbouncer -q " + directory_ + "/ini >/dev/null 2>&1 & pooler=$!; ";
  cleaner_ = popen(("trap '' INT TERM HUP; " + program + "read line; kill $pooler; wait; rm -rf " + directory_).c_str(), "w");
  if (cleaner_ == nullptr) throw std::runtime_error("no shell");
  wait_until_it_listens(directory_ + "/.s.PGSQL.6432");
}

TestPooler::~TestPooler() { pclose(cleaner_); }

std::string TestPooler::url(const std::string& direct) const {
  return "host=" + directory_ + " port=6432 user=rekey dbname=" + value_of(direct, "dbname");
}

}  // namespace rekey::test
