#include "origin/api/internal_routes.h"

#include <string>

#include "shared/message_signature.h"

namespace rekey {
namespace {

constexpr std::size_t kMaxUseCase = 40;
constexpr std::string_view kUnknownUseCase = "unknown";  // in metrics: a label must be our own word, not a caller's

std::string_view use_case_of(const HttpRequest& request) {
  const std::string_view target = request.target;
  return target.starts_with(kInternalPath) ? target.substr(kInternalPath.size()) : std::string_view();
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kMaxUseCase && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == text.npos;
}

Label reason_of(Error error) {
  if (error == Error::kSignatureMissing) return Label::kMissing;
  return error == Error::kSignatureExpired ? Label::kExpired : Label::kInvalid;
}

// Why: the word becomes a label, and must be our own, not a caller's.
std::string_view label_for(std::string_view use_case) {
  const CallRule* const rule = find_call(use_case);
  return rule == nullptr ? kUnknownUseCase : rule->name;
}

}  // namespace

HttpAnswer InternalRoutes::answer(const HttpRequest& request) {
  CallRecord record(ports_.events, ports_.metrics, ports_.clock, request.arrived.value_or(ports_.clock.steady_now()));
  std::string request_id;
  auto answer = barrier_.guard(request_id, [&] { return route(request, record, request_id); });
  if (!record.has_outcome()) record.set_outcome(outcome_of(answer.status));
  return answer;
}

Effort InternalRoutes::effort_of(const HttpRequest& request) const { return InternalApi::effort_of(use_case_of(request)); }

HttpAnswer InternalRoutes::route(const HttpRequest& request, CallRecord& record, std::string& request_id) {
  const auto use_case = use_case_of(request);
  if (!is_word(use_case)) return problem(404, "There is nothing at this path.");
  if (request.method != "POST") {
    auto refusal = problem(405, "Use POST.");
    refusal.fields.push_back({"Allow", "POST"});
    return refusal;
  }
  const auto nonce = verify(request);
  if (!nonce) return refuse_unsigned(nonce.error());
  request_id = *nonce;
  record.set_use_case(label_for(use_case));
  return run(use_case, request, record, request_id);
}

// A repeated field counts as missing: parsers differ in which one they take.
Result<std::string> InternalRoutes::verify(const HttpRequest& request) const {
  const auto digest = request.only("content-digest");
  const auto input = request.only("signature-input");
  const auto signature = request.only("signature");
  if (!digest || !input || !signature) return Error::kSignatureMissing;
  const auto now = static_cast<UnixSeconds>(ports_.clock.now().time_since_epoch().count());
  return verify_call(ports_.edge_keys, {request.method, request.target, request.body}, {*digest, *input, *signature}, now);
}

HttpAnswer InternalRoutes::refuse_unsigned(Error error) {
  const auto reason = reason_of(error);
  ports_.metrics.count(Counter::kBadSignatures, reason);
  ports_.events.write(Event::kUnsigned, "", {{"reason", word_of(reason)}});
  if (error == Error::kSignatureExpired) return refuse_stale();
  return problem(401, kBadSignatureType, "The call has no valid signature of the edge.");
}

// The signature is authentic: a clock is wrong, or the call is replayed. A replayer learns nothing that is not in the call.
HttpAnswer InternalRoutes::refuse_stale() {
  ports_.metrics.count(Counter::kAlarms, Label::kClock);
  ports_.events.write(Event::kClockApart, "", {{"of", "edge"}});
  return problem(401, kStaleSignatureType, "The call was signed more than a minute ago, or ahead of this clock.");
}

HttpAnswer InternalRoutes::run(std::string_view use_case, const HttpRequest& request, CallRecord& record,
                               std::string_view nonce) {
  if (request.only("content-type") != "application/json") return problem(415, "The body must be application/json.");
  auto reply = ports_.api.handle(use_case, request.body, nonce);
  record.set_outcome(reply.outcome);
  return {reply.status, std::string(reply.status == 200 ? "application/json" : kProblemJson), std::move(reply.body), {}};
}

}  // namespace rekey
