#include "edge/core/step.h"

#include "edge/core/admission.h"
#include "edge/core/client_address.h"
#include "edge/core/cross_origin.h"
#include "edge/core/device.h"
#include "edge/core/idempotency.h"
#include "edge/core/limiter.h"
#include "edge/core/metrics_page.h"
#include "edge/core/origin_call.h"
#include "edge/core/problem.h"
#include "edge/core/security_headers.h"
#include "edge/core/site.h"
#include "edge/core/tally.h"
#include "shared/edge_statement.h"

namespace rekey::edge {
namespace {

// The state of the limiters' questions: the next action, or all have passed.
struct Limits {
  std::optional<Action> next;
  bool suppressed = false;
};

Answer refuse(const Context& context, const Question& question, std::int64_t wait_micros, Refusals& refusals) {
  refusals.note(limiter_key(question), context.transcript.now, wait_micros);
  return too_many(context.settings, question, wait_micros);
}

// Returns: the refusal of the first question that is known to be over its limit, or nothing.
std::optional<Answer> recall_refusal(const Context& context, std::span<const Question> questions, const Refusals& refusals) {
  for (const auto& question : questions) {
    if (question.when_limited != WhenLimited::kRefuse) continue;
    const auto limit = limit_of(context.settings, question);
    const auto wait = refusals.find(limiter_key(question), limit, context.transcript.now);
    if (wait > 0) return too_many(context.settings, question, wait);
  }
  return std::nullopt;
}

Limits ask_limiters(const Context& context, std::span<const Question> questions, Refusals& refusals) {
  Limits limits;
  for (const auto message : context.transcript.verdicts) {
    const auto verdicts = read_verdicts(message);
    if (!verdicts || verdicts->size() > questions.size()) return {unavailable(Event::kLimiterUnavailable)};
    for (const auto& verdict : *verdicts) {
      const auto& question = questions.front();
      questions = questions.subspan(1);
      if (verdict.verdict == RateVerdict::kAllowed) continue;
      if (question.when_limited == WhenLimited::kRefuse) return {refuse(context, question, verdict.wait_micros, refusals)};
      limits.suppressed = true;
    }
  }
  if (questions.empty()) return limits;
  if (auto refusal = recall_refusal(context, questions, refusals)) return {*std::move(refusal)};
  return {ask_limiter(context, questions)};
}

// A difference of keys, clocks or versions is what /healthz is asked for, even if another origin serves.
bool is_told(const Feature& feature, Event event) {
  if (feature.use_case != UseCase::kHealth) return false;
  return event == Event::kAlarmRefusedSignature || event == Event::kAlarmClock || event == Event::kAlarmOtherVersion;
}

// After a reply that does not serve the call: the next origin, or 503.
Action go_on(const Context& context, const Feature& feature, const Call& call, bool suppressed, OriginHealth& health) {
  const auto& rule = rule_of(feature.use_case);
  const auto& failed = context.transcript.replies.back();
  health.note_failure(failed.origin, rule.cost, failure_of(failed), context.transcript.present);
  auto failure = explain_failure(feature, failed);
  if (is_told(feature, failure.event)) return failure;
  const auto origin = choose_origin(context, rule, health);
  if (!origin) return failure;
  auto next = make_origin_call(context, feature, call, suppressed, *origin);
  if (failed.fault) return next;  // the host has logged it
  next.event = failure.event;
  next.event_status = failed.status;
  return next;
}

Action call_origin(const Context& context, const Feature& feature, const Call& call, bool suppressed, OriginHealth& health) {
  const auto& replies = context.transcript.replies;
  const auto& rule = rule_of(feature.use_case);
  if (replies.empty()) {
    const auto origin = choose_origin(context, rule, health);
    return make_origin_call(context, feature, call, suppressed, *origin);
  }
  auto answer = conclude(context, feature, replies.back());
  if (!answer) return go_on(context, feature, call, suppressed, health);
  health.note_success(replies.back().origin, rule.cost);
  if (suppressed && answer->event == Event::kForgotAccepted) answer->event = Event::kForgotSuppressed;
  return *std::move(answer);
}

Action carry_out(const Context& context, const Feature& feature, Memory& memory) {
  const auto prepared = feature.prepare(context);
  if (const auto* answer = std::get_if<Answer>(&prepared)) return *answer;
  if (const auto* convert = std::get_if<ConvertDomain>(&prepared)) return *convert;
  const auto& call = std::get<Call>(prepared);
  auto limits = ask_limiters(context, call.questions, memory.refusals);
  if (limits.next) return *std::move(limits.next);
  return call_origin(context, feature, call, limits.suppressed, memory.origins);
}

std::uint64_t client_hash(const Settings& settings, const Transcript& transcript) {
  const auto client = ClientAddress::parse(transcript.header(settings.client_ip_header)).key;
  const auto digest = hmac_sha256(settings.token_keys.signing_key().bytes(), {as_bytes("rekey failures v1"), as_bytes(client)});
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) hash = hash << 8 | digest[i];
  return hash;
}

// A client that fails too often gets 429 instead of the answer.
Action count_failure(const Settings& settings, Memory& memory, const Transcript& transcript, Action action) {
  const auto* answer = std::get_if<Answer>(&action);
  if (answer == nullptr || answer->blame == Blame::kNone) return action;
  const Question question{Limit::kFailuresPerClient, {}};
  RateTable failures(memory.failing_clients);
  const auto counted = failures.count(client_hash(settings, transcript), limit_of(settings, question), transcript.now);
  if (counted.decision.verdict == RateVerdict::kAllowed) return action;
  return too_many(settings, question, counted.decision.wait_micros);
}

Action serve(const Context& context, const Url& url, const Feature& feature, Memory& memory) {
  if (auto refusal = admit(context, url, feature)) return *std::move(refusal);
  if (auto body = await_body(context, feature)) return *std::move(body);
  return carry_out(context, feature, memory);
}

Found decide(const Settings& settings, Memory& memory, const Transcript& transcript, const std::optional<Url>& url) {
  if (auto refusal = refuse_form(transcript, url)) return {*std::move(refusal), Endpoint::kOther};
  const auto route = find_route(settings, transcript.method, url->path);
  if (route.feature != nullptr) {
    return {serve({settings, transcript, route.feature->dialect}, *url, *route.feature, memory), route.endpoint};
  }
  if (!route.allowed.empty()) return {refuse_method(settings, transcript, *url, route), route.endpoint};
  if (auto found = find_in_site(settings, transcript, *url)) return *std::move(found);
  if (url->path != kMetricsPath) return {not_found(settings, transcript), Endpoint::kOther};
  auto metrics = find_metrics(settings, transcript, *url);
  return {metrics ? *std::move(metrics) : not_found(settings, transcript), Endpoint::kMetrics};
}

bool has_texts(const Action& action) {
  const auto* answer = std::get_if<Answer>(&action);
  return answer != nullptr && answer->texts == Texts::kForPeople;
}

bool is_final(const Action& action) { return std::holds_alternative<Answer>(action) || std::holds_alternative<Document>(action); }

constexpr UnixMillis kReportInterval = 60'000;  // so that a proxy without the header does not fill the log

// Requests without a readable address share one client's limits. The operator must know: a wrong CLIENT_IP_HEADER puts all
// clients there.
bool must_report_address(const Settings& settings, Memory& memory, const Transcript& transcript, const Action& action) {
  if (!std::holds_alternative<Answer>(action)) return false;
  if (ClientAddress::parse(transcript.header(settings.client_ip_header)).is_known()) return false;
  const auto since = transcript.now - memory.address_reported_at;
  if (since >= 0 && since < kReportInterval) return false;
  memory.address_reported_at = transcript.now;
  return true;
}

}  // namespace

