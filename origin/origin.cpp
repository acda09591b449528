#include "origin/origin.h"

#include <algorithm>
#include <thread>

#include "origin/api/call_record.h"
#include "origin/api/internal_api.h"
#include "origin/api/internal_routes.h"
#include "origin/api/operation_routes.h"
#include "origin/database_settings.h"
#include "origin/http/fault_barrier.h"
#include "origin/http/http_front.h"
#include "origin/mail/curl_mailer.h"
#include "origin/mail/mail_worker.h"
#include "origin/mail/password_changed_mail.h"
#include "origin/mail/relay_mailer.h"
#include "origin/mail/reset_mail.h"
#include "origin/mail/session_reused_mail.h"
#include "origin/mail/template_files.h"
#include "origin/passwords/format_hasher.h"
#include "origin/passwords/utf8proc_normalizer.h"
#include "origin/postgres/account_source.h"
#include "origin/postgres/account_store.h"
#include "origin/postgres/answer_store.h"
#include "origin/postgres/database_clock.h"
#include "origin/postgres/metrics_of_queue.h"
#include "origin/postgres/migration_runner.h"
#include "origin/postgres/outbox.h"
#include "origin/postgres/recovery_store.h"
#include "origin/postgres/schema_watch.h"
#include "origin/postgres/webhook_outbox.h"
#include "origin/system/bounded_call.h"
#include "origin/system/json_log.h"
#include "origin/system/metrics_registry.h"
#include "origin/system/process_figures.h"
#include "origin/system/system_clock.h"
#include "origin/system/system_random.h"
#include "origin/webhooks/webhook_mailer.h"
#include "origin/webhooks/webhook_worker.h"
#include "shared/codec/encoding.h"

