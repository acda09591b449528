// The actions of edge/exports.h as values, and their writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "edge/core/event.h"
#include "edge/core/message.h"

namespace rekey::edge {

struct HeaderField {
  std::string_view name;
  std::string value;
};

// One function for all, because each place that makes a string of its own costs room in the module.
void add_header(std::vector<HeaderField>& headers, std::string_view name, std::string_view value);

// Whether an answer counts against the client's failures: bad shapes and bad tokens do.
enum class Blame : std::uint8_t { kNone, kClient };

// Whether the body has texts for people: `title`, `detail` and `message`. The host puts them into the reader's language.
enum class Texts : std::uint8_t { kNone, kForPeople };

struct Answer {
  std::uint16_t status = 200;
  std::vector<HeaderField> headers;
  std::string body;
  Event event = Event::kNone;
  Blame blame = Blame::kNone;
  Texts texts = Texts::kNone;
};

// Returns: an answer without a body.
inline Answer empty_answer(std::uint16_t status) {
  Answer answer;
  answer.status = status;
  return answer;
}

// Returns: an answer with a JSON body.
Answer json_answer(std::uint16_t status, std::string body, Event event);
// Returns: an answer with the body {"message": ...}, for people.
Answer message_answer(std::uint16_t status, std::string_view message, Event event);

// A prepared page, asset or the OpenAPI document. The host gets the bytes, and fills in what Settings::write_fills() has told it.
struct Document {
  std::uint16_t status = 200;
  std::vector<HeaderField> headers;
  std::string key;
  bool is_public = false;  // pages of other sites may show it
};

// Returns: a document with its Content-Type, Cache-Control and Content-Security-Policy.
Document prepared_document(std::string_view key, std::string_view type, std::string_view cache_control, std::string_view policy);

struct ReadBody {};

struct ConvertDomain {
  std::string domain;
};

struct AskLimiter {
  std::string object;
  std::string question;
};

struct CallOrigin {
  std::size_t origin = 0;
  std::string url;
  std::vector<HeaderField> headers;
  std::string body;
  std::uint32_t deadline_ms = 0;
  Event event = Event::kNone;      // about the answer of the origin that was called before
  std::uint16_t event_status = 0;  // of that answer
};

using Action = std::variant<Answer, Document, ReadBody, ConvertDomain, AskLimiter, CallOrigin>;

void write_headers(MessageWriter& out, const std::vector<HeaderField>& headers);
void write_action(MessageWriter& out, const Action& action);

inline constexpr std::uint32_t kBodyDeadlineMs = 5000;     // any line that can load a page sends 8 KiB in less
inline constexpr std::uint32_t kLimiterDeadlineMs = 2000;  // a limiter answers within milliseconds; a later answer counts as none

}  // namespace rekey::edge