void write_next_step(const Settings& settings, Memory& memory, const Transcript& transcript, MessageWriter& out) {
  const auto url = Url::parse(transcript.url);
  auto found = decide(settings, memory, transcript, url);
  auto action = count_failure(settings, memory, transcript, std::move(found.action));
  if (is_final(action)) share_answer(settings, transcript, found.endpoint, action);
  write_action(out, action);
  if (is_final(action)) out.number(kTagTally, tally_of(found.endpoint, outcome_of(action)));
  if (has_texts(action)) out.text(kTagLanguage, reader_language(settings, transcript));
  out.text(kTagRequestId, transcript.request_id());
  const auto set = header_set_of(action, url ? url->scheme : Scheme::kHttp);
  out.number(kTagHeaderSet, static_cast<std::uint64_t>(set));
  if (must_report_address(settings, memory, transcript, action)) out.text(kTagEvent, event_word(Event::kAlarmClientAddress));
}

std::vector<std::string_view> wanted_headers(const Settings& settings) {
  return {"accept",       "accept-language", "authorization",    "content-encoding", "content-length",
          "content-type", "cookie",          "origin",           "sec-fetch-site",   "upgrade",
          "user-agent",   kChallengeHeader,  kIdempotencyHeader, kDeviceHeader,      settings.client_ip_header};
}

}  // namespace rekey::edge
