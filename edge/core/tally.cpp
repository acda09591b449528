#include "edge/core/tally.h"

#include <array>
#include <initializer_list>
#include <iterator>
#include <optional>

#include "edge/core/features.h"

namespace rekey::edge {
namespace {

using enum Outcome;

Outcome outcome_of_status(std::uint16_t status) {
  if (status < 300) return kOk;
  if (status < 400) return kRedirected;
  if (status == 404) return kNotFound;
  return status == 405 ? kWrongMethod : kBadInput;
}

struct EventOutcome {
  Event event;
  std::optional<Outcome> outcome;  // nothing where the status tells
};

constexpr EventOutcome kOfEvents[] = {
    {Event::kNone, std::nullopt},
    {Event::kShapeRefused, kBadInput},
    {Event::kCrossSiteRefused, kCrossSite},
    {Event::kHttpRefused, kPlainHttp},
    {Event::kLimitReached, kLimited},
    {Event::kFailuresLimited, kLimitedFailures},
    {Event::kLimiterUnavailable, kLimiterFailed},
    {Event::kForgotAccepted, kAccepted},
    {Event::kForgotSuppressed, kSuppressed},
    {Event::kTokenRefused, kMalformedToken},
    {Event::kTokenForged, kForgedToken},
    {Event::kTokenExpired, kExpiredToken},
    {Event::kTokenUnknown, kUnknownToken},
    {Event::kResetDone, std::nullopt},
    {Event::kCancelAccepted, std::nullopt},
    {Event::kPasswordRefused, kPasswordRefused},
    {Event::kPasswordWrong, kWrongPassword},
    {Event::kPasswordChanged, std::nullopt},
    {Event::kLoginRefused, kBadCredentials},
    {Event::kLoginDone, std::nullopt},
    {Event::kLogoutDone, std::nullopt},
    {Event::kSessionRefused, kNoSession},
    {Event::kSessionForged, kForgedToken},
    {Event::kSessionRenewed, std::nullopt},
    {Event::kRegisterDone, kCreated},
    {Event::kRegisterTaken, kTaken},
    {Event::kRegisterOff, kRegistrationOff},
    {Event::kRecoveryOff, kRecoveryOff},
    {Event::kOriginBusy, kOriginBusy},
    {Event::kOriginError, kOriginFailed},
    {Event::kOriginUnreachable, kOriginFailed},
    {Event::kAlarmRefusedSignature, kOriginRefused},
    {Event::kAlarmClock, kOriginRefused},
    {Event::kAlarmOtherVersion, kOriginRefused},
    {Event::kAlarmRefusedRequest, kOriginRefused},
    {Event::kAlarmGarbled, kOriginGarbled},
    {Event::kAlarmOtherEdgeKeys, kOriginRefused},
    {Event::kAlarmOtherTokenKeys, kOriginRefused},
    {Event::kAlarmClientAddress, std::nullopt},
};

constexpr bool has_each_event_in_order() {
  for (std::size_t i = 0; i < std::size(kOfEvents); ++i) {
    if (static_cast<std::size_t>(kOfEvents[i].event) != i) return false;
  }
  return std::size(kOfEvents) == std::size(kEventWords);
}
static_assert(has_each_event_in_order());

Outcome outcome_of_answer(const Answer& answer) {
  return kOfEvents[static_cast<std::size_t>(answer.event)].outcome.value_or(outcome_of_status(answer.status));
}

// The outcome of an answer to one of the origin's.
constexpr Outcome outcome_of_call(CallOutcome outcome) {
  switch (outcome) {
    case CallOutcome::kOk:
      return kOk;
    case CallOutcome::kAccepted:
      return kAccepted;
    case CallOutcome::kCreated:
      return kCreated;
    case CallOutcome::kTaken:
      return kTaken;
    case CallOutcome::kRegistrationOff:
      return kRegistrationOff;
    case CallOutcome::kPasswordRefused:
      return kPasswordRefused;
    case CallOutcome::kWrongPassword:
      return kWrongPassword;
    case CallOutcome::kBadCredentials:
      return kBadCredentials;
    case CallOutcome::kNoSession:
      return kNoSession;
    case CallOutcome::kBadToken:
      return kUnknownToken;
    case CallOutcome::kOtherKeys:
      return kOriginRefused;
    case CallOutcome::kRecoveryOff:
      return kRecoveryOff;
    case CallOutcome::kOtherBody:
    case CallOutcome::kUnderWay:
      return kBadInput;
  }
  __builtin_trap();
}

// Outcomes as bits.
using OutcomeSet = std::uint32_t;
static_assert(kOutcomeCount <= 32);

constexpr OutcomeSet set_of(std::initializer_list<Outcome> outcomes) {
  OutcomeSet set = 0;
  for (const auto outcome : outcomes) set |= OutcomeSet{1} << static_cast<unsigned>(outcome);
  return set;
}

constexpr OutcomeSet kOfEachCall = set_of({kOk, kBadInput, kCrossSite, kPlainHttp, kWrongMethod, kLimited, kLimitedFailures,
                                           kLimiterFailed, kOriginBusy, kOriginFailed, kOriginRefused, kOriginGarbled});
constexpr OutcomeSet kOfEachPage = set_of({kOk, kRedirected, kPlainHttp, kWrongMethod});

constexpr OutcomeSet outcomes_of(const Feature& feature) {
  OutcomeSet set = kOfEachCall;
  for (const auto outcome : rule_of(feature.use_case).outcomes) set |= set_of({outcome_of_call(outcome)});
  if (feature.use_case == UseCase::kForgotPassword) set |= set_of({kSuppressed});
  const auto use_case = feature.use_case;
  if (use_case == UseCase::kResetPassword || use_case == UseCase::kCancelReset || use_case == UseCase::kCheckCode) {
    set |= set_of({kMalformedToken, kForgedToken, kExpiredToken});
  }
  if (feature.admit == require_session || feature.admit == require_bearer) set |= set_of({kNoSession, kForgedToken});
  return set;
}

using OutcomeSets = std::array<OutcomeSet, kEndpointCount>;

constexpr OutcomeSet& at(OutcomeSets& sets, Endpoint endpoint) { return sets[static_cast<std::size_t>(endpoint)]; }

constexpr OutcomeSets make_sets() {
  OutcomeSets sets{};
  for (const auto& feature : routes::kAll) at(sets, feature.endpoint) |= outcomes_of(feature);
  for (const auto endpoint :
       {Endpoint::kPage, Endpoint::kAsset, Endpoint::kOpenapi, Endpoint::kPasswordPolicy, Endpoint::kAppLinks})
    at(sets, endpoint) = kOfEachPage;
  at(sets, Endpoint::kMetrics) = set_of({kOk, kNotFound, kPlainHttp});
  at(sets, Endpoint::kOther) = set_of({kNotFound, kBadInput, kLimitedFailures, kFailed});
  return sets;
}

constexpr OutcomeSets kPossible = make_sets();

}  // namespace

Outcome outcome_of(const Action& action) {
  if (const auto* answer = std::get_if<Answer>(&action)) return outcome_of_answer(*answer);
  return outcome_of_status(std::get<Document>(action).status);
}

void write_tallies(MessageWriter& out) {
  out.text(kTagEndpoints, kEndpointWords);
  out.text(kTagOutcomes, kOutcomeWords);
  for (const auto set : kPossible) out.number(kTagOutcomeSet, set);
  out.number(kTagTally, tally_of(Endpoint::kOther, kFailed));
}

}  // namespace rekey::edge
