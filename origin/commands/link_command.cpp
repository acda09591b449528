#include <stdexcept>

#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/report.h"
#include "origin/mail/reset_mail.h"

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
  return reset_page(settings.frontend_url, settings.reset_page_url) + "#token=" + std::string(token.reveal());
}

bool may_get_password(AccountDesk& desk, const Settings& settings, const std::string& id) {
  const auto details = desk.operators().show(id);
  return !details || details->user.has_password || settings.first_password == FirstPassword::kAllowed;
}

}  // namespace

// The token is made here, not derived from a seed: no mail will ever need it again.
int make_link(const Settings& settings, const CommandLine& line, std::ostream& out) {
  if (settings.recovery == Recovery::kOff) throw std::runtime_error("RECOVERY is off: the link would be refused");
  AccountDesk desk(settings);
  const auto account = line.text("ACCOUNT");
  Report report(out, line.form());
  const auto id = desk.find(account);
  if (!id) {
    report.outcome(account, "has", "no account");
    return 1;
  }
  if (!may_get_password(desk, settings, *id)) {
    report.outcome(account, "has", "no password: ALLOW_FIRST_PASSWORD=on lets it have one");
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
