// The commands of rekey-origin except `settings` and `doctor` (origin/doctor). Each writes to `out`, returns the exit code, and
// throws Unavailable or std::runtime_error if it cannot go on; main prints the reason, for `serve` as a line of the log, and
// exits with 1. Arguments and options: command_table.h.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <string_view>

#include "origin/commands/command_line.h"
#include "origin/settings/settings.h"

namespace rekey {

// Keeps SIGTERM, SIGINT and SIGHUP back until serve() waits for them. Call it first: a SIGHUP that comes earlier would kill.
void hold_signals_for_serve();

// Runs the origin until SIGTERM or SIGINT. SIGHUP opens LOG_FILE again. Throws: as Origin's constructor; the reason is then in
// LOG_FILE, if there is one.
int serve(const Settings& settings);

// The log of a start that has no settings: lines on standard error.
void log_setting_texts(const SettingTexts& texts);
void log_failed_start(std::string_view reason);

// Progress goes to `err`.
int migrate(const Settings& settings, const CommandLine& line, std::ostream& out, std::ostream& err);

// Accounts.
int list_users(const Settings& settings, const CommandLine& line, std::ostream& out);
int show_user(const Settings& settings, const CommandLine& line, std::ostream& out);
// Reads the password from standard input: prompts for it on a terminal, else reads one line.
int add_user(const Settings& settings, const CommandLine& line, std::ostream& out);
int enable_user(const Settings& settings, const CommandLine& line, std::ostream& out);
int disable_user(const Settings& settings, const CommandLine& line, std::ostream& out);
int require_reset(const Settings& settings, const CommandLine& line, std::ostream& out);
// Asks on `err` and reads the answer from `in`, unless --yes is given.
int delete_user(const Settings& settings, const CommandLine& line, std::istream& in, std::ostream& out, std::ostream& err);
// ada@example.com, alan@example.com, and grace@example.com, who is inactive. Existing ones stay unchanged.
int add_sample_users(const Settings& settings, const CommandLine& line, std::ostream& out);
// Reads the file, or `in` for `-`. Progress and a line for each account that is left out go to `err`, without values.
int import_users(const Settings& settings, const CommandLine& line, std::istream& in, std::ostream& out, std::ostream& err);

int make_link(const Settings& settings, const CommandLine& line, std::ostream& out);
int list_sessions(const Settings& settings, const CommandLine& line, std::ostream& out);

// What happened.
int list_requests(const Settings& settings, const CommandLine& line, std::ostream& out);
int list_deliveries(const Settings& settings, const CommandLine& line, std::ostream& out);
int list_audit(const Settings& settings, const CommandLine& line, std::ostream& out);

// By each relay. Returns: 0 if all take it.
int send_test_mail(const Settings& settings, const CommandLine& line, std::ostream& out);

// The suppression list. `unsuppress` returns 1 if the address was not on it.
int suppress_mail(const Settings& settings, const CommandLine& line, std::ostream& out);
int unsuppress_mail(const Settings& settings, const CommandLine& line, std::ostream& out);
int list_suppressed(const Settings& settings, const CommandLine& line, std::ostream& out);

// Webhooks. `resend` returns 1 if there is no such message that has ended, `restart` if the URL is not gone.
int list_webhooks(const Settings& settings, const CommandLine& line, std::ostream& out);
int list_webhook_urls(const Settings& settings, const CommandLine& line, std::ostream& out);
int resend_webhooks(const Settings& settings, const CommandLine& line, std::ostream& out);
int restart_webhook_url(const Settings& settings, const CommandLine& line, std::ostream& out);

// These need no valid settings.
// Writes the edge's pages and assets into a folder.
int make_site(SettingTexts& texts, const CommandLine& line, std::ostream& out);
int preview_mail(SettingTexts& texts, const CommandLine& line, std::ostream& out);
int print_new_keys(const CommandLine& line, std::ostream& out);
int print_next_key(const SettingTexts& texts, const CommandLine& line, std::ostream& out);
int print_completion(const CommandLine& line, std::ostream& out);
int print_manual(const CommandLine& line, std::ostream& out);

}  // namespace rekey
