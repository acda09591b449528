#include "edge/core/limiter.h"

#include <algorithm>

#include "edge/core/client_address.h"
#include "edge/core/device.h"
#include "edge/core/problem.h"
#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey::edge {
namespace {

constexpr std::string_view kPurpose = "rekey limiter v2";
constexpr std::size_t kVerdictSize = 9;
constexpr std::size_t kCountSize = 42;
constexpr std::uint32_t kMaxCount = 1'000'000;  // keeps the interval of decide_rate() at a microsecond or more

ClientAddress client_of(const Context& context) {
  return ClientAddress::parse(context.transcript.header(context.settings.client_ip_header));
}

// Guesses of a password are counted by limiters alone, so a limiter that fails must stop them. All other calls have another bound
// at the origin, as those of a code have, or guess at 256 bits: counting them in the instance is enough for a while.
WhenUncounted when_uncounted(Limit limit) {
  const bool guesses = limit == Limit::kLoginPerClient || limit == Limit::kLoginPerAccount;
  return guesses ? WhenUncounted::kRefuse : WhenUncounted::kCountHere;
}

// By Counted: the ending of the policy's name, and how many times the limit.
struct CountedRule {
  std::string_view ending;
  std::uint32_t factor;
};
constexpr CountedRule kCountedRules[] = {{"", 1},          {"-network", kNetworkFactor},
                                         {"-device", 1},   {"-devices", kDevicesFactor},
                                         {"-recovery", 1}, {"-recoveries", kDevicesFactor}};

const CountedRule& rule_of(const Question& question) { return kCountedRules[static_cast<std::size_t>(question.counted)]; }

std::string policy_of(const Question& question) {
  std::string policy(limit_name(question.limit).policy);
  return policy.append(rule_of(question).ending);
}

using Key = std::vector<std::string>;

// One of those behind a client's address that are counted by themselves, and with the others of their kind.
struct Member {
  std::string key;  // "" for none: then the client is counted
  Counted alone = Counted::kKey;
  Counted together = Counted::kKey;
};

Member device_member(std::string key) {
  return key.empty() ? Member() : Member{std::move(key), Counted::kDevice, Counted::kDevices};
}

// In: the account, "" for none.
void append_questions(std::vector<Question>& questions, const Context& context, Limit limit, const Member& member,
                      const std::string& account) {
  const auto client = client_of(context);
  const auto ask = [&](Key key, Counted counted) {
    if (!account.empty()) key.push_back(account);
    questions.push_back({limit, std::move(key), WhenLimited::kRefuse, client.network, counted});
  };
  if (!member.key.empty()) ask({client.key, member.key}, member.alone);
  ask({client.key}, member.together);
  if (client.network != client.key) ask({client.network}, Counted::kNetwork);
}

Sha256Digest home_hash(const Question& question) {
  return question.home.empty() ? limiter_key(question) : sha256({as_bytes(kPurpose), as_bytes(question.home)});
}

// The object's name: the client's continent, if the platform tells it, and a number below LIMITER_OBJECTS. The count of
// an account or a session has no continent: calls from everywhere share it.
std::string object_of(const Context& context, const Question& question) {
  const auto objects = context.settings.limiter_objects;
  const auto number = objects == 1 ? 0 : from_little_endian(Bytes(home_hash(question)).first(4)) % objects;
  const auto continent = question.home.empty() ? std::string_view() : context.transcript.continent;
  return "limiter" + std::string(continent) + "." + to_decimal(number);
}

void append_count(std::string& text, const Context& context, const Question& question) {
  const auto limit = limit_of(context.settings, question);
  ByteArray<kCountSize> count{};
  const MutableBytes bytes(count);
  const auto key = limiter_key(question);
  std::copy(key.begin(), key.end(), count.begin());
  put_little_endian(bytes.subspan(32, 4), limit.count);
  put_little_endian(bytes.subspan(36, 4), limit.period_seconds);
  count[40] = static_cast<std::uint8_t>(question.when_limited);
  count[41] = static_cast<std::uint8_t>(when_uncounted(question.limit));
  text.append(as_text(count));
}

Count read_count(Bytes bytes) {
  const RateLimit limit{static_cast<std::uint32_t>(from_little_endian(bytes.subspan(32, 4))),
                        static_cast<std::uint32_t>(from_little_endian(bytes.subspan(36, 4)))};
  if (limit.count == 0 || limit.period_seconds == 0) __builtin_trap();
  return {bytes.first(32), limit, static_cast<WhenLimited>(bytes[40]), static_cast<WhenUncounted>(bytes[41])};
}

}  // namespace

