#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "edge/core/problem.h"
#include "shared/codec/json_writer.h"
#include "shared/edge_statement.h"
#include "shared/key_fingerprints.h"

namespace rekey::edge {
namespace {

// No limiter counts it: the fingerprints cost less than the limiter's question.
Answer statement(const Settings& settings, UnixSeconds now, std::string_view challenge) {
  JsonWriter json;
  json.begin_object().key(kVersionName).integer(kCallVersion).key(kUnixTimeName).integer(now);
  json.member(kEdgeOriginKeysName, KeyFingerprints::of(settings.origin_keys, challenge).text());
  json.member(kTokenKeysName, KeyFingerprints::of(settings.token_keys, challenge).text());
  json.member(kFrontendUrlName, settings.frontend_url).member(kProductNameName, settings.product_name);
  json.key(kPasswordMinLengthName).integer(static_cast<std::int64_t>(settings.password_min_length));
  if (settings.features == FeatureSet::kAll) json.key(kSessionMinutesName).integer(settings.session_seconds / 60);
  json.member(kPasswordFormatName, password_format_word(settings.password_format));
  json.member(kRecoveryName, recovery_word(settings.recovery));
  return json_answer(200, json.end_object().take(), Event::kNone);
}

}  // namespace

Prepared prepare_health(const Context& context) {
  const auto challenge = context.transcript.header(kChallengeHeader);
  if (is_challenge(challenge)) return statement(context.settings, context.transcript.now_seconds(), challenge);
  const auto salt = context.transcript.request_id();
  return Call{{{InputField::kEdgeOriginKeys, KeyFingerprints::of(context.settings.origin_keys, salt).text()},
               {InputField::kTokenKeys, KeyFingerprints::of(context.settings.token_keys, salt).text()}},
              client_questions(context, Limit::kOtherPerClient)};
}

std::optional<Answer> conclude_health(const Context&, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kOk) {
    return json_answer(200, JsonWriter().begin_object().member("status", "ok").end_object().take(), Event::kNone);
  }
  if (outcome.reason == kTokenKeysSetting) return unavailable(kOtherTokenKeys);
  if (outcome.reason == kEdgeOriginKeysSetting) return unavailable(kOtherEdgeKeys);
  return std::nullopt;
}

}  // namespace rekey::edge
