#include "origin/commands/command_line.h"

#include <CLI/CLI.hpp>

namespace rekey {
namespace {

constexpr int kUsageError = 2;

class Parser {
 public:
  Parser() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", REKEY_VERSION);
    app_.add_option("--env-file", line_.env_file,
                    "File of NAME=value lines; the environment overrides it (default: .env, if it exists)");
    add(app_, "serve", "Answer the edge, send the mails", CommandName::kServe);
    add(app_, "migrate", "Bring the database's schema up to date", CommandName::kMigrate);
    add_users();
    add_mail();
    add(app_, "requests", "Show the newest reset requests and their states", CommandName::kRequests)
        ->add_option("--most", line_.most, "How many")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    add_doctor();
    add(app_, "settings", "Show the settings", CommandName::kSettings)
        ->add_flag_callback(
            "--markdown", [this] { line_.form = ReportForm::kMarkdown; }, "Print the README's table of settings instead");
  }

  ParsedCommandLine parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return {std::nullopt, app_.exit(error) == 0 ? 0 : kUsageError};
    }
    return {line_, 0};
  }

 private:
  CLI::App* add(CLI::App& parent, const char* name, const char* what, CommandName command) {
    auto* added = parent.add_subcommand(name, what);
    added->callback([this, command] { line_.command = command; });
    return added;
  }

  void add_users() {
    auto* user = app_.add_subcommand("user", "Accounts")->require_subcommand(1);
    auto* new_user = add(*user, "add", "Make an account; the password is read from standard input", CommandName::kUserAdd);
    add_email(*new_user);
    new_user
        ->add_option("--username", line_.username,
                     "3 to 30 letters and digits, at most one `-` or `_` between them, no more than four digits in a row")
        ->required();
    add(*user, "list", "Show all accounts", CommandName::kUserList);
    add_email(*add(*user, "disable", "Lock an account; its sessions and tokens end", CommandName::kUserDisable));
    add_email(*add(*user, "enable", "Unlock an account", CommandName::kUserEnable));
    add(*user, "sample", "Add the sample users, for development", CommandName::kUserSample);
  }

  void add_mail() {
    auto* mail = app_.add_subcommand("mail", "Mail")->require_subcommand(1);
    add_email(*add(*mail, "test", "Send a test mail by each relay", CommandName::kMailTest));
    add_email(*add(*mail, "suppress", "Send no more mail to an address", CommandName::kMailSuppress));
    add_email(*add(*mail, "unsuppress", "Send mail to it again", CommandName::kMailUnsuppress));
    add(*mail, "suppressed", "Show the addresses that get no mail", CommandName::kMailSuppressed);
  }

  void add_doctor() {
    auto* doctor =
        add(app_, "doctor", "Find what is wrong with settings, machine, database, relay, edge and clocks", CommandName::kDoctor);
    doctor->add_flag_callback("--json", [this] { line_.form = ReportForm::kJson; }, "One JSON document instead of lines");
    doctor->add_option("--to", line_.email, "An address that takes mail: whether the relay would take a mail to it");
  }

  void add_email(CLI::App& command) { command.add_option("email", line_.email, "Mail address")->required(); }

  CommandLine line_;
  CLI::App app_{"Password recovery: the origin", "rekey-origin"};
};

}  // namespace

ParsedCommandLine parse_command_line(int argc, const char* const* argv) { return Parser().parse(argc, argv); }

}  // namespace rekey
