#include "edge/core/limiter.h"

#include "edge/core/problem.h"
#include "shared/codec/encoding.h"

namespace rekey::edge {
namespace {

constexpr std::string_view kPurpose = "rekey limiter v1";
constexpr std::size_t kVerdictSize = 9;
constexpr std::size_t kStateSize = 8;

void put_number(MutableBytes out, std::uint64_t value) {
  for (auto& byte : out) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

std::uint64_t get_number(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

ByteArray<8> make_question(const RateLimit& limit) {
  ByteArray<8> question{};
  put_number(MutableBytes(question).first(4), limit.count);
  put_number(MutableBytes(question).last(4), limit.period_seconds);
  return question;
}

RateLimit read_question(Bytes question) {
  if (question.size() != 8) __builtin_trap();
  return {static_cast<std::uint32_t>(get_number(question.first(4))), static_cast<std::uint32_t>(get_number(question.last(4)))};
}

ByteArray<kVerdictSize> make_verdict(const RateDecision& decision) {
  ByteArray<kVerdictSize> verdict{};
  verdict[0] = static_cast<std::uint8_t>(decision.verdict);
  put_number(MutableBytes(verdict).subspan(1, 4), decision.retry_after_seconds);
  put_number(MutableBytes(verdict).subspan(5, 4), decision.reset_seconds);
  return verdict;
}

ArrivalMicros read_state(Bytes state) { return state.size() == kStateSize ? static_cast<ArrivalMicros>(get_number(state)) : 0; }

void write_state(MessageWriter& out, ArrivalMicros arrival) {
  ByteArray<kStateSize> state{};
  put_number(state, static_cast<std::uint64_t>(arrival));
  out.bytes(kTagLimiterState, state);
  out.number(kTagForgetAt, static_cast<std::uint64_t>(arrival / 1000 + 1));
}

}  // namespace

AskLimiter ask_limiter(const Settings& settings, const Question& question) {
  std::string counted(kPurpose);
  counted.append(1, '\0').append(limit_name(question.limit).policy);
  for (const auto& part : question.key) counted.append(1, '\0').append(part);
  const auto name = hmac_sha256(settings.token_keys.signing_key().bytes(), {as_bytes(counted)});
  return {to_hex(name), make_question(settings.limit(question.limit))};
}

std::optional<LimiterVerdict> read_verdict(Bytes verdict) {
  if (verdict.size() != kVerdictSize || verdict[0] > static_cast<std::uint8_t>(RateVerdict::kLimited)) return std::nullopt;
  return LimiterVerdict{static_cast<RateVerdict>(verdict[0]), static_cast<std::uint32_t>(get_number(verdict.subspan(1, 4))),
                        static_cast<std::uint32_t>(get_number(verdict.subspan(5, 4)))};
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

}  // namespace rekey::edge
