#include "edge/core/transcript.h"

#include <algorithm>

#include "edge/core/message.h"
#include "shared/codec/encoding.h"

namespace rekey::edge {
namespace {

constexpr std::size_t kRequestIdBytes = 16;

OriginReply read_reply(MessageReader& reader, std::uint64_t origin) {
  OriginReply reply;
  reply.origin = static_cast<std::size_t>(origin);
  const auto outcome = reader.next();
  if (!outcome || (outcome->tag != kTagReplyStatus && outcome->tag != kTagReplyFault)) __builtin_trap();
  if (outcome->tag == kTagReplyFault) {
    reply.fault = static_cast<RekeyReplyFault>(outcome->number());
    return reply;
  }
  reply.status = static_cast<std::uint16_t>(outcome->number());
  reply.retry_after = as_text(reader.expect(kTagReplyRetryAfter));
  reply.body = as_text(reader.expect(kTagReplyBody));
  return reply;
}

}  // namespace

Transcript Transcript::read(Bytes message) {
  MessageReader reader(message);
  Transcript t;
  while (const auto field = reader.next()) {
    switch (field->tag) {
      case kTagMethod:
        t.method = field->text();
        break;
      case kTagUrl:
        t.url = field->text();
        break;
      case kTagCountry:
        t.country = field->text();
        break;
      case kTagContinent:
        t.continent = field->text();
        break;
      case kTagNow:
        t.note_time(static_cast<UnixMillis>(field->number()));
        break;
      case kTagRandom:
        t.random = field->bytes;
        break;
      case kTagHeaderName:
        t.headers_.push_back({field->text(), as_text(reader.expect(kTagHeaderValue))});
        break;
      case kTagHeaderCount:
        t.header_count = field->number();
        break;
      case kTagHeaderSize:
        t.header_size = field->number();
        break;
      case kTagBody:
        t.body = field->text();
        break;
      case kTagBodyFault:
        t.body_fault = static_cast<RekeyBodyFault>(field->number());
        break;
      case kTagAsciiDomain:
        t.ascii_domain = field->text();
        break;
      case kTagVerdict:
        t.verdicts.push_back(field->bytes);
        break;
      case kTagReplyOrigin:
        t.replies.push_back(read_reply(reader, field->number()));
        break;
      default:
        __builtin_trap();
    }
  }
  if (t.method.empty() || t.url.empty() || t.now <= 0 || t.random.size() != kRekeyRandomSize) __builtin_trap();
  return t;
}

// Follows the request, or an outcome.
void Transcript::note_time(UnixMillis time) {
  if (now == 0) now = time;
  if (!replies.empty()) replies.back().waited = time - present;
  present = time;
}

std::string_view Transcript::header(std::string_view lower_case_name) const {
  const auto found =
      std::find_if(headers_.begin(), headers_.end(), [&](const HeaderView& h) { return h.name == lower_case_name; });
  return found == headers_.end() ? std::string_view{} : found->value;
}

std::string Transcript::request_id() const { return to_base64url(request_bytes()); }

TokenRandom Transcript::session_random() const {
  TokenRandom bytes{};
  std::copy_n(random.begin() + kRequestIdBytes, bytes.size(), bytes.begin());
  return bytes;
}

}  // namespace rekey::edge