namespace rekey {
namespace {

GroupCommitSettings commit_settings(const Settings& settings) {
  GroupCommitSettings commit;
  commit.longest_wait = settings.database_wait;
  return commit;
}

// Calls that hash wait in the front, where waiting costs no thread. While one thread computes, three more talk to the database
// or are next in line, so that the hashing cores never idle.
constexpr std::size_t kThreadsPerHash = 4;

// Within kLongestWait 80 of them get their turn if a hash takes 25 ms, and all if it takes 15 ms. The others get 503.
constexpr std::size_t kWaitingPerHash = 128;

// Together with two waits in the hasher's own queue (at most a second each; a changed password is verified, then hashed) less
// than the edge's deadline for calls that hash (edge/core/origin_call.cpp).
constexpr std::chrono::milliseconds kLongestWait{2000};

// In: the limit on connections. Why half: a connection that waits for an answer can't be closed to make room for another.
LaneLimits heavy_limits(const Settings& settings, std::size_t connections) {
  const std::size_t waiting = std::min(settings.hash_parallel * kWaitingPerHash, connections / 2);
  return {settings.hash_parallel * kThreadsPerHash, waiting, kLongestWait, Gauge::kHashQueue};
}

// Room for all threads: the front turns callers away, not this queue.
HashTurnSettings turn_settings(const Settings& settings) {
  HashTurnSettings turns;
  turns.slots = settings.hash_parallel;
  turns.most_waiting = settings.hash_parallel * kThreadsPerHash;
  return turns;
}

InternalApiSettings api_settings(const Settings& settings, const MailTemplates& templates) {
  const auto tags = templates.languages();
  return {settings.features,
          settings.recovery,
          settings.registration,
          settings.product_name,
          settings.password_min_length,
          {settings.session_lifetime, settings.session_longest},
          {tags.begin(), tags.end()},
          settings.first_password,
          settings.code_misses_a_day};
}

Retention retention(const Settings& settings) {
  return {settings.requests_keep, settings.sessions_keep, settings.audit_keep, settings.webhooks_keep};
}

WebhookPace webhook_pace(const Settings& settings) {
  WebhookPace pace;
  pace.cadence = settings.mail_cadence;
  return pace;
}

std::vector<std::string> urls_of(const std::vector<WebhookTarget>& targets) {
  std::vector<std::string> urls;
  urls.reserve(targets.size());
  for (const auto& target : targets) urls.push_back(target.url);
  return urls;
}

MailWorkerSettings worker_settings(const Settings& settings, const OriginParts& parts) {
  MailWorkerSettings worker;
  worker.senders = settings.mail_senders;
  worker.pace.cadence = settings.mail_cadence;
  worker.pace.relays = settings.fallback_relay && !settings.mail_webhook && !parts.mailer ? 2 : 1;
  worker.lifetime = settings.reset_lifetime;
  worker.keep = retention(settings);
  worker.per_short = settings.mail_limit_short.count;
  worker.short_period = std::chrono::seconds(settings.mail_limit_short.period_seconds);
  worker.per_long = settings.mail_limit_long.count;
  worker.long_period = std::chrono::seconds(settings.mail_limit_long.period_seconds);
  worker.per_hour = settings.mail_limit_total;
  worker.missed_codes_a_day = settings.code_misses_a_day;
  return worker;
}

FrontLimits front_limits(const Settings& settings) {
  FrontLimits limits;
  limits.light.workers = settings.worker_threads;
  limits.heavy = heavy_limits(settings, limits.connections);
  return limits;
}

FrontLimits ops_limits() {
  FrontLimits limits;
  limits.name = Label::kOps;
  limits.connections = 64;
  limits.light.workers = 2;
  limits.light.queue = 16;
  limits.heavy = {0, 0, {}};                  // no call here hashes
  limits.shutdown = std::chrono::seconds(1);  // the other listener has used its time by then
  return limits;
}

// More than the hasher remembers, so that it notices too many; few enough to read at every start.
constexpr std::size_t kMostHashBeginnings = 32;

// For the mails under way, which get 4 s, and for a reply to the last of them.
constexpr std::chrono::milliseconds kLongestStop{6000};

// How long the operation listener waits for the database. Prometheus waits 10 s for an answer, and Kubernetes 1 s, by default.
constexpr std::chrono::milliseconds kPatienceForDatabase{800};

BuildInfo build_info(const Settings& settings) {
  const std::string_view newest = embedded_migrations().back().name;  // "0001_schema.sql"
  return {REKEY_VERSION, std::string(newest.substr(0, newest.find('_'))), settings.origin_name};
}

// A name that no other process has, not even this origin's next one.
std::string name_of_process(Random& random) {
  ByteArray<16> bytes{};
  random.fill(bytes);
  return to_hex(bytes);
}

void show_log(MetricsRegistry& metrics, const JsonLog& log) {
  metrics.show_total(Counter::kLogLinesLost, static_cast<double>(log.lost_lines()));
  metrics.show_total(Counter::kAlarms, static_cast<double>(log.failed_reopens()), Label::kLogFile);
}

void show_pool(MetricsRegistry& metrics, const PostgresPool& pool, Label name) {
  const auto figures = pool.figures();
  metrics.set(Gauge::kPoolSize, static_cast<std::int64_t>(figures.size), name);
  metrics.set(Gauge::kPoolInUse, static_cast<std::int64_t>(figures.in_use), name);
  metrics.set(Gauge::kPoolWaiting, static_cast<std::int64_t>(figures.waiting), name);
  metrics.show_total(Counter::kPoolWaits, static_cast<double>(figures.waits), name);
  metrics.show_total(Counter::kPoolRefusals, static_cast<double>(figures.refusals), name);
}

// For a program with a store of its own.
void hide_own_store(Metrics& metrics) {
  for (const Gauge gauge : {Gauge::kCommitQueue, Gauge::kResetRequests, Gauge::kPoolSize, Gauge::kPoolInUse, Gauge::kPoolWaiting,
                            Gauge::kDatabaseUp, Gauge::kClockAhead, Gauge::kOldest, Gauge::kMailsOfTheHour, Gauge::kPruneOverdue,
                            Gauge::kWebhooksWaiting, Gauge::kOldestWebhook, Gauge::kWebhookUrlsGone}) {
    metrics.clear(gauge);
  }
}

MailWriter sender_of(const Settings& settings) { return {settings.relay.from_address, settings.relay.from_name}; }

MailIdentity identity_of(const Settings& settings) {
  return {settings.product_name,   settings.frontend_url, settings.relay.from_address,
          settings.mail_contact,   settings.sign_in_hint, settings.first_password,
          settings.reset_page_url, settings.features,     settings.app_link_scheme};
}

}  // namespace

// In the order in which the parts depend on each other; destroyed in reverse.
struct Origin::Wiring {
  Wiring(const Settings& given, const OriginParts& given_parts) : settings(given), parts(given_parts) {}

