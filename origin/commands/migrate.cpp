#include "origin/commands/commands.h"
#include "origin/postgres/migration_runner.h"

namespace rekey {

int migrate(const Settings& settings, std::ostream& out) {
  const auto applied = apply_migrations(settings.database_url.reveal(), embedded_migrations());
  for (const auto& name : applied) out << "applied " << name << "\n";
  if (applied.empty()) out << "nothing to do\n";
  return 0;
}

}  // namespace rekey
