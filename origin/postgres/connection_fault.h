// What libpq knows of a connection string, and libpqxx does not tell; only connection_fault.cpp includes it. For `rekey-origin
// doctor`: why no connection to the database can be made. libpqxx's texts may quote the string, so this tells the cause alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rekey {

enum class ConnectionFault : std::uint8_t {
  kNone,        // a connection was made
  kUnreadable,  // the connection string
  kNoSuchHost,  // the name can't be resolved
  kNoSocket,    // there is no such Unix socket
  kRefused,     // nothing listens at host and port
  kSilent,      // no answer in time, or no way to the host
  kNotPostgres,
  kNoTls,        // required, but not offered
  kCertificate,  // of another name or authority, or sslrootcert can't be read
  kTls,          // another fault of the handshake
  kNoPassword,   // asked for, but not given
  kPassword,     // wrong, or the user is unknown
  kNotAllowed,   // by pg_hba.conf, or the user is unknown
  kNoDatabase,
  kNoRight,   // to connect to this database
  kFull,      // all connections are taken
  kReadOnly,  // a standby, or default_transaction_read_only
  kStarting,
  kOther,
};

// Returns: whether the string names more than one host, as for a primary and its standbys.
bool names_several_hosts(const std::string& database_url);

// Tries one connection, to each host of the string in turn. Takes `patience` at most, beside the look-up of names.
ConnectionFault find_connection_fault(const std::string& database_url, std::chrono::milliseconds patience);

// Returns: the settings of the server that the string asks for, such as "-c search_path=shop"; "" for none, or if it is
// unreadable.
std::string server_options_of(const std::string& database_url);

}  // namespace rekey