  MailHooks make_hooks() const {
    MailHooks hooks;
    hooks.mailer = parts.mailer ? parts.mailer() : make_mailer();
    if (parts.after_forgot_password) {
      hooks.after_forgot_password = parts.after_forgot_password(*hooks.mailer);
    } else {
      hooks.after_forgot_password = std::make_unique<ResetMail>(identity_of(settings), templates, *hooks.mailer);
    }
    if (parts.after_reset_password) {
      hooks.after_reset_password = parts.after_reset_password(*hooks.mailer);
    } else {
      hooks.after_reset_password = std::make_unique<PasswordChangedMail>(identity_of(settings), templates, *hooks.mailer);
    }
    hooks.after_session_reuse = std::make_unique<SessionReusedMail>(identity_of(settings), templates, *hooks.mailer);
    return hooks;
  }

  std::unique_ptr<Mailer> make_mailer() const {
    if (settings.mail_webhook) return std::make_unique<WebhookMailer>(*settings.mail_webhook, sender_of(settings), clock);
    if (!settings.fallback_relay) return std::make_unique<CurlMailer>(settings.relay, clock);
    return std::make_unique<RelayMailer>(settings.relay, *settings.fallback_relay, clock);
  }

  std::string write_metrics() {
    show_process_figures(metrics);
    show_log(metrics, log);
    if (parts.store == nullptr) show_own_store();
    return metrics.text();
  }

  void show_own_store() {
    show_pool(metrics, request_pool, Label::kRequests);
    show_pool(metrics, worker_pool, Label::kMail);
    metrics.set(Gauge::kCommitQueue, static_cast<std::int64_t>(own_recovery.waiting_requests()));
    try {
      database_reading.run_within(kPatienceForDatabase);
      metrics.set(Gauge::kDatabaseUp, 1);
    } catch (const Unavailable&) {  // all other metrics are still shown: they matter most when the database is gone
      queue_metrics.hide();
      metrics.clear(Gauge::kClockAhead);
      metrics.set(Gauge::kDatabaseUp, 0);
      metrics.count(Counter::kUnavailable, Label::kMetrics);
    }
  }

  void require_registrable_accounts() {
    const auto source = foreign_accounts(request_pool);
    if (source.empty() || settings.registration == Registration::kOff) return;
    throw WrongSetting("REGISTRATION must be off: the accounts are those of " + source + ", which alone adds to them");
  }

  // A large table may be slow just after the database's start. The kinds are then learnt one by one.
  void expect_stored_hashes() {
    try {
      hasher.expect(accounts.list_hash_beginnings(kMostHashBeginnings));
    } catch (const Unavailable&) {
      metrics.count(Counter::kUnavailable, Label::kDatabase);
      log.write(Event::kUnavailable, {}, {{"of", "database"}, {"in", "hash_kinds"}});
    }
  }

  // A program's own store has no schema of ours.
  void require_readiness() {
    if (parts.store == nullptr) return schema_watch.require(request_pool);
    recovery.ping();
  }

  void give_up_gauges() {
    try {
      queue_metrics.give_up();
    } catch (const Unavailable&) {
      return;  // the lease runs out
    }
  }

  // When nobody waits for an answer any more. A database that hangs is given up after the time that the mails under way have.
  void stop_worker() {
    request_pool.close();
    BoundedCall ending([this] {
      worker.stop();
      webhooks.stop();
    });
    try {
      ending.run_within(kLongestStop);
    } catch (const Unavailable&) {
      worker_pool.close();
    }
  }

  const Settings settings;
  const OriginParts parts;
  SystemClock clock;
  SystemRandom random;
  Utf8procNormalizer normalizer;
  MetricsRegistry metrics{build_info(settings)};
  JsonLog log{{settings.log_level, settings.origin_name, settings.log_file}};
  TemplateFiles templates = TemplateFiles::load(settings.templates_dir, settings.brand);

  PostgresPool request_pool{request_pool_settings(settings)};
  PostgresPool worker_pool{worker_pool_settings(settings)};
  ClockWatch clock_watch{worker_pool, clock, metrics, log};
  SchemaWatch schema_watch{embedded_migrations(), metrics, log};
  PostgresAccountStore own_accounts{request_pool};
  PostgresRecoveryStore own_recovery{request_pool, commit_settings(settings)};
  PostgresAnswerStore own_answers{request_pool};
  PostgresOutbox own_outbox{worker_pool};
  QueueMetrics queue_metrics{worker_pool, metrics, name_of_process(random), retention(settings)};
  BoundedCall database_reading{[this] {
    queue_metrics.measure();
    clock_watch.compare();
    schema_watch.serves(worker_pool);
  }};
  FormatHasher own_hasher{settings.password_format, turn_settings(settings), random, metrics, log};

