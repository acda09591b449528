#include "edge/core/action.h"

#include "shared/codec/json_writer.h"
#include "shared/codec/strict_json.h"
#include "shared/internal_calls.h"

namespace rekey::edge {
namespace {

void write_answered(MessageWriter& out, RekeyAction action, std::uint16_t status, const std::vector<HeaderField>& headers) {
  out.number(kTagAction, action);
  out.number(kTagStatus, status);
  write_headers(out, headers);
}

struct ActionWriter {
  MessageWriter& out;

  void operator()(const Answer& answer) const {
    write_answered(out, kActionAnswer, answer.status, answer.headers);
    out.text(kTagBody, answer.body);
    if (answer.event != Event::kNone) out.text(kTagEvent, event_word(answer.event));
  }
  void operator()(const Document& document) const {
    write_answered(out, kActionDocument, document.status, document.headers);
    out.text(kTagDocument, document.key);
  }
  void operator()(const ReadBody&) const {
    out.number(kTagAction, kActionReadBody);
    out.number(kTagByteLimit, kMaxBodySize);
    out.number(kTagDeadline, kBodyDeadlineMs);
  }
  void operator()(const ConvertDomain& convert) const {
    out.number(kTagAction, kActionConvertDomain);
    out.text(kTagDomain, convert.domain);
  }
  void operator()(const AskLimiter& ask) const {
    out.number(kTagAction, kActionAskLimiter);
    out.text(kTagLimiter, ask.object);
    out.text(kTagQuestion, ask.question);
    out.number(kTagDeadline, kLimiterDeadlineMs);
  }
  void operator()(const CallOrigin& call) const {
    out.number(kTagAction, kActionCallOrigin);
    out.number(kTagReplyOrigin, call.origin);
    out.text(kTagUrl, call.url);
    write_headers(out, call.headers);
    out.text(kTagBody, call.body);
    out.number(kTagByteLimit, kMaxReplySize);
    out.number(kTagDeadline, call.deadline_ms);
    if (call.event == Event::kNone) return;
    out.number(kTagStatus, call.event_status);
    out.text(kTagEvent, event_word(call.event));
  }
};

}  // namespace

void add_header(std::vector<HeaderField>& headers, std::string_view name, std::string_view value) {
  headers.push_back({name, std::string(value)});
}

Document prepared_document(std::string_view key, std::string_view type, std::string_view cache_control, std::string_view policy) {
  Document document;
  document.key = key;
  add_header(document.headers, "content-type", type);
  add_header(document.headers, "cache-control", cache_control);
  add_header(document.headers, "content-security-policy", policy);
  return document;
}

Answer json_answer(std::uint16_t status, std::string body, Event event) {
  Answer answer;
  answer.status = status;
  add_header(answer.headers, "content-type", "application/json");
  answer.body = std::move(body);
  answer.event = event;
  return answer;
}

Answer message_answer(std::uint16_t status, std::string_view message, Event event) {
  auto answer = json_answer(status, JsonWriter().begin_object().member("message", message).end_object().take(), event);
  answer.texts = Texts::kForPeople;
  return answer;
}

void write_headers(MessageWriter& out, const std::vector<HeaderField>& headers) {
  for (const auto& header : headers) {
    out.text(kTagHeaderName, header.name);
    out.text(kTagHeaderValue, header.value);
  }
}

void write_action(MessageWriter& out, const Action& action) { std::visit(ActionWriter{out}, action); }

}  // namespace rekey::edge