std::vector<Question> client_questions(const Context& context, Limit limit) {
  std::vector<Question> questions;
  append_questions(questions, context, limit, device_member(device_key(context)), {});
  return questions;
}

std::vector<Question> recovery_questions(const Context& context, Limit limit, const std::string& recovery) {
  std::vector<Question> questions;
  auto member = device_member(device_key(context));
  if (member.key.empty()) member = {recovery, Counted::kRecovery, Counted::kRecoveries};
  append_questions(questions, context, limit, member, {});
  return questions;
}

void append_account_questions(std::vector<Question>& questions, const Context& context, Limit limit, const EmailAddress& email) {
  append_questions(questions, context, limit, device_member(device_key_of(context, email.normalized())), email.limiter_key());
}

RateLimit limit_of(const Settings& settings, const Question& question) {
  auto limit = settings.limit(question.limit);
  const auto factor = rule_of(question).factor;
  if (factor > 1) limit.count = std::min(limit.count * factor, kMaxCount);
  return limit;
}

LimiterKey limiter_key(const Question& question) {
  std::string counted(kPurpose);
  counted.append(1, '\0').append(policy_of(question));
  for (const auto& part : question.key) counted.append(1, '\0').append(part);
  return sha256({as_bytes(counted)});
}

AskLimiter ask_limiter(const Context& context, std::span<const Question> questions) {
  AskLimiter ask{object_of(context, questions.front()), {}};
  for (const auto& question : questions) {
    if (object_of(context, question) != ask.object) break;
    append_count(ask.question, context, question);
  }
  return ask;
}

std::optional<std::vector<LimiterVerdict>> read_verdicts(Bytes bytes) {
  if (bytes.empty() || bytes.size() % kVerdictSize != 0) return std::nullopt;
  std::vector<LimiterVerdict> verdicts;
  for (; !bytes.empty(); bytes = bytes.subspan(kVerdictSize)) {
    if (bytes[0] > static_cast<std::uint8_t>(RateVerdict::kLimited)) return std::nullopt;
    const auto wait = from_little_endian(bytes.subspan(1, 8));
    verdicts.push_back({static_cast<RateVerdict>(bytes[0]), static_cast<std::int64_t>(wait)});
  }
  return verdicts;
}

void write_verdicts(MessageWriter& out, const std::vector<LimiterVerdict>& verdicts) {
  std::string bytes;
  for (const auto& verdict : verdicts) {
    ByteArray<kVerdictSize> one{static_cast<std::uint8_t>(verdict.verdict)};
    put_little_endian(MutableBytes(one).subspan(1), static_cast<std::uint64_t>(verdict.wait_micros));
    bytes.append(as_text(one));
  }
  out.text(kTagVerdict, bytes);
}

std::vector<Count> read_question(Bytes question) {
  if (question.empty() || question.size() % kCountSize != 0) __builtin_trap();
  std::vector<Count> counts;
  for (; !question.empty(); question = question.subspan(kCountSize)) counts.push_back(read_count(question.first(kCountSize)));
  return counts;
}

Answer too_many(const Settings& settings, const Question& question, std::int64_t wait_micros) {
  const auto limit = limit_of(settings, question);
  const auto policy = "\"" + policy_of(question) + "\"";
  const auto refusal = explain_wait(limit, wait_micros);
  auto answer = problem_answer(kTooMany);
  if (question.limit == Limit::kFailuresPerClient) answer.event = Event::kFailuresLimited;
  add_header(answer.headers, "retry-after", to_decimal(refusal.retry_after_seconds));
  add_header(answer.headers, "ratelimit-policy",
             policy + ";q=" + to_decimal(limit.count) + ";w=" + to_decimal(limit.period_seconds));
  add_header(answer.headers, "ratelimit", policy + ";r=0;t=" + to_decimal(refusal.reset_seconds));
  return answer;
}

std::uint64_t Refusals::short_key(const LimiterKey& key) { return from_little_endian(Bytes(key).first(8)); }

void Refusals::note(const LimiterKey& key, UnixMillis now, std::int64_t wait_micros) {
  entries_[short_key(key) % kEntries] = {short_key(key), now * 1000 + wait_micros};
}

std::int64_t Refusals::find(const LimiterKey& key, const RateLimit& limit, UnixMillis now) const {
  const auto& entry = entries_[short_key(key) % kEntries];
  const auto wait = entry.until_micros - now * 1000;
  return entry.key == short_key(key) && wait > 0 && wait / 1'000'000 <= limit.period_seconds ? wait : 0;
}

}  // namespace rekey::edge
