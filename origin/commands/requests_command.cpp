#include <ctime>
#include <iomanip>

#include "origin/commands/commands.h"
#include "origin/postgres/outbox.h"
#include "origin/postgres/pool.h"

namespace rekey {
namespace {

std::tm utc_parts(std::chrono::sys_seconds time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return parts;
}

void write_row(const RequestState& row, std::ostream& out) {
  const auto when = utc_parts(row.requested_at);
  out << std::put_time(&when, "%Y-%m-%dT%H:%M:%SZ") << "  " << std::left << std::setw(20) << row.state << "  tries "
      << std::setw(3) << row.attempts << "  SMTP " << std::setw(3) << row.smtp_code << "  " << row.masked_email << "\n";
}

}  // namespace

int list_reset_requests(const Settings& settings, std::size_t most, std::ostream& out) {
  PostgresPoolSettings pool_settings;
  pool_settings.database_url = settings.database_url.reveal();
  pool_settings.size = 1;
  PostgresPool pool(pool_settings);
  for (const auto& row : PostgresOutbox(pool).list_requests(most)) write_row(row, out);
  return 0;
}

}  // namespace rekey
