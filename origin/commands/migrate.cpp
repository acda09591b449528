#include "origin/commands/commands.h"
#include "origin/postgres/migration_runner.h"

namespace rekey {
namespace {

void preview(const std::string& database_url, std::ostream& out) {
  const auto lines = preview_migrations(database_url, embedded_migrations());
  for (const auto& line : lines) out << line << "\n";
  if (lines.empty()) out << "nothing to do\n";
}

}  // namespace

int migrate(const Settings& settings, const CommandLine& line, std::ostream& out, std::ostream& err) {
  const auto& url = settings.database_url.reveal();
  if (line.has("--dry-run")) {
    preview(url, out);
    return 0;
  }
  MigrationOptions options;
  options.tell = [&err](const std::string& text) { err << text << std::endl; };
  const auto applied = apply_migrations(url, embedded_migrations(), options);
  for (const auto& name : applied) out << "applied " << name << "\n";
  if (applied.empty()) out << "nothing to do\n";
  return 0;
}

}  // namespace rekey
