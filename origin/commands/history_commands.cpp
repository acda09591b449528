#include <stdexcept>

#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/list_arguments.h"
#include "origin/commands/report.h"

namespace rekey {
namespace {

HistoryFilter filter_from(const CommandLine& line) {
  HistoryFilter filter;
  if (line.has("--to")) filter.address = require_email(line.text("--to")).normalized();
  filter.since = since_of(line);
  return filter;
}

// Adds the id of the account that has the filter's address. Returns: false for an address without an account.
bool add_account(AccountDesk& desk, HistoryFilter& filter) {
  if (filter.address.empty()) return true;
  filter.user_id = desk.find(filter.address).value_or("");
  return !filter.user_id.empty();
}

std::vector<Cell> cells_of_request(const RequestState& row) {
  return {time_cell("requested_at", row.requested_at), text_cell("state", 19, row.state),
          time_cell("ended_at", row.ended_at),         number_cell("attempts", 8, row.attempts),
          number_cell("smtp", 4, row.smtp_code),       text_cell("email", 24, row.masked_email),
          text_cell("client", 15, row.client_ip),      text_cell("request_id", 22, row.request_id)};
}

std::vector<Cell> cells_of_delivery(const DeliveryState& row) {
  return {number_cell("id", 8, row.id),
          text_cell("kind", 16, row.kind),
          text_cell("state", 19, row.state),
          time_cell("happened_at", row.happened_at),
          time_cell("due_at", row.due_at),
          time_cell("ended_at", row.ended_at),
          number_cell("attempts", 8, row.attempts),
          text_cell("outcome", 12, row.outcome),
          number_cell("smtp", 4, row.smtp_code),
          text_cell("email", 24, row.masked_email),
          text_cell("request_id", 22, row.request_id)};
}

std::vector<Cell> cells_of_audit(const AuditRow& row) {
  return {time_cell("at", row.at),
          text_cell("event", 19, row.event),
          text_cell("user_id", 36, row.user_id),
          text_cell("email", 24, row.masked_email),
          text_cell("client", 15, row.client_ip),
          text_cell("request_id", 22, row.request_id),
          text_cell("detail", 12, row.detail)};
}

std::vector<Cell> cells_of_session(const SessionState& row) {
  return {time_cell("started_at", row.started_at), time_cell("renewed_at", row.renewed_at),
          time_cell("expires_at", row.expires_at), text_cell("client", 15, row.client_ip),
          text_cell("request_id", 22, row.request_id)};
}

}  // namespace

int list_requests(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  auto filter = filter_from(line);
  filter.state = line.text("--state");
  Report report(out, line.form());
  const auto load = [&](const std::string& after, std::size_t most) {
    return desk.history().requests(filter, place_from(after), most);
  };
  report_pages(report, line, "requests", load, [](const RequestState& row) { return std::to_string(row.id); }, cells_of_request);
  return 0;
}

int list_deliveries(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  auto filter = filter_from(line);
  filter.state = line.text("--state");
  filter.kind = line.text("--kind");
  const bool somebody = add_account(desk, filter);
  Report report(out, line.form());
  const auto load = [&](const std::string& after, std::size_t most) {
    const auto place = place_from(after);
    return somebody ? desk.history().deliveries(filter, place, most) : std::vector<DeliveryState>();
  };
  report_pages(
      report, line, "deliveries", load, [](const DeliveryState& row) { return std::to_string(row.id); }, cells_of_delivery);
  return 0;
}

int list_audit(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  auto filter = filter_from(line);
  filter.kind = line.text("--event");
  filter.client_ip = line.text("--client");
  add_account(desk, filter);  // without one there may be rows of the typed address
  if (line.has("--after") && !is_audit_place(line.text("--after")))
    throw std::runtime_error("--after must be a text that an earlier page printed");
  Report report(out, line.form());
  const auto load = [&](const std::string& after, std::size_t most) { return desk.history().audit(filter, after, most); };
  report_pages(report, line, "audit", load, [](const AuditRow& row) { return row.place; }, cells_of_audit);
  return 0;
}

int list_sessions(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  Report report(out, line.form());
  const auto account = line.text("ACCOUNT");
  const auto id = desk.find(account);
  if (!id) {
    report.outcome(account, "has", "no account");
    return 1;
  }
  if (line.has("--end")) {
    desk.operators().end_sessions(*id, desk.new_act());
    report.outcome(account, "has", "no session any more");
    return 0;
  }
  report.begin_list("sessions");
  for (const auto& session : desk.operators().list_sessions(*id, line.number("--most"))) report.row(cells_of_session(session));
  report.end_list("");
  return 0;
}

}  // namespace rekey
