#include "origin/commands/command_table.h"

#include "origin/ports/enum_table.h"

namespace rekey {
namespace {

using Kind = InputKind;
constexpr auto kRequired = InputRow::Need::kRequired;

constexpr std::string_view kStandings[] = {"active", "inactive"};
constexpr std::string_view kRequestStates[] = {"queued",     "sending",    "sent",     "no_account",
                                               "suppressed", "superseded", "rejected", "expired_undelivered"};
constexpr std::string_view kDeliveryStates[] = {"queued",     "sending",    "sent",     "no_account",
                                                "suppressed", "superseded", "rejected", "expired_undelivered"};
constexpr std::string_view kDeliveryKinds[] = {"reset", "password_changed", "session_reused", "link"};
constexpr std::string_view kMails[] = {"reset", "password-changed", "session-reused", "sign-in"};
constexpr std::string_view kWebhookStates[] = {"queued", "sending", "delivered", "dead"};
constexpr std::string_view kWebhookTypes[] = {"password_reset.requested", "password_reset.completed", "password.changed",
                                              "account.registered", "mail.undeliverable"};
constexpr std::string_view kMailParts[] = {"text", "html", "mail"};
constexpr std::string_view kFormats[] = {"csv", "jsonl"};
constexpr std::string_view kHashPolicies[] = {"refuse", "reset"};
constexpr std::string_view kKeySettings[] = {"RESET_PASSWORD_TOKEN_SECRET", "EDGE_ORIGIN_KEYS", "SEED_SECRET"};
constexpr std::string_view kKeySteps[] = {"add", "sign", "drop"};
constexpr std::string_view kShells[] = {"bash", "fish", "zsh"};

constexpr InputRow kJson{"--json", "", "Print JSON."};
constexpr InputRow kMost{"--most", "N", "The number of rows of a page, 1 to 1000.", Kind::kNumber, "50"};
constexpr InputRow kAfter{"--after", "ROW", "Go on behind this row: the last output names it.", Kind::kText};
constexpr InputRow kAll{"--all", "", "Print all pages."};
constexpr InputRow kSince{"--since", "TIME",
                          "Leave out older rows: 90s, 15m, 2h, 3d, or a UTC time such as 2026-11-21T09:00:00Z.", Kind::kText};
constexpr InputRow kTo{"--to", "ADDRESS", "Only those of this address.", Kind::kText};
constexpr InputRow kYes{"--yes", "", "Do not ask."};

constexpr InputRow kAccountArgument[] = {{"ACCOUNT", "ACCOUNT", "Mail address or id of the account.", Kind::kText}};
constexpr InputRow kAddressArgument[] = {{"ADDRESS", "ADDRESS", "Mail address.", Kind::kText}};
constexpr InputRow kFileArgument[] = {{"FILE", "FILE", "The file; `-` for standard input.", Kind::kFile}};
constexpr InputRow kMessageArgument[] = {
    {"MESSAGE", "MESSAGE", "Id of a message, or `dead` for all that were given up.", Kind::kText}};
constexpr InputRow kUrlArgument[] = {{"URL", "URL", "Id of the URL, as `webhooks urls` prints it.", Kind::kText}};
constexpr InputRow kMailArgument[] = {{"MAIL", "MAIL", "The mail.", Kind::kWord, "", kMails}};
constexpr InputRow kSettingArgument[] = {
    {"SETTING", "SETTING", "The setting that holds the keys.", Kind::kWord, "", kKeySettings}};
constexpr InputRow kShellArgument[] = {{"SHELL", "SHELL", "The shell.", Kind::kWord, "", kShells}};

constexpr InputRow kJsonOnly[] = {kJson};
constexpr InputRow kMigrateOptions[] = {{"--dry-run", "", "Print the steps that are left, and change nothing."}, kJson};
constexpr InputRow kDoctorOptions[] = {
    {"--to", "ADDRESS", "An address that takes mail: whether the relay would take a mail to it.", Kind::kText}, kJson};
constexpr InputRow kSettingsOptions[] = {{"--markdown", "", "Print the table of all settings instead."}, kJson};
constexpr InputRow kAddOptions[] = {
    {"--username", "NAME", "3 to 30 letters and digits, at most one `-` or `_` between them.", Kind::kText, "", {}, kRequired},
    kJson};
constexpr InputRow kListOptions[] = {
    {"--search", "TEXT", "Only those with this text in the address or the name.", Kind::kText},
    {"--state", "STATE", "Only those that are `active` or `inactive`.", Kind::kWord, "", kStandings},
    kMost,
    kAfter,
    kAll,
    kJson};
constexpr InputRow kDeleteOptions[] = {kYes, kJson};
constexpr InputRow kImportOptions[] = {
    {"--format", "FORMAT", "`csv` with a line of names, or `jsonl`; if absent, by the file's name.", Kind::kWord, "", kFormats},
    {"--unknown-hashes", "WHAT", "`refuse` accounts whose password hash can't be verified, or require a `reset` of them.",
     Kind::kWord, "refuse", kHashPolicies},
    {"--dry-run", "", "Check all, write nothing."},
    kJson};
constexpr InputRow kSessionsOptions[] = {{"--end", "", "End them."}, kMost, kJson};
constexpr InputRow kRequestsOptions[] = {
    kTo, {"--state", "STATE", "Only those in this state.", Kind::kWord, "", kRequestStates}, kSince, kMost, kAfter, kAll, kJson};
constexpr InputRow kDeliveriesOptions[] = {kTo,
                                           {"--state", "STATE", "Only those in this state.", Kind::kWord, "", kDeliveryStates},
                                           {"--kind", "KIND", "Only those of this kind.", Kind::kWord, "", kDeliveryKinds},
                                           kSince,
                                           kMost,
                                           kAfter,
                                           kAll,
                                           kJson};
constexpr InputRow kAuditOptions[] = {kTo,
                                      {"--event", "EVENT", "Only this event, such as `login.refused`.", Kind::kText},
                                      {"--client", "IP", "Only those of this client.", Kind::kText},
                                      kSince,
                                      kMost,
                                      kAfter,
                                      kAll,
                                      kJson};
constexpr InputRow kWebhooksOptions[] = {{"--account", "ACCOUNT", "Only those about this account.", Kind::kText},
                                         {"--state", "STATE", "Only those in this state.", Kind::kWord, "", kWebhookStates},
                                         {"--type", "TYPE", "Only this event.", Kind::kWord, "", kWebhookTypes},
                                         kSince,
                                         kMost,
                                         kAfter,
                                         kAll,
                                         kJson};
constexpr InputRow kPreviewOptions[] = {
    {"--language", "TAG", "Language of the mail, such as `de`.", Kind::kText, "en"},
    {"--part", "PART", "`text`, `html`, or the whole `mail` as it is sent.", Kind::kWord, "text", kMailParts}};
constexpr InputRow kFolderArgument[] = {
    {"FOLDER", "FOLDER", "A new folder, an empty one, or one of an earlier site.", Kind::kFile}};
constexpr InputRow kSiteOptions[] = {
    {"--parts", "PARTS", "Folder of the site's built parts; by default those of this program.", Kind::kFile}};
constexpr InputRow kRotateOptions[] = {
    {"--step", "STEP", "`add` a new key, `sign` with it, `drop` the old one. Not for SEED_SECRET.", Kind::kWord, "", kKeySteps},
    kJson};
constexpr InputRow kManualOptions[] = {{"--markdown", "", "Print the table of all commands instead."}};

constexpr InputRow kGlobal[] = {{"--env-file", "FILE",
                                 "File of NAME=value lines; the environment overrides it. By default .env, if it exists.",
                                 Kind::kFile}};

constexpr CommandGroup kGroups[] = {
    {"user", "Accounts"}, {"mail", "Mail"}, {"webhooks", "Webhooks"}, {"keys", "Keys and secrets"}};

constexpr CommandRow kTable[] = {
    {CommandName::kServe, "serve", "Answer the edge and send the mails, until SIGTERM."},
    {CommandName::kMigrate,
     "migrate",
     "Bring the database's schema up to date, while origins use it; a run that broke off goes on where it ended.",
     {},
     kMigrateOptions},
    {CommandName::kDoctor,
     "doctor",
     "Find what is wrong with settings, machine, database, relay, edge and clocks.",
     {},
     kDoctorOptions},
    {CommandName::kSettings, "settings", "Show the settings and where each comes from.", {}, kSettingsOptions},
    {CommandName::kUserAdd, "user add", "Add an account; prompts for the password, or reads it from standard input.",
     kAddressArgument, kAddOptions},
    {CommandName::kUserList, "user list", "List the accounts, by address.", {}, kListOptions},
    {CommandName::kUserShow, "user show", "Show an account: its state, sessions, links and last log-in.", kAccountArgument,
     kJsonOnly},
    {CommandName::kUserDisable, "user disable", "Lock an account; its sessions and links end.", kAccountArgument, kJsonOnly},
    {CommandName::kUserEnable, "user enable", "Unlock an account.", kAccountArgument, kJsonOnly},
    {CommandName::kUserRequireReset, "user require-reset",
     "Make the password useless, so that only a reset opens the account; its sessions and links end.", kAccountArgument,
     kJsonOnly},
    {CommandName::kUserDelete, "user delete", "Delete an account with its sessions and links.", kAccountArgument, kDeleteOptions},
    {CommandName::kUserImport, "user import", "Add the accounts of another system, with their password hashes.", kFileArgument,
     kImportOptions},
    {CommandName::kUserSample, "user sample", "Add the sample users, for development.", {}, kJsonOnly},
    {CommandName::kLink, "link", "Make a reset link for support to hand over, and write that down in the audit log.",
     kAccountArgument, kJsonOnly},
    {CommandName::kSessions, "sessions", "List the live sessions of an account, or end them.", kAccountArgument,
     kSessionsOptions},
    {CommandName::kRequests,
     "requests",
     "The reset requests and what became of each, the newest first, addresses in part.",
     {},
     kRequestsOptions},
    {CommandName::kDeliveries,
     "deliveries",
     "The mails of the outbox and their attempts, the newest first.",
     {},
     kDeliveriesOptions},
    {CommandName::kAudit,
     "audit",
     "Log-ins, refused ones too, forgot requests, new passwords and the operators' commands, the newest first.",
     {},
     kAuditOptions},
    {CommandName::kMailTest, "mail test", "Send a test mail by each relay.", kAddressArgument, kJsonOnly},
    {CommandName::kMailSuppress, "mail suppress", "Send no more mail to an address: its requests end as `suppressed`.",
     kAddressArgument, kJsonOnly},
    {CommandName::kMailUnsuppress, "mail unsuppress", "Send mail to an address again.", kAddressArgument, kJsonOnly},
    {CommandName::kMailSuppressed, "mail suppressed", "List the addresses that get no mail, the newest first.", {}, kJsonOnly},
    {CommandName::kWebhooksList, "webhooks list", "The webhooks of the outbox, the newest first.", {}, kWebhooksOptions},
    {CommandName::kWebhooksUrls,
     "webhooks urls",
     "The receivers of webhooks: their states, and how many webhooks wait or are dead.",
     {},
     kJsonOnly},
    {CommandName::kWebhooksResend, "webhooks resend", "Send a webhook that has ended again, or all dead ones.", kMessageArgument,
     kJsonOnly},
    {CommandName::kWebhooksRestart, "webhooks restart", "Send webhooks again to a URL that answered 410.", kUrlArgument,
     kJsonOnly},
    {CommandName::kPreview, "preview", "Print a mail with sample values; sends nothing.", kMailArgument, kPreviewOptions},
    {CommandName::kSite, "site", "Write the edge's pages and assets, with the brand in BRAND_DIR if there is one.",
     kFolderArgument, kSiteOptions},
    {CommandName::kKeysNew, "keys new", "Print new secrets, and where to set each.", {}, kJsonOnly},
    {CommandName::kKeysRotate, "keys rotate", "Print the next value of a secret that is changed without a break.",
     kSettingArgument, kRotateOptions},
    {CommandName::kCompletion, "completion", "Print the completion script for a shell.", kShellArgument},
    {CommandName::kManual, "manual", "Print the manual page.", {}, kManualOptions},
};
static_assert(is_in_order(kTable));

std::string usage_of_option(const InputRow& option) {
  const std::string usage = std::string(option.name) + (option.value.empty() ? "" : " ") + std::string(option.value);
  return option.need == kRequired ? usage : "[" + usage + "]";
}

}  // namespace

std::span<const CommandRow> command_table() { return kTable; }
std::span<const CommandGroup> command_groups() { return kGroups; }
std::span<const InputRow> global_options() { return kGlobal; }

const CommandRow& row_of(CommandName name) { return row_of(kTable, name); }

std::string usage_of(const CommandRow& row) {
  std::string usage(row.path);
  for (const auto& argument : row.arguments) usage.append(" ").append(argument.value);
  for (const auto& option : row.options) usage.append(" ").append(usage_of_option(option));
  return usage;
}

}  // namespace rekey
