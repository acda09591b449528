#include <ctime>
#include <iomanip>

#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/postgres/suppression_list.h"

namespace rekey {
namespace {

// One connection, and the list on it.
class SuppressionDesk {
 public:
  explicit SuppressionDesk(const Settings& settings) : pool_(one_connection(settings)) {}
  SuppressionList& list() { return list_; }

 private:
  static PostgresPoolSettings one_connection(const Settings& settings) {
    PostgresPoolSettings pool;
    pool.database_url = settings.database_url.reveal();
    pool.size = 1;
    return pool;
  }

  PostgresPool pool_;
  SuppressionList list_{pool_};
};

void write_row(const SuppressedAddress& row, std::ostream& out) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(row.since);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  out << std::put_time(&parts, "%Y-%m-%dT%H:%M:%SZ") << "  " << row.email << "\n";
}

}  // namespace

int suppress_mail(const Settings& settings, std::string_view address, std::ostream& out) {
  const bool added = SuppressionDesk(settings).list().add(require_email(address));
  out << (added ? "suppressed: no mail will be sent to this address\n" : "this address was suppressed before\n");
  return 0;
}

int unsuppress_mail(const Settings& settings, std::string_view address, std::ostream& out) {
  const bool removed = SuppressionDesk(settings).list().remove(require_email(address));
  out << (removed ? "no longer suppressed\n" : "this address is not suppressed\n");
  return removed ? 0 : 1;
}

int list_suppressed(const Settings& settings, std::ostream& out) {
  for (const auto& row : SuppressionDesk(settings).list().all()) write_row(row, out);
  return 0;
}

}  // namespace rekey
