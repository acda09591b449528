#include "origin/commands/run_command.h"

#include "origin/commands/commands.h"

namespace rekey {

std::optional<int> run_without_settings(const CommandLine& line, const Console& console) {
  switch (line.command) {
    case CommandName::kKeysNew:
      return print_new_keys(line, console.out);
    case CommandName::kCompletion:
      return print_completion(line, console.out);
    case CommandName::kManual:
      return print_manual(line, console.out);
    default:
      return std::nullopt;
  }
}

std::optional<int> run_with_texts(const CommandLine& line, SettingTexts& texts, const Console& console) {
  switch (line.command) {
    case CommandName::kPreview:
      return preview_mail(texts, line, console.out);
    case CommandName::kSite:
      return make_site(texts, line, console.out);
    case CommandName::kKeysRotate:
      return print_next_key(texts, line, console.out);
    default:
      return std::nullopt;
  }
}

// Returns: nothing for a command that is not about webhooks.
std::optional<int> run_on_webhooks(const CommandLine& line, const Settings& settings, const Console& console) {
  switch (line.command) {
    case CommandName::kWebhooksList:
      return list_webhooks(settings, line, console.out);
    case CommandName::kWebhooksUrls:
      return list_webhook_urls(settings, line, console.out);
    case CommandName::kWebhooksResend:
      return resend_webhooks(settings, line, console.out);
    case CommandName::kWebhooksRestart:
      return restart_webhook_url(settings, line, console.out);
    default:
      return std::nullopt;
  }
}

int run_with_settings(const CommandLine& line, const Settings& settings, const Console& console) {
  if (const auto exit_code = run_on_webhooks(line, settings, console)) return *exit_code;
  switch (line.command) {
    case CommandName::kServe:
      return serve(settings);
    case CommandName::kMigrate:
      return migrate(settings, line, console.out, console.err);
    case CommandName::kUserAdd:
      return add_user(settings, line, console.out);
    case CommandName::kUserList:
      return list_users(settings, line, console.out);
    case CommandName::kUserShow:
      return show_user(settings, line, console.out);
    case CommandName::kUserDisable:
      return disable_user(settings, line, console.out);
    case CommandName::kUserEnable:
      return enable_user(settings, line, console.out);
    case CommandName::kUserRequireReset:
      return require_reset(settings, line, console.out);
    case CommandName::kUserDelete:
      return delete_user(settings, line, console.in, console.out, console.err);
    case CommandName::kUserImport:
      return import_users(settings, line, console.in, console.out, console.err);
    case CommandName::kUserSample:
      return add_sample_users(settings, line, console.out);
    case CommandName::kLink:
      return make_link(settings, line, console.out);
    case CommandName::kSessions:
      return list_sessions(settings, line, console.out);
    case CommandName::kRequests:
      return list_requests(settings, line, console.out);
    case CommandName::kDeliveries:
      return list_deliveries(settings, line, console.out);
    case CommandName::kAudit:
      return list_audit(settings, line, console.out);
    case CommandName::kMailTest:
      return send_test_mail(settings, line, console.out);
    case CommandName::kMailSuppress:
      return suppress_mail(settings, line, console.out);
    case CommandName::kMailUnsuppress:
      return unsuppress_mail(settings, line, console.out);
    case CommandName::kMailSuppressed:
      return list_suppressed(settings, line, console.out);
    case CommandName::kWebhooksList:
    case CommandName::kWebhooksUrls:
    case CommandName::kWebhooksResend:
    case CommandName::kWebhooksRestart:
    case CommandName::kDoctor:
    case CommandName::kSettings:
    case CommandName::kPreview:
    case CommandName::kSite:
    case CommandName::kKeysNew:
    case CommandName::kKeysRotate:
    case CommandName::kCompletion:
    case CommandName::kManual:
      break;  // run above, or before the settings are known to be right
  }
  __builtin_trap();
}

}  // namespace rekey
