#include "edge/core/origin_call.h"

#include <algorithm>

#include "edge/core/client_address.h"
#include "edge/core/idempotency.h"
#include "edge/core/origin_choice.h"
#include "edge/core/problem.h"
#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/json_writer.h"
#include "shared/language.h"
#include "shared/message_signature.h"

namespace rekey::edge {
namespace {

constexpr std::uint32_t kMaxRetryAfter = 120;

std::string country_code(std::string_view country) {
  return country.size() == 2 && is_upper(country[0]) && is_upper(country[1]) ? std::string(country) : std::string();
}

void write_client(JsonWriter& json, const Context& context) {
  const auto& t = context.transcript;
  json.key(kClientName).begin_object();
  json.member(kClientIpName, ClientAddress::parse(t.header(context.settings.client_ip_header)).text);
  json.member(kUserAgentName, printable(t.header("user-agent"), kMaxUserAgentSize));
  json.member(kCountryName, country_code(t.country));
  json.member(kAcceptLanguageName, printable(bound_accept_language(t.header("accept-language")), kMaxAcceptLanguageSize))
      .end_object();
}

// Returns: nullptr for an optional field that the call does not have.
const std::string* value_of(const Call& call, InputField field) {
  const auto found =
      std::find_if(call.input.begin(), call.input.end(), [field](const InputValue& v) { return v.field == field; });
  if (found != call.input.end()) return &found->value;
  if (input_rule(field).need == FieldNeed::kRequired) __builtin_trap();
  return nullptr;
}

void write_input(JsonWriter& json, const CallRule& rule, const Call& call, bool suppressed) {
  json.key(kInputName).begin_object();
  for (const auto field : rule.input) {
    if (field == InputField::kSuppress) {
      json.key(input_name(field)).boolean(suppressed);
    } else if (const auto* value = value_of(call, field)) {
      json.member(input_name(field), *value);
    }
  }
  json.end_object();
}

std::string envelope(const Context& context, const Feature& feature, const CallRule& rule, const Call& call, bool suppressed) {
  JsonWriter json;
  json.begin_object().key(kVersionName).integer(kCallVersion).member(kRequestIdName, context.transcript.request_id());
  write_client(json, context);
  write_input(json, rule, call, suppressed);
  if (const auto repeat = repeat_text(context, feature); !repeat.empty()) json.member(kRepeatName, repeat);
  return json.end_object().take();
}

std::optional<OriginUser> parse_user(std::string_view body, UnknownFields unknown) {
  std::vector<FieldProblem> problems;
  const auto user = JsonObject::parse(body, kUserRules, problems, kMaxReplySize, unknown);
  if (!user) return std::nullopt;
  return OriginUser{.id = std::string(user->string(kUserIdName)),
                    .username = std::string(user->string(kUserUsernameName)),
                    .email = std::string(user->string(kUserEmailName)),
                    .is_active = user->boolean(kUserActiveName),
                    .is_verified = user->boolean(kUserVerifiedName),
                    .is_superuser = user->boolean(kUserSuperuserName)};
}

// In: what the answer's version says about unknown fields.
// Returns: nothing for a body that is too large, is not such JSON, or has an outcome of another use case.
std::optional<OriginOutcome> parse_outcome(const CallRule& rule, std::string_view body, UnknownFields unknown) {
  std::vector<FieldProblem> problems;
  const auto object = JsonObject::parse(body, kReplyRules, problems, kMaxReplySize, unknown);
  if (!object) return std::nullopt;
  const auto word = find_outcome(object->string(kOutcomeName));
  if (!word || !may_end_with(rule, *word)) return std::nullopt;
  OriginOutcome outcome{*word,
                        std::string(object->string(kReasonName)),
                        object->boolean(kRenewedName),
                        std::string(object->has(kOwnName) ? object->object(kOwnName) : std::string_view()),
                        std::string(object->string(kAccountName)),
                        std::nullopt};
  if (!object->has(kUserName)) return outcome;
  outcome.user = parse_user(object->object(kUserName), unknown);
  return outcome.user ? std::optional(std::move(outcome)) : std::nullopt;
}

// Whether a document of ours is of this type. The text needs no parser: a document with both types does not exist.
bool is_of_type(const OriginReply& reply, std::string_view type) { return reply.body.find(type) != std::string_view::npos; }

Answer refused_signature(const Feature& feature, const OriginReply& reply) {
  const bool stale = is_of_type(reply, kStaleSignatureType);
  if (feature.use_case != UseCase::kHealth) return unavailable(stale ? Event::kAlarmClock : Event::kAlarmRefusedSignature);
  auto answer = unavailable(stale ? kClocksApart : kOtherEdgeKeys);
  if (!stale) answer.event = Event::kAlarmRefusedSignature;
  return answer;
}

// In: an answer with 200. One without a version is judged like one that lacks any other field.
std::int64_t version_of(const OriginReply& reply) { return find_version(reply.body, kMaxReplySize).value_or(kCallVersion); }

// In: an answer that is no outcome. Returns: whether the origin is more than one version away, by its own words or by its
// version.
bool is_far(const OriginReply& reply) {
  if (reply.status == 400) return is_of_type(reply, kOtherVersionType);
  return reply.status == 200 && !is_neighbour(version_of(reply));
}

Answer other_version(const Feature& feature) {
  return feature.use_case == UseCase::kHealth ? unavailable(kOtherVersion) : unavailable(Event::kAlarmOtherVersion);
}

Answer refused_by_origin(const OriginReply& reply) {
  const auto seconds = parse_decimal(reply.retry_after, kMaxRetryAfter);
  return unavailable(Event::kOriginBusy, seconds ? reply.retry_after : "5");
}

// The outcomes that several use cases have alike.
std::optional<Answer> conclude_shared(CallOutcome outcome) {
  if (outcome == CallOutcome::kRecoveryOff) return problem_answer(kRecoveryOff);
  if (outcome == CallOutcome::kOtherBody) return problem_answer(kOtherBody);
  if (outcome != CallOutcome::kUnderWay) return std::nullopt;
  auto answer = problem_answer(kUnderWay);
  add_header(answer.headers, "retry-after", "1");
  return answer;
}

}  // namespace

CallOrigin make_origin_call(const Context& context, const Feature& feature, const Call& call, bool suppressed,
                            std::size_t origin) {
  CallOrigin out;
  const auto& rule = rule_of(feature.use_case);
  const auto path = std::string(kInternalPath) + std::string(rule.name);
  out.origin = origin;
  out.url = context.settings.origins[origin].url + path;
  out.body = envelope(context, feature, rule, call, suppressed);
  const auto fields = sign_call(context.settings.origin_keys.signing_key(), {"POST", path, out.body},
                                context.transcript.now_seconds(), context.transcript.request_id());
  add_header(out.headers, "content-type", "application/json");
  add_header(out.headers, "content-digest", fields.content_digest);
  add_header(out.headers, "signature-input", fields.signature_input);
  add_header(out.headers, "signature", fields.signature);
  out.deadline_ms = deadline_of(context, rule);
  return out;
}

std::optional<Answer> conclude(const Context& context, const Feature& feature, const OriginReply& reply) {
  if (reply.status != 200) return std::nullopt;
  const auto version = version_of(reply);
  if (!is_neighbour(version)) return std::nullopt;
  const auto outcome = parse_outcome(rule_of(feature.use_case), reply.body, unknown_fields_of(version));
  if (!outcome) return std::nullopt;
  auto shared = conclude_shared(outcome->outcome);
  return shared ? std::move(shared) : feature.conclude(context, *outcome);
}

Answer explain_failure(const Feature& feature, const OriginReply& reply) {
  if (reply.fault) return unavailable(reply.fault == kReplyTooLarge ? Event::kAlarmGarbled : Event::kOriginUnreachable);
  if (is_far(reply)) return other_version(feature);
  if (reply.status == 401) return refused_signature(feature, reply);
  if (reply.status == 503) return refused_by_origin(reply);
  if (reply.status >= 500) return unavailable(Event::kOriginError);
  return unavailable(reply.status >= 400 ? Event::kAlarmRefusedRequest : Event::kAlarmGarbled);
}

}  // namespace rekey::edge
