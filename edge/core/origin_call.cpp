#include "edge/core/origin_call.h"

#include <algorithm>

#include "edge/core/client_address.h"
#include "edge/core/problem.h"
#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/json_writer.h"
#include "shared/message_signature.h"

namespace rekey::edge {
namespace {

constexpr std::uint32_t kQuickDeadlineMs = 3000;    // nothing but one statement; a caller waits no longer for "unavailable"
constexpr std::uint32_t kHashingDeadlineMs = 5000;  // up to four in the origin's lines, and the hash itself
constexpr std::size_t kMaxAttempts = 2;
constexpr std::uint32_t kMaxRetryAfter = 120;
constexpr std::size_t kMaxUserAgent = 200;
constexpr std::size_t kMaxAcceptLanguage = 256;

std::string printable(std::string_view text, std::size_t most) {
  std::string kept(text.substr(0, most));
  std::erase_if(kept, [](char c) { return c != ' ' && !is_visible(c); });
  return kept;
}

std::string country_code(std::string_view country) {
  return country.size() == 2 && is_upper(country[0]) && is_upper(country[1]) ? std::string(country) : std::string();
}

void write_client(JsonWriter& json, const Context& context) {
  const auto& t = context.transcript;
  json.key("client").begin_object();
  json.member("ip", ClientAddress::parse(t.header(context.settings.client_ip_header)).text);
  json.member("user_agent", printable(t.header("user-agent"), kMaxUserAgent));
  json.member("country", country_code(t.country));
  json.member("accept_language", printable(t.header("accept-language"), kMaxAcceptLanguage)).end_object();
}

bool may_be_suppressed(const Call& call) {
  return std::any_of(call.questions.begin(), call.questions.end(),
                     [](const Question& question) { return question.when_limited == WhenLimited::kSuppress; });
}

std::string envelope(const Context& context, const Call& call, bool suppressed) {
  JsonWriter json;
  json.begin_object().member("request_id", context.transcript.request_id());
  write_client(json, context);
  json.key("input").begin_object();
  for (const auto& field : call.input) json.member(field.name, field.value);
  if (may_be_suppressed(call)) json.key("suppress").boolean(suppressed);
  return json.end_object().end_object().take();
}

bool was_tried(const Context& context, std::size_t origin) {
  const auto& replies = context.transcript.replies;
  return std::any_of(replies.begin(), replies.end(), [&](const OriginReply& reply) { return reply.origin == origin; });
}

std::size_t attempts_allowed(const Context& context, const Feature& feature) {
  return feature.repeat == Repeat::kHarmless ? std::min(kMaxAttempts, context.settings.origins.size()) : 1;
}

Answer refused_by_origin(const OriginReply& reply) {
  const auto seconds = parse_decimal(reply.retry_after, kMaxRetryAfter);
  return unavailable("origin.busy", seconds ? reply.retry_after : "5");
}

}  // namespace

bool OriginHealth::failed_lately(std::size_t origin, UnixMillis now) const { return now - failed_at_[origin] < kMemory; }

std::optional<std::size_t> choose_origin(const Context& context, const Feature& feature, const OriginHealth& health) {
  const auto& t = context.transcript;
  const auto count = context.settings.origins.size();
  if (t.replies.size() >= attempts_allowed(context, feature)) return std::nullopt;
  std::optional<std::size_t> second_choice;
  for (std::size_t i = 0; i < count; ++i) {
    const auto origin = (t.spread() + i) % count;
    if (was_tried(context, origin)) continue;
    if (!health.failed_lately(origin, t.now)) return origin;
    if (!second_choice) second_choice = origin;
  }
  return second_choice;
}

CallOrigin make_origin_call(const Context& context, const Feature& feature, const Call& call, bool suppressed,
                            std::size_t origin) {
  CallOrigin out;
  const auto path = "/internal/" + std::string(feature.use_case);
  out.origin = origin;
  out.url = context.settings.origins[origin] + path;
  out.body = envelope(context, call, suppressed);
  const auto fields = sign_call(context.settings.origin_keys.signing_key(), {"POST", path, out.body},
                                context.transcript.now_seconds(), context.transcript.request_id());
  out.headers = {{"content-type", "application/json"},
                 {"content-digest", fields.content_digest},
                 {"signature-input", fields.signature_input},
                 {"signature", fields.signature}};
  const auto deadline = feature.cost == Cost::kHashing ? kHashingDeadlineMs : kQuickDeadlineMs;
  out.deadline_ms = deadline / static_cast<std::uint32_t>(attempts_allowed(context, feature));
  return out;
}

Answer conclude(const Context& context, const Feature& feature, const OriginReply& reply) {
  if (reply.status == 0) return unavailable("origin.unreachable");
  if (reply.status == 401) return unavailable("alarm.origin_refused_signature");
  if (reply.status == 503) return refused_by_origin(reply);
  if (reply.status != 200) return unavailable("alarm.origin_refused_request");
  const auto outcome = OriginOutcome::parse(reply.body);
  if (!outcome) return unavailable("alarm.origin_garbled");
  auto answer = feature.conclude(context, *outcome);
  return answer ? *std::move(answer) : unavailable("alarm.origin_garbled");
}

}  // namespace rekey::edge
