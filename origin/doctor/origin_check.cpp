#include "origin/doctor/origin_check.h"

#include <algorithm>
#include <optional>

#include "origin/doctor/challenge.h"
#include "origin/http/listen_address.h"
#include "origin/web/web_client.h"
#include "shared/codec/json_writer.h"
#include "shared/internal_calls.h"
#include "shared/key_fingerprints.h"
#include "shared/message_signature.h"

namespace rekey {
namespace {

using enum Verdict;

enum class OriginFault : std::uint8_t {
  kTaken,
  kOtherEdgeKeys,
  kOtherTokenKeys,
  kClock,
  kVersion,
  kUnavailable,
  kOther,
};

constexpr CauseRow<OriginFault> kFaults[] = {
    {OriginFault::kTaken, kWrong, "port", ""},  // and open_listener()'s text
    {OriginFault::kOtherEdgeKeys, kWrong, "other_keys",
     "the origin that runs at ORIGIN_LISTEN has other EDGE_ORIGIN_KEYS than these settings: start it again"},
    {OriginFault::kOtherTokenKeys, kWrong, "other_keys",
     "the origin that runs at ORIGIN_LISTEN has another RESET_PASSWORD_TOKEN_SECRET than these settings: start it again"},
    {OriginFault::kClock, kWrong, "clock", "the origin that runs at ORIGIN_LISTEN has another clock than this process"},
    {OriginFault::kVersion, kWrong, "other_version",
     "the origin that runs at ORIGIN_LISTEN is more than one version away from this program: start it again with this one"},
    {OriginFault::kUnavailable, kWrong, "unavailable",
     "the origin that runs at ORIGIN_LISTEN answers 503: it reaches no database; see its log"},
    {OriginFault::kOther, kWrong, "another_program", "another program answers at ORIGIN_LISTEN: end it, or choose another port"},
};

Finding finding_of_fault(OriginFault fault, std::string_view addition = "") {
  return finding_of(Check::kOrigin, *std::ranges::find(kFaults, fault, &CauseRow<OriginFault>::key), addition);
}

// Returns: why nothing can listen there; nothing if it can.
std::optional<std::string> try_listening(const ListenAddress& address) {
  try {
    open_listener(address);
    return std::nullopt;
  } catch (const std::runtime_error& fault) {
    return fault.what();
  }
}

std::string health_envelope(const Settings& settings, const std::string& id) {
  JsonWriter json;
  json.begin_object().key(kVersionName).integer(kCallVersion).member(kRequestIdName, id).key(kClientName).begin_object();
  for (const auto& rule : kClientRules) json.member(rule.name, "");
  json.end_object().key(kInputName).begin_object();
  json.member(kEdgeOriginKeysName, KeyFingerprints::of(settings.edge_origin_keys, id).text());
  json.member(kTokenKeysName, KeyFingerprints::of(settings.token_keys, id).text());
  return json.end_object().end_object().take();
}

WebRequest health_call(const Settings& settings, const std::string& id, UnixSeconds now) {
  const auto path = std::string(kInternalPath) + std::string(rule_of(UseCase::kHealth).name);
  WebRequest request{settings.origin_listen.url(settings.origin_listen.port()) + path, {}, health_envelope(settings, id)};
  const auto fields = sign_call(settings.edge_origin_keys.signing_key(), {"POST", path, request.body}, now, id);
  request.headers = {"content-type: application/json", "content-digest: " + fields.content_digest,
                     "signature-input: " + fields.signature_input, "signature: " + fields.signature};
  return request;
}

bool holds(const WebAnswer& answer, std::string_view text) { return answer.body.find(text) != std::string::npos; }

std::optional<OriginFault> fault_in(const WebAnswer& answer) {
  if (answer.status == 401 && holds(answer, kStaleSignatureType)) return OriginFault::kClock;
  if (answer.status == 401 && holds(answer, kBadSignatureType)) return OriginFault::kOtherEdgeKeys;
  if (answer.status == 503 && holds(answer, "about:blank")) return OriginFault::kUnavailable;
  if (answer.status == 400 && holds(answer, kOtherVersionType)) return OriginFault::kVersion;
  if (answer.status != 200) return OriginFault::kOther;
  const auto version = find_version(answer.body, kMaxReplySize);
  if (version && !is_neighbour(*version)) return OriginFault::kVersion;
  std::vector<FieldProblem> problems;
  const auto object = JsonObject::parse(answer.body, kReplyRules, problems, kMaxReplySize, UnknownFields::kIgnore);
  if (!object) return OriginFault::kOther;
  if (object->string(kReasonName) == kEdgeOriginKeysSetting) return OriginFault::kOtherEdgeKeys;
  if (object->string(kReasonName) == kTokenKeysSetting) return OriginFault::kOtherTokenKeys;
  return object->string(kOutcomeName) == outcome_word(CallOutcome::kOk) ? std::nullopt : std::optional(OriginFault::kOther);
}

OriginExamination judge(const WebAnswer& answer) {
  const auto fault = fault_in(answer);
  if (!fault) return {{all_well(Check::kOrigin, "it runs, with these keys")}, Running::kYes};
  return {{finding_of_fault(*fault)}, *fault == OriginFault::kOther ? Running::kNo : Running::kYes};
}

}  // namespace

OriginExamination examine_origin(const Settings& settings, std::chrono::milliseconds patience, const Clock& clock,
                                 Random& random) {
  const auto now = static_cast<UnixSeconds>(clock.now().time_since_epoch().count());
  const auto answer = ask_web(health_call(settings, new_challenge(random), now), patience);
  if (answer.end == WebEnd::kAnswer) return judge(answer);
  for (const auto& address : {settings.origin_listen, settings.ops_listen}) {
    if (const auto why = try_listening(address)) return {{finding_of_fault(OriginFault::kTaken, *why)}, Running::kNo};
  }
  return {{all_well(Check::kOrigin, "it does not run; its ports are free")}, Running::kNo};
}

}  // namespace rekey