  AccountStore& accounts = parts.store != nullptr ? static_cast<AccountStore&>(*parts.store) : own_accounts;
  RecoveryStore& recovery = parts.store != nullptr ? static_cast<RecoveryStore&>(*parts.store) : own_recovery;
  Outbox& outbox = parts.store != nullptr ? static_cast<Outbox&>(*parts.store) : own_outbox;
  PasswordHasher& hasher = parts.hasher != nullptr ? *parts.hasher : own_hasher;

  MailTokens tokens{settings.token_keys, as_bytes(settings.seed_secret.reveal())};
  MailWorker worker{
      worker_settings(settings, parts), {outbox, random, clock, metrics, log}, tokens, [this] { return make_hooks(); }};
  PostgresWebhooks own_webhooks{worker_pool};
  std::vector<std::int64_t> webhook_ids;
  WebhookWorker webhooks{webhook_pace(settings), {own_webhooks, random, clock, metrics, log}};
  CallEvents call_events{log};
  GuessWatch guesses{random, clock, call_events, metrics};
  InternalApi api{api_settings(settings, templates),
                  {accounts, recovery, hasher, normalizer, guesses, clock, call_events, metrics,
                   parts.store == nullptr ? &own_answers : nullptr},
                  {settings.edge_origin_keys, settings.token_keys}};

  BoundedCall readiness{[this] { require_readiness(); }};
  InternalRoutes internal_routes{{api, settings.edge_origin_keys, clock, call_events, metrics}};
  OperationRoutes operation_routes{{[this] { readiness.run_within(kPatienceForDatabase); }, [this] { return write_metrics(); }},
                                   {log, metrics}};
  HttpFront ops_front{settings.ops_listen, operation_routes, ops_limits(), clock, metrics};
  HttpFront front{settings.origin_listen, internal_routes, front_limits(settings), clock, metrics};
};

// Checks the schema before listening, so that an open port means a working server.
Origin::Origin(const Settings& settings, const OriginParts& parts) {
  if (parts.store == nullptr) check_migrations(database_access(settings), embedded_migrations());
  wiring_ = std::make_unique<Wiring>(settings, parts);
  wiring_->metrics.set(Gauge::kHashQueuePlaces, static_cast<std::int64_t>(front_limits(settings).heavy.queue));
  if (parts.store == nullptr) wiring_->clock_watch.compare();
  if (parts.store == nullptr) wiring_->require_registrable_accounts();
  if (parts.store != nullptr) hide_own_store(wiring_->metrics);
  if (parts.store == nullptr) {
    wiring_->webhook_ids = wiring_->own_webhooks.set_urls(urls_of(settings.webhooks), settings.webhook_events);
  } else if (!settings.webhooks.empty()) {
    throw std::runtime_error("WEBHOOK_URLS needs PostgreSQL: a store of your own reports no events");
  }
  wiring_->expect_stored_hashes();
}
Origin::~Origin() = default;

namespace {

// Serves the operation listener beside the other one until the end of the scope.
class OpsService {
 public:
  explicit OpsService(HttpFront& front) : front_(front), thread_([this] { front_.run(); }) {}
  ~OpsService() {
    front_.stop();
    thread_.join();
  }
  OpsService(const OpsService&) = delete;
  OpsService& operator=(const OpsService&) = delete;

 private:
  HttpFront& front_;
  std::thread thread_;
};

}  // namespace

void Origin::run() {
  auto& wiring = *wiring_;
  wiring.worker.start();
  wiring.webhooks.start(wiring.settings.webhooks, wiring.webhook_ids);
  {
    const OpsService ops(wiring.ops_front);
    wiring.log.write(Event::kStarted, "", {{"listen", wiring.settings.origin_listen.text()}});
    wiring.front.run();
    wiring.stop_worker();
  }
  wiring.give_up_gauges();
  wiring.worker_pool.close();
  wiring.log.write(Event::kStopped, "", {});
}

void Origin::stop() {
  wiring_->log.write(Event::kStopping, "", {});
  wiring_->worker.begin_stop();
  wiring_->webhooks.begin_stop();
  wiring_->front.stop();
}

void Origin::reopen_log() { wiring_->log.reopen(); }

std::chrono::nanoseconds Origin::since_mail_step() const { return wiring_->worker.since_step(); }

std::uint16_t Origin::port() const { return wiring_->front.port(); }
std::uint16_t Origin::ops_port() const { return wiring_->ops_front.port(); }

}  // namespace rekey
