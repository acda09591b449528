// A feature is one route of the API: how its request becomes a call to the origin, and how the origin's outcome becomes an
// answer. Features are pure: step.cpp asks them again at every step of a transcript, and drives everything around them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "edge/core/action.h"
#include "edge/core/origin_outcome.h"
#include "edge/core/settings.h"
#include "edge/core/transcript.h"

namespace rekey::edge {

// How errors about the body are worded: our own problem documents, or what fastapi-users' clients know.
enum class Dialect : std::uint8_t { kApi, kFastapi };

enum class Media : std::uint8_t { kNone, kJson, kForm };

// Whether a call whose answer was lost may be made again, at another origin: the request id makes some calls harmless to repeat,
// while a second reset with a token that is used up by now would tell the owner that the link is bad.
enum class Repeat : std::uint8_t { kNever, kHarmless };

// Whether the origin hashes a password for it: such calls may wait in its queue.
enum class Cost : std::uint8_t { kQuick, kHashing };

struct Context {
  const Settings& settings;
  const Transcript& transcript;
  Dialect dialect = Dialect::kApi;
};

// What becomes of a request that a limiter refuses: 429, or it goes on marked, and the caller sees no difference.
enum class WhenLimited : std::uint8_t { kRefuse, kSuppress };

struct Question {
  Limit limit;
  std::vector<std::string> key;  // what is counted by: texts without NUL, never stored in clear
  WhenLimited when_limited = WhenLimited::kRefuse;
};

struct InputField {
  std::string_view name;
  std::string value;
};

struct Call {
  std::vector<InputField> input;
  std::vector<Question> questions;  // asked in this order, the next only where the one before has passed
};

using Prepared = std::variant<Call, Answer, ConvertDomain>;

struct Feature {
  std::string_view method;
  std::string_view path;  // for Dialect::kFastapi what follows AUTH_PREFIX
  Dialect dialect;
  Media media;
  std::string_view use_case;
  Repeat repeat;
  Cost cost;
  // Asked before the body is read; may be null. Returns: the answer to who isn't let in.
  std::optional<Answer> (*admit)(const Context&);
  Prepared (*prepare)(const Context&);
  // Returns: nothing for an outcome that this use case doesn't have.
  std::optional<Answer> (*conclude)(const Context&, const OriginOutcome&);
};

// Returns: the client's question of a limit, by address.
Question client_question(const Context& context, Limit limit);

// Returns: 200 with {"message": ...}.
Answer message_answer(std::uint16_t status, std::string_view message, std::string_view event);
Answer json_answer(std::uint16_t status, std::string body, std::string_view event);

}  // namespace rekey::edge
