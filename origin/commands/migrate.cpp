#include "origin/commands/commands.h"
#include "origin/commands/report.h"
#include "origin/database_settings.h"
#include "origin/postgres/migration_runner.h"

namespace rekey {
namespace {

// In: the key of the list in JSON, the cell of each of its rows, and what a reader sees before each text.
void print_texts(const CommandLine& line, std::string_view list, std::string_view cell, std::string_view before,
                 const std::vector<std::string>& texts, std::ostream& out) {
  if (line.form() == ReportForm::kJson) {
    Report report(out, line.form());
    report.begin_list(list);
    for (const auto& text : texts) report.row({text_cell(cell, 0, text)});
    report.end_list("");
    return;
  }
  for (const auto& text : texts) out << before << text << "\n";
  if (texts.empty()) out << "nothing to do\n";
}

}  // namespace

int migrate(const Settings& settings, const CommandLine& line, std::ostream& out, std::ostream& err) {
  const auto access = database_access(settings);
  if (line.has("--dry-run")) {
    print_texts(line, "steps", "step", "", preview_migrations(access, embedded_migrations()), out);
    return 0;
  }
  MigrationOptions options;
  options.tell = [&err](const std::string& text) { err << text << std::endl; };
  print_texts(line, "applied", "migration", "applied ", apply_migrations(access, embedded_migrations(), options), out);
  return 0;
}

}  // namespace rekey
