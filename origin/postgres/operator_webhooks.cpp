#include "origin/postgres/operator_webhooks.h"

#include <limits>

#include "origin/postgres/audit.h"

namespace rekey {
namespace {

#define REKEY_EPOCH(column) "floor(extract(epoch FROM " column "))::bigint"

constexpr SqlStatement kList{"operator_webhooks", R"(
SELECT id, url, message_id, type, account, state, )" REKEY_EPOCH("happened_at") " AS happened_at, " REKEY_EPOCH(
                                                      "due_at") " AS due_at, " REKEY_EPOCH("ended_at") R"( AS ended_at,
       attempt, status, reason
FROM rekey.webhook_messages
WHERE id < $1 AND ($2 = '' OR account = $2) AND ($3 = '' OR state = $3) AND ($4 = '' OR type = $4)
  AND ($5::bigint = 0 OR happened_at > now() - make_interval(secs => $5::bigint))
ORDER BY id DESC LIMIT $6)"};

constexpr SqlStatement kUrls{"operator_webhook_urls", R"(
SELECT u.id, u.url, u.state, )" REKEY_EPOCH("u.changed_at") R"( AS changed_at, u.failures,
       (SELECT count(*) FROM rekey.webhook_messages m WHERE m.url = u.id AND m.due_at IS NOT NULL) AS waiting,
       (SELECT count(*) FROM rekey.webhook_messages m WHERE m.url = u.id AND m.state = 'dead') AS dead
FROM rekey.webhook_urls u ORDER BY u.id)"};

#define REKEY_RESEND(condition)                                                                                                \
  "UPDATE rekey.webhook_messages SET state = 'queued', due_at = now(), ended_at = NULL, first_try_at = NULL, waiting_since = " \
  "now(), "                                                                                                                    \
  "deliver_by = now() + interval '1 day' WHERE " condition                                                                     \
  " AND url = ANY (ARRAY(SELECT id FROM rekey.webhook_urls WHERE state = 'active')) RETURNING 1"

constexpr SqlStatement kResend{"resend_webhook", REKEY_RESEND("id = $1 AND ended_at IS NOT NULL")};

// In pieces, each within a statement's time.
constexpr std::size_t kResendPiece = 5000;
constexpr SqlStatement kResendDead{
    "resend_dead_webhooks",
    REKEY_RESEND(
        "id = ANY (ARRAY(SELECT m.id FROM rekey.webhook_messages m JOIN rekey.webhook_urls u ON u.id = m.url AND u.state "
        "= 'active' WHERE m.end_state = 'dead' ORDER BY m.id LIMIT $1))")};

constexpr SqlStatement kRestart{"restart_webhook_url", R"(
UPDATE rekey.webhook_urls SET state = 'active', changed_at = now(), failures = 0, held_until = now()
WHERE id = $1 AND state = 'gone' RETURNING 1)"};

std::optional<std::chrono::sys_seconds> time_or_none(const SqlRow& row, std::string_view column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

WebhookRow message_from(const SqlRow& row) {
  return {.id = row.integer("id"),
          .url = row.integer("url"),
          .message_id = row.text("message_id"),
          .type = row.text("type"),
          .account = row.text("account"),
          .state = row.text("state"),
          .happened_at = row.time("happened_at"),
          .due_at = time_or_none(row, "due_at"),
          .ended_at = time_or_none(row, "ended_at"),
          .attempts = row.integer("attempt"),
          .status = row.integer("status"),
          .reason = row.text("reason")};
}

WebhookUrlRow url_from(const SqlRow& row) {
  return {.id = row.integer("id"),
          .url = row.text("url"),
          .state = row.text("state"),
          .changed_at = row.time("changed_at"),
          .waiting = row.integer("waiting"),
          .dead = row.integer("dead"),
          .failures = row.integer("failures")};
}

}  // namespace

std::vector<WebhookRow> PostgresOperatorWebhooks::list(const WebhookFilter& filter, std::int64_t after, std::size_t most) {
  const auto below = after == 0 ? std::numeric_limits<std::int64_t>::max() : after;
  const auto params = SqlParams().integer(below).text(filter.account).text(filter.state).text(filter.type);
  const SqlRows rows = pool_.run(kList, SqlParams(params).seconds(filter.since).integer(static_cast<std::int64_t>(most)));
  std::vector<WebhookRow> messages;
  messages.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) messages.push_back(message_from(rows[i]));
  return messages;
}

std::vector<WebhookUrlRow> PostgresOperatorWebhooks::urls() {
  const SqlRows rows = pool_.run(kUrls);
  std::vector<WebhookUrlRow> urls;
  urls.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) urls.push_back(url_from(rows[i]));
  return urls;
}

std::size_t PostgresOperatorWebhooks::resend(std::int64_t message, const OperatorAct& act) {
  return resend(kResend, SqlParams().integer(message), act);
}

std::size_t PostgresOperatorWebhooks::resend_dead(const OperatorAct& act) {
  std::size_t messages = 0;
  for (std::size_t piece = kResendPiece; piece == kResendPiece; messages += piece)
    piece = resend(kResendDead, SqlParams().integer(std::int64_t{kResendPiece}), act);
  return messages;
}

std::size_t PostgresOperatorWebhooks::resend(const SqlStatement& statement, const SqlParams& params, const OperatorAct& act) {
  std::size_t messages = 0;
  pool_.transact([&](SqlSession& session) {
    messages = session.run(statement, params).size();
    if (messages == 0) return;
    write_operator_audit(session, "webhooks.resent", "", act.request_id, std::to_string(messages) + " by " + act.name);
  });
  return messages;
}

bool PostgresOperatorWebhooks::restart(std::int64_t url, const OperatorAct& act) {
  bool restarted = false;
  pool_.transact([&](SqlSession& session) {
    restarted = !session.run(kRestart, SqlParams().integer(url)).empty();
    if (restarted)
      write_operator_audit(session, "webhooks.restarted", "", act.request_id, std::to_string(url) + " by " + act.name);
  });
  return restarted;
}

}  // namespace rekey
