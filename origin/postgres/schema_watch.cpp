#include "origin/postgres/schema_watch.h"

namespace rekey {

bool SchemaWatch::serves(PostgresPool& pool) {
  const auto records = read_records([&](const SqlStatement& statement) { return pool.run(statement); });
  try {
    require_schema(records, plans_);
    alarmed_.clear();
    return true;
  } catch (const MigrationRefused& refused) {
    if (!alarmed_.test_and_set()) {  // one line for each time that it ceases to serve, however often it is asked
      metrics_.count(Counter::kAlarms, Label::kSchema);
      log_.write(Event::kOtherSchema, "", {{"reason", refused.what()}});
    }
    return false;
  }
}

void SchemaWatch::require(PostgresPool& pool) {
  if (!serves(pool)) throw Unavailable("the database's schema does not serve this origin");
}

}  // namespace rekey
