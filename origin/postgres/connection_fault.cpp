#include "origin/postgres/connection_fault.h"

#include <libpq-fe.h>
#include <poll.h>

#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace rekey {
namespace {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

struct Sign {
  std::string_view text;
  ConnectionFault fault;
};

// libpq has no codes for its own faults: their English texts must serve. It translates them only for a program that calls
// setlocale(), and this one doesn't. The server's faults come as SQLSTATEs. The first that is found counts.
constexpr Sign kSigns[] = {
    {"28P01", ConnectionFault::kPassword},
    {"no password supplied", ConnectionFault::kNoPassword},
    {"28000", ConnectionFault::kNotAllowed},
    {"3D000", ConnectionFault::kNoDatabase},
    {"42501", ConnectionFault::kNoRight},
    {"53300", ConnectionFault::kFull},
    {"session is read-only", ConnectionFault::kReadOnly},
    {"server is in hot standby mode", ConnectionFault::kReadOnly},
    {"57P0", ConnectionFault::kStarting},
    {"invalid port number", ConnectionFault::kUnreadable},
    {"invalid integer value", ConnectionFault::kUnreadable},
    {" value: \"", ConnectionFault::kUnreadable},  // of sslmode and the like
    {"could not translate host name", ConnectionFault::kNoSuchHost},
    {"could not parse network address", ConnectionFault::kNoSuchHost},
    {"does not support SSL", ConnectionFault::kNoTls},
    {"certificate verify failed", ConnectionFault::kCertificate},
    {"root certificate file", ConnectionFault::kCertificate},
    {"does not match host name", ConnectionFault::kCertificate},
    {"SSL error", ConnectionFault::kTls},
    {"invalid response to SSL negotiation", ConnectionFault::kNotPostgres},
    {"expected authentication request", ConnectionFault::kNotPostgres},
    {"closed the connection unexpectedly", ConnectionFault::kNotPostgres},
    {"Connection refused", ConnectionFault::kRefused},
    {"No such file or directory", ConnectionFault::kNoSocket},
    {"No route to host", ConnectionFault::kSilent},
    {"unreachable", ConnectionFault::kSilent},
    {"timed out", ConnectionFault::kSilent},
};

ConnectionFault fault_in(std::string_view message) {
  for (const auto& sign : kSigns) {
    if (message.find(sign.text) != std::string_view::npos) return sign.fault;
  }
  return ConnectionFault::kOther;
}

// Returns: null for a string that libpq can't read; else rows, the last one without a keyword.
std::unique_ptr<PQconninfoOption, Finish> parse(const std::string& database_url) {
  char* error = nullptr;
  std::unique_ptr<PQconninfoOption, Finish> options(PQconninfoParse(database_url.c_str(), &error));
  PQfreemem(error);
  return options;
}

bool is_list_of_hosts(const PQconninfoOption& option) {
  const std::string_view name = option.keyword;
  return (name == "host" || name == "hostaddr") && option.val != nullptr && std::strchr(option.val, ',') != nullptr;
}

using Time = std::chrono::steady_clock::time_point;

// Returns: false if the server said nothing until the deadline.
bool wait_for(const PGconn& connection, short events, Time deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd entry{PQsocket(&connection), events, 0};
  return left.count() > 0 && ::poll(&entry, 1, static_cast<int>(left.count())) == 1;
}

ConnectionFault drive(PGconn& connection, Time deadline) {
  for (auto step = PGRES_POLLING_WRITING;; step = PQconnectPoll(&connection)) {
    if (step == PGRES_POLLING_OK) return ConnectionFault::kNone;
    if (step == PGRES_POLLING_FAILED) return fault_in(PQerrorMessage(&connection));
    const short events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait_for(connection, events, deadline)) return ConnectionFault::kSilent;
  }
}

}  // namespace

bool names_several_hosts(const std::string& database_url) {
  const auto options = parse(database_url);
  if (!options) return false;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (is_list_of_hosts(*option)) return true;
  }
  return false;
}

ConnectionFault find_connection_fault(const std::string& database_url, std::chrono::milliseconds patience) {
  if (!parse(database_url)) return ConnectionFault::kUnreadable;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const Connection connection(PQconnectStart(database_url.c_str()));
  if (!connection) throw std::bad_alloc();
  if (PQstatus(connection.get()) == CONNECTION_BAD) return fault_in(PQerrorMessage(connection.get()));
  PQsetErrorVerbosity(connection.get(), PQERRORS_SQLSTATE);  // instead of the server's text, which may be in any language
  return drive(*connection, deadline);
}

std::string server_options_of(const std::string& database_url) {
  const auto options = parse(database_url);
  if (!options) return {};
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (std::string_view(option->keyword) == "options" && option->val != nullptr) return option->val;
  }
  return {};
}

}  // namespace rekey
