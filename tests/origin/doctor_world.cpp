#include "tests/origin/doctor_world.h"

#include <stdexcept>

#include "origin/http/listen_address.h"

namespace rekey::test {

SettingMap with_doctor_defaults(const SettingMap& changes) {
  SettingMap given{
      {"DATABASE_URL", "host=/nowhere"},
      {"ORIGIN_LISTEN", "127.0.0.1:0"},
      {"OPS_LISTEN", "127.0.0.1:0"},
      {"EDGE_ORIGIN_KEYS", "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {"RESET_PASSWORD_TOKEN_SECRET", "1:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {"SEED_SECRET", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {"FRONTEND_URL", "http://127.0.0.1:" + port_of_nobody()},
      {"MAIL_SERVER", "127.0.0.1"},
      {"MAIL_TLS", "none"},
      {"MAIL_FROM", "rekey@example.com"},
      {"HASH_PARALLEL", "1"},
  };
  for (const auto& [name, value] : changes) given[name] = value;
  return given;
}

Settings doctor_settings(const SettingMap& changes) {
  auto texts = gather_settings(with_doctor_defaults(changes), {}, [](const auto&) { return std::nullopt; });
  auto settings = interpret_settings(texts);
  if (!settings) throw std::runtime_error("settings of a test: " + texts.problems.at(0));
  return *settings;
}

std::string causes_in(const std::vector<Finding>& findings) {
  std::string causes;
  for (const auto& finding : findings) {
    if (finding.verdict == Verdict::kOk) continue;
    const auto cause = std::string(finding.cause);
    causes += (causes.empty() ? "" : " ") + (finding.verdict == Verdict::kNote ? "(" + cause + ")" : cause);
  }
  return causes;
}

std::string texts_in(const std::vector<Finding>& findings) {
  std::string texts;
  for (const auto& finding : findings) texts += finding.text + "\n";
  return texts;
}

std::string port_of_nobody() { return std::to_string(port_of(open_listener(*ListenAddress::parse("127.0.0.1:0")))); }

}  // namespace rekey::test
