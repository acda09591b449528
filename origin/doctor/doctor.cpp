#include "origin/doctor/doctor.h"

#include <algorithm>

#include "origin/doctor/accounts_check.h"
#include "origin/doctor/clock_check.h"
#include "origin/doctor/database_check.h"
#include "origin/doctor/edge_check.h"
#include "origin/doctor/machine_check.h"
#include "origin/doctor/origin_check.h"
#include "origin/doctor/relay_check.h"
#include "origin/doctor/webhook_check.h"
#include "origin/mail/template_files.h"
#include "origin/system/system_clock.h"
#include "origin/system/system_random.h"

namespace rekey {
namespace {

constexpr int kWrongSettings = 2;

bool is_wrong(const Finding& finding) { return finding.verdict == Verdict::kWrong; }

void examine_settings(const SettingTexts& texts, DoctorReport& report) {
  for (const auto& warning : texts.warnings) report.add(Finding{Check::kSettings, Verdict::kNote, "unknown", warning});
  for (const auto& problem : texts.problems) report.add(Finding{Check::kSettings, Verdict::kWrong, "invalid", problem});
  if (texts.problems.empty()) report.add(all_well(Check::kSettings));
}

Finding examine_templates(const Settings& settings) {
  try {
    TemplateFiles::load(settings.templates_dir, settings.brand);
    return all_well(Check::kTemplates);
  } catch (const std::runtime_error& fault) {
    return {Check::kTemplates, Verdict::kWrong, "templates", fault.what()};
  }
}

void examine_relays(const Settings& settings, const DoctorOptions& options, const Clock& clock, DoctorReport& report) {
  if (settings.mail_webhook) return;
  report.add(examine_relay(settings.relay, RelayRank::kPrimary, options.recipient, options.patience, clock));
  if (!settings.fallback_relay) return;
  report.add(examine_relay(*settings.fallback_relay, RelayRank::kFallback, options.recipient, options.patience, clock));
}

void examine_all(const Settings& settings, const DoctorOptions& options, DoctorReport& report) {
  const SystemClock clock;
  SystemRandom random;
  report.add(judge_machine(settings, read_machine_limits()));
  report.add(examine_templates(settings));
  auto database = examine_database(settings, clock);
  const bool is_usable = std::ranges::none_of(database.findings, is_wrong);
  report.add(std::move(database.findings));
  if (is_usable) report.add(examine_accounts(settings));
  examine_relays(settings, options, clock, report);
  if (settings.mail_webhook || !settings.webhooks.empty()) report.add(examine_webhooks(settings, options.patience));
  auto origin = examine_origin(settings, options.patience, clock, random);
  report.add(std::move(origin.findings));
  auto edge = examine_edge(settings, origin.running, options.patience, clock, random);
  report.add(std::move(edge.findings));
  report.add(judge_clocks({database.clock_ahead, edge.clock_ahead}));
}

}  // namespace

int examine(const Settings* settings, const SettingTexts& texts, const DoctorOptions& options, std::ostream& out) {
  DoctorReport report(out, options.form);
  examine_settings(texts, report);
  if (settings != nullptr) examine_all(*settings, options, report);
  const int exit_code = report.finish();
  return settings == nullptr ? kWrongSettings : exit_code;
}

}  // namespace rekey
