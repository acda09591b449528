#include <chrono>

#include "origin/commands/commands.h"
#include "origin/commands/relay_probe.h"
#include "origin/mail/template_files.h"
#include "origin/postgres/database_clock.h"
#include "origin/postgres/migration_runner.h"
#include "origin/postgres/pool.h"
#include "origin/system/system_clock.h"

namespace rekey {
namespace {

constexpr int kWrongSettings = 2;

class Examination {
 public:
  explicit Examination(std::ostream& out) : out_(out) {}

  // In: `verdict` is "" if all is well.
  void note(std::string_view thing, const std::string& verdict) {
    out_ << (verdict.empty() ? "ok    " : "WRONG ") << thing;
    if (!verdict.empty()) out_ << ": " << verdict;
    out_ << "\n";
    if (!verdict.empty()) exit_code_ = 1;
  }

  int exit_code() const { return exit_code_; }

 private:
  std::ostream& out_;
  int exit_code_ = 0;
};

std::string verdict_on_schema(const Settings& settings) {
  try {
    check_migrations(settings.database_url.reveal(), embedded_migrations());
    return {};
  } catch (const std::runtime_error& fault) {
    return fault.what();
  }
}

std::string verdict_on_clock(const Settings& settings) {
  try {
    PostgresPoolSettings one;
    one.database_url = settings.database_url.reveal();
    one.size = 1;
    PostgresPool pool(one);
    const auto apart = std::chrono::abs(database_clock_ahead(pool, SystemClock()));
    if (apart <= kMostClockDifference) return {};
    return "the database's clock and this machine's are " + std::to_string(apart.count()) + " s apart";
  } catch (const Unavailable&) {
    return "the database does not answer";
  }
}

std::string verdict_on_templates(const Settings& settings) {
  try {
    TemplateFiles::load(settings.templates_dir.empty() ? default_templates_folder()
                                                       : std::filesystem::path(settings.templates_dir));
    return {};
  } catch (const std::runtime_error& fault) {
    return fault.what();
  }
}

std::string verdict_on_relay(const Settings& settings) {
  const auto greeting = settings.relay.tls == MailTls::kImplicit ? Greeting::kAfterTls : Greeting::kExpected;
  return probe_relay(settings.relay.server, settings.relay.port, greeting);
}

}  // namespace

int examine(const Settings* settings, const SettingTexts& texts, std::ostream& out) {
  Examination examination(out);
  for (const auto& warning : texts.warnings) out << "note  " << warning << "\n";
  for (const auto& problem : texts.problems) examination.note("settings", problem);
  if (settings == nullptr) return kWrongSettings;
  examination.note("settings", "");
  examination.note("database and its schema", verdict_on_schema(*settings));
  examination.note("the database's clock", verdict_on_clock(*settings));
  examination.note("templates", verdict_on_templates(*settings));
  examination.note("mail relay", verdict_on_relay(*settings));
  return examination.exit_code();
}

}  // namespace rekey
