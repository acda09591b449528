#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/report.h"

namespace rekey {
namespace {

TokenText mint_link(AccountDesk& desk, const Settings& settings, UnixSeconds expires_at) {
  TokenRandom random{};
  desk.random().fill(random);
  auto token = mint_token(settings.token_keys.signing_key(), TokenPurpose::kReset, expires_at, random);
  wipe(random);
  return token;
}

std::string link_of(const Settings& settings, const TokenText& token) {
  return settings.frontend_url + "/reset-password#token=" + std::string(token.reveal());
}

}  // namespace

// The token is made here, not derived from a seed: no mail will ever need it again.
int make_link(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  const auto account = line.text("ACCOUNT");
  Report report(out, line.form());
  const auto id = desk.find(account);
  if (!id) {
    report.outcome(account, "has", "no account");
    return 1;
  }
  const auto expires_at = static_cast<UnixSeconds>(desk.operators().now() + settings.reset_lifetime.count());
  const auto token = mint_link(desk, settings, expires_at);
  const auto key = settings.token_keys.signing_key().id;
  if (!desk.operators().issue_link(*id, token.hash(), key, expires_at, desk.new_act())) {
    report.outcome(account, "is", "disabled: enable it first");
    return 1;
  }
  report.object({text_cell("link", 0, link_of(settings, token)),
                 time_cell("expires_at", std::chrono::sys_seconds(std::chrono::seconds(expires_at)))});
  return 0;
}

}  // namespace rekey
