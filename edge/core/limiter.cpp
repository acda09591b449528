#include "edge/core/limiter.h"

#include <algorithm>

#include "edge/core/client_address.h"
#include "edge/core/problem.h"
#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey::edge {
namespace {

constexpr std::string_view kPurpose = "rekey limiter v1";
constexpr std::size_t kVerdictSize = 9;
constexpr std::size_t kStateSize = 8;

ByteArray<8> make_question(const RateLimit& limit) {
  ByteArray<8> question{};
  put_little_endian(MutableBytes(question).first(4), limit.count);
  put_little_endian(MutableBytes(question).last(4), limit.period_seconds);
  return question;
}

RateLimit read_question(Bytes question) {
  if (question.size() != 8) __builtin_trap();
  return {static_cast<std::uint32_t>(from_little_endian(question.first(4))),
          static_cast<std::uint32_t>(from_little_endian(question.last(4)))};
}

ByteArray<kVerdictSize> make_verdict(const RateDecision& decision) {
  ByteArray<kVerdictSize> verdict{};
  verdict[0] = static_cast<std::uint8_t>(decision.verdict);
  put_little_endian(MutableBytes(verdict).subspan(1, 4), decision.retry_after_seconds);
  put_little_endian(MutableBytes(verdict).subspan(5, 4), decision.reset_seconds);
  return verdict;
}

ArrivalMicros read_state(Bytes state) {
  return state.size() == kStateSize ? static_cast<ArrivalMicros>(from_little_endian(state)) : 0;
}

void write_state(MessageWriter& out, ArrivalMicros arrival) {
  ByteArray<kStateSize> state{};
  put_little_endian(state, static_cast<std::uint64_t>(arrival));
  out.bytes(kTagLimiterState, state);
  out.number(kTagForgetAt, static_cast<std::uint64_t>(arrival / 1000 + 1));
}

}  // namespace

Question client_question(const Context& context, Limit limit) {
  const auto address = context.transcript.header(context.settings.client_ip_header);
  return {limit, {ClientAddress::parse(address).key}, WhenLimited::kRefuse};
}

AskLimiter ask_limiter(const Settings& settings, const Question& question) {
  std::string counted(kPurpose);
  counted.append(1, '\0').append(limit_name(question.limit).policy);
  for (const auto& part : question.key) counted.append(1, '\0').append(part);
  return {to_hex(sha256({as_bytes(counted)})), make_question(settings.limit(question.limit))};
}

std::optional<LimiterVerdict> read_verdict(Bytes verdict) {
  if (verdict.size() != kVerdictSize || verdict[0] > static_cast<std::uint8_t>(RateVerdict::kLimited)) return std::nullopt;
  return LimiterVerdict{static_cast<RateVerdict>(verdict[0]),
                        static_cast<std::uint32_t>(from_little_endian(verdict.subspan(1, 4))),
                        static_cast<std::uint32_t>(from_little_endian(verdict.subspan(5, 4)))};
}

Answer too_many(const Settings& settings, Limit which, const LimiterVerdict& verdict) {
  const auto& limit = settings.limit(which);
  const auto policy = "\"" + std::string(limit_name(which).policy) + "\"";
  auto answer = problem_answer(kTooMany);
  answer.headers.push_back({"retry-after", std::to_string(verdict.retry_after_seconds)});
  answer.headers.push_back(
      {"ratelimit-policy", policy + ";q=" + std::to_string(limit.count) + ";w=" + std::to_string(limit.period_seconds)});
  answer.headers.push_back({"ratelimit", policy + ";r=0;t=" + std::to_string(verdict.reset_seconds)});
  return answer;
}

void answer_question(Bytes message, MessageWriter& out) {
  MessageReader reader(message);
  const auto arrival = read_state(reader.expect(kTagLimiterState));
  const auto limit = read_question(reader.expect(kTagQuestion));
  const auto now = static_cast<UnixMillis>(reader.expect_number(kTagNow));
  if (limit.count == 0 || limit.period_seconds == 0) __builtin_trap();
  const auto decision = decide_rate(limit, arrival, now);
  out.bytes(kTagVerdict, make_verdict(decision));
  if (decision.arrival != arrival) write_state(out, decision.arrival);
}

FailureTable::Entry& FailureTable::find_or_replace(std::uint64_t client) {
  auto& bucket = buckets_[client % kBuckets];
  const auto found = std::find_if(bucket.begin(), bucket.end(), [&](const Entry& entry) { return entry.client == client; });
  if (found != bucket.end()) return *found;
  auto& oldest =
      *std::min_element(bucket.begin(), bucket.end(), [](const Entry& a, const Entry& b) { return a.arrival < b.arrival; });
  oldest = {client, 0};
  return oldest;
}

RateDecision FailureTable::count(std::uint64_t client, const RateLimit& limit, UnixMillis now) {
  auto& entry = find_or_replace(client);
  const auto decision = decide_rate(limit, entry.arrival, now);
  entry.arrival = decision.arrival;
  return decision;
}

}  // namespace rekey::edge
