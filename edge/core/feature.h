// A feature is one route of the API: it turns a request into a call to the origin, and the origin's outcome into an answer.
// Features are pure: step.cpp runs them again at every step of a transcript, and does everything around them.
// features.h lists all of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "edge/core/action.h"
#include "edge/core/settings.h"
#include "edge/core/tally.h"
#include "edge/core/transcript.h"
#include "shared/internal_calls.h"

namespace rekey::edge {

// The wording of errors about the body: our own problem documents, or those of fastapi-users.
enum class Dialect : std::uint8_t { kApi, kFastapi };

enum class Media : std::uint8_t { kNone, kJson, kForm };

struct Context {
  const Settings& settings;
  const Transcript& transcript;
  Dialect dialect = Dialect::kApi;
};

// A request over the limit is refused with 429, or goes on marked `suppress`, which the caller can't see.
enum class WhenLimited : std::uint8_t { kRefuse, kSuppress };
// Where no limiter answers, a request is refused with 503, or counted in the instance alone.
enum class WhenUncounted : std::uint8_t { kRefuse, kCountHere };
// A network is a client's IPv6 /48, a device has an id (device.h), a recovery is a mail of which a link or a recovery id was
// proven authentic. Each has a limit of its own, as have all devices of a client together, and all recoveries.
enum class Counted : std::uint8_t { kKey, kNetwork, kDevice, kDevices, kRecovery, kRecoveries };

struct Question {
  Limit limit;
  std::vector<std::string> key;  // texts without NUL that identify the client or account; stored as a hash
  WhenLimited when_limited = WhenLimited::kRefuse;
  std::string home = {};  // the client's network: one limiter has all keys of a client; "" for a key that is not a client's
  Counted counted = Counted::kKey;
};

struct InputValue {
  InputField field;
  std::string value;
};

struct Call {
  std::vector<InputValue> input;    // a value for each text of the use case's input that is not optional
  std::vector<Question> questions;  // asked in this order, each only if the one before has passed
};

using Prepared = std::variant<Call, Answer, ConvertDomain>;

struct OriginUser {
  std::string id;
  std::string username;
  std::string email;
  bool is_active = false;
  bool is_verified = false;
  bool is_superuser = false;
};

// The origin's outcome, read by origin_call.cpp.
struct OriginOutcome {
  CallOutcome outcome = CallOutcome::kOk;
  std::string reason;
  bool renewed = false;
  std::string own;      // the account's sessions, as the API's answer
  std::string account;  // that a log-in or a reset has proven: its address, normalized; "" if the origin names none
  std::optional<OriginUser> user;
};

struct Feature {
  std::string_view method;
  std::string_view path;  // for Dialect::kFastapi the part after AUTH_PREFIX; with `/` at its end a session's id follows
  Dialect dialect;
  Media media;
  Endpoint endpoint;
  UseCase use_case;
  // Called before the body is read; may be null. Returns: the refusal, or nothing.
  std::optional<Answer> (*admit)(const Context&);
  Prepared (*prepare)(const Context&);
  // In: an outcome that the use case has. Returns: nothing if the feature does not expect it, or if it lacks its user.
  std::optional<Answer> (*conclude)(const Context&, const OriginOutcome&);
};

}  // namespace rekey::edge
