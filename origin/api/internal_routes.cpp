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

// Counts and times one call of a use case; an exception counts as `unavailable`.
class RequestMeter {
 public:
  RequestMeter(Metrics& metrics, const Clock& clock, std::string_view use_case)
      : metrics_(metrics), clock_(clock), use_case_(use_case), begin_(clock.steady_now()) {}
  ~RequestMeter() { metrics_.request_done(use_case_, outcome_, clock_.steady_now() - begin_); }
  RequestMeter(const RequestMeter&) = delete;
  RequestMeter& operator=(const RequestMeter&) = delete;

  void end(std::string_view outcome) { outcome_ = outcome; }

 private:
  Metrics& metrics_;
  const Clock& clock_;
  std::string_view use_case_;
  std::chrono::steady_clock::time_point begin_;
  std::string outcome_ = "unavailable";
};

}  // namespace

HttpAnswer InternalRoutes::answer(const HttpRequest& request) {
  std::string request_id;
  return barrier_.guard(request_id, [&] { return route(request, request_id); });
}

Effort InternalRoutes::effort_of(const HttpRequest& request) const { return InternalApi::effort_of(use_case_of(request)); }

HttpAnswer InternalRoutes::route(const HttpRequest& request, std::string& request_id) {
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
  return run(use_case, request, request_id);
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
  ports_.log.write(Event::kUnsigned, "", {{"reason", word_of(reason)}});
  if (error == Error::kSignatureExpired) return refuse_stale();
  return problem(401, kBadSignatureType, "The call has no valid signature of the edge.");
}

// The signature is authentic: a clock is wrong, or the call is replayed. A replayer learns nothing that is not in the call.
HttpAnswer InternalRoutes::refuse_stale() {
  ports_.metrics.count(Counter::kAlarms, Label::kClock);
  ports_.log.write(Event::kClockApart, "", {{"of", "edge"}});
  return problem(401, kStaleSignatureType, "The call was signed more than a minute ago, or ahead of this clock.");
}

HttpAnswer InternalRoutes::run(std::string_view use_case, const HttpRequest& request, std::string_view nonce) {
  RequestMeter meter(ports_.metrics, ports_.clock, find_call(use_case) != nullptr ? use_case : kUnknownUseCase);
  if (request.only("content-type") != "application/json") {
    meter.end("problem_415");
    return problem(415, "The body must be application/json.");
  }
  auto reply = ports_.api.handle(use_case, request.body, nonce);
  meter.end(reply.outcome);
  return {reply.status, std::string(reply.status == 200 ? "application/json" : kProblemJson), std::move(reply.body), {}};
}

}  // namespace rekey
