#include "origin/doctor/clock_check.h"

#include "origin/postgres/database_clock.h"

namespace rekey {
namespace {

bool agree(std::chrono::seconds a, std::chrono::seconds b) { return std::chrono::abs(a - b) <= kMostClockDifference; }

std::string apart(std::chrono::seconds ahead) {
  return std::to_string(std::chrono::abs(ahead).count()) + " s " + (ahead.count() > 0 ? "ahead of" : "behind");
}

Finding wrong(std::string_view cause, std::string text) { return {Check::kClocks, Verdict::kWrong, cause, std::move(text)}; }

// In: the only other clock.
Finding judge_two(std::string_view name, std::string_view cause, std::chrono::seconds ahead) {
  if (agree(ahead, {})) return all_well(Check::kClocks);
  return wrong(cause, std::string(name) + " clock is " + apart(ahead) + " this machine's: set the wrong one");
}

Finding judge_three(std::chrono::seconds database, std::chrono::seconds edge) {
  const bool with_database = agree(database, {});
  const bool with_edge = agree(edge, {});
  if (with_database && with_edge) return all_well(Check::kClocks);
  if (with_edge)
    return wrong("database", "the database's clock is " + apart(database) + " this machine's and the edge's: set it");
  if (with_database) return wrong("edge", "the edge's clock is " + apart(edge) + " this machine's and the database's: set it");
  if (agree(database, edge)) {
    return wrong("here", "this machine's clock is " + apart(-database) + " the database's and the edge's: set it");
  }
  return wrong(
      "all", "no two clocks agree: the database's is " + apart(database) + " this machine's, the edge's " + apart(edge) + " it");
}

}  // namespace

Finding judge_clocks(const ClockReadings& ahead) {
  if (ahead.database && ahead.edge) return judge_three(*ahead.database, *ahead.edge);
  if (ahead.database) return judge_two("the database's", "database", *ahead.database);
  if (ahead.edge) return judge_two("the edge's", "edge", *ahead.edge);
  return {Check::kClocks, Verdict::kNote, "unread", "neither the database's clock nor the edge's could be read"};
}

}  // namespace rekey
