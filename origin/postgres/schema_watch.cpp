#include "origin/postgres/schema_watch.h"

namespace rekey {

void SchemaWatch::require() {
  const auto records = read_records([this](const SqlStatement& statement) { return pool_.run(statement); });
  try {
    require_schema(records, plans_);
    alarmed_.clear();
  } catch (const MigrationRefused& refused) {
    if (!alarmed_.test_and_set()) {  // one line for each time that it ceases to serve, however often /readyz is asked
      metrics_.count(Counter::kAlarms, Label::kSchema);
      log_.write(Event::kOtherSchema, "", {{"reason", refused.what()}});
    }
    throw Unavailable("the database's schema does not serve this origin");
  }
}

}  // namespace rekey
