#include <optional>
#include <stdexcept>

#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/list_arguments.h"
#include "origin/commands/report.h"
#include "origin/postgres/operator_webhooks.h"

namespace rekey {
namespace {

std::int64_t require_number(const std::string& text, const char* what) {
  const auto number = row_id_from(text);
  if (!number) throw std::runtime_error(what);
  return *number;
}

WebhookFilter filter_from(const CommandLine& line) {
  WebhookFilter filter;
  filter.state = line.text("--state");
  filter.type = line.text("--type");
  filter.since = since_of(line);
  return filter;
}

std::vector<Cell> cells_of_message(const WebhookRow& row) {
  return {number_cell("id", 8, row.id),
          number_cell("url", 3, row.url),
          text_cell("type", 24, row.type),
          text_cell("state", 9, row.state),
          time_cell("happened_at", row.happened_at),
          time_cell("due_at", row.due_at),
          time_cell("ended_at", row.ended_at),
          number_cell("attempts", 8, row.attempts),
          number_cell("status", 6, row.status),
          text_cell("reason", 15, row.reason),
          text_cell("account", 36, row.account),
          text_cell("message", 36, row.message_id)};
}

std::vector<Cell> cells_of_url(const WebhookUrlRow& row) {
  return {number_cell("id", 3, row.id),           text_cell("state", 7, row.state), time_cell("changed_at", row.changed_at),
          number_cell("waiting", 8, row.waiting), number_cell("dead", 8, row.dead), number_cell("failures", 8, row.failures),
          text_cell("url", 40, row.url)};
}

}  // namespace

int list_webhooks(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  auto filter = filter_from(line);
  const auto account = line.has("--account") ? desk.find(line.text("--account")) : std::optional<std::string>("");
  filter.account = account.value_or("");
  PostgresOperatorWebhooks webhooks(desk.pool());
  Report report(out, line.form());
  const auto load = [&](const std::string& after, std::size_t most) {
    const auto place = place_from(after);
    return account ? webhooks.list(filter, place, most) : std::vector<WebhookRow>();
  };
  report_pages(report, line, "webhooks", load, [](const WebhookRow& row) { return std::to_string(row.id); }, cells_of_message);
  return 0;
}

int list_webhook_urls(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  Report report(out, line.form());
  report.begin_list("urls");
  for (const auto& row : PostgresOperatorWebhooks(desk.pool()).urls()) report.row(cells_of_url(row));
  report.end_list("");
  return 0;
}

int resend_webhooks(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  PostgresOperatorWebhooks webhooks(desk.pool());
  const auto which = line.text("MESSAGE");
  const auto act = desk.new_act();
  const auto sent = which == "dead"
                        ? webhooks.resend_dead(act)
                        : webhooks.resend(require_number(which, "MESSAGE must be the id of a message, or `dead`"), act);
  Report(out, line.form()).object({number_cell("queued", 8, static_cast<std::int64_t>(sent))});
  return sent > 0 || which == "dead" ? 0 : 1;
}

int restart_webhook_url(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  const auto url = line.text("URL");
  const auto id = require_number(url, "URL must be the id of a URL: see `webhooks urls`");
  const bool restarted = PostgresOperatorWebhooks(desk.pool()).restart(id, desk.new_act());
  Report(out, line.form()).outcome(url, "is", restarted ? "active" : "not gone");
  return restarted ? 0 : 1;
}

}  // namespace rekey
