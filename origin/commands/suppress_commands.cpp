#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/report.h"
#include "origin/postgres/suppression_list.h"

namespace rekey {

int suppress_mail(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  const auto address = line.text("ADDRESS");
  const bool added = SuppressionList(desk.pool()).add(require_email(address), desk.new_act());
  Report(out, line.form()).outcome(address, added ? "is" : "was", added ? "suppressed" : "suppressed before");
  return 0;
}

int unsuppress_mail(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  const auto address = line.text("ADDRESS");
  const bool removed = SuppressionList(desk.pool()).remove(require_email(address), desk.new_act());
  Report(out, line.form()).outcome(address, "is", removed ? "no longer suppressed" : "not suppressed");
  return removed ? 0 : 1;
}

int list_suppressed(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  Report report(out, line.form());
  report.begin_list("suppressed");
  for (const auto& row : SuppressionList(desk.pool()).all()) {
    report.row({text_cell("email", 40, row.email), time_cell("since", row.since)});
  }
  report.end_list("");
  return 0;
}

}  // namespace rekey
