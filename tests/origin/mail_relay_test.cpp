#include "origin/mail/mail_relay.h"

#include <catch2/catch.hpp>

using rekey::fault_of;
using rekey::MailTls;
using rekey::RelaySettings;

namespace {

RelaySettings with_log_in_in_the_clear(const std::string& server) {
  RelaySettings settings;
  settings.server = server;
  settings.tls = MailTls::kNone;
  settings.username = "rekey";
  settings.password = "p";
  settings.from_address = "rekey@example.com";
  return settings;
}

}  // namespace

TEST_CASE("a log-in goes in the clear only to this machine, not to a host whose name begins like a loopback address",
          "[mail_relay]") {
  for (const auto* server : {"localhost", "127.0.0.1", "127.8.9.10", "::1"}) {
    CAPTURE(server);
    CHECK(fault_of(with_log_in_in_the_clear(server)) == nullptr);
  }
  for (const auto* server : {"127.name.example", "127.0.0.1.example", "localhost.example", "relay.example", "::2"}) {
    CAPTURE(server);
    CHECK(fault_of(with_log_in_in_the_clear(server)) != nullptr);
  }
}
