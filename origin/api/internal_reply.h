// The origin's answers to the edge: outcomes as JSON (DESIGN.md, "The edge and the origin"), refusals as problem documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "origin/api/internal_call.h"
#include "origin/ports/store.h"
#include "origin/ports/user.h"

namespace rekey {

struct InternalReply {
  int status = 200;  // 200: application/json; anything else: application/problem+json
  std::string body;
  std::string outcome;   // for metrics and log: the outcome's word, or outcome_of() the status
  std::string detail{};  // CallAnswer::detail
};

// In: a status other than 200. Returns: "unavailable" for 503, else "problem_<status>".
std::string outcome_of(int status);

// In: an outcome that has no fields.
InternalReply outcome_reply(CallOutcome outcome);
// `ok` for an account that a log-in or a reset has proven. In: its address, "" for none. One that the edge would not accept is
// left out: nobody can log in with it, so no limit counts it.
InternalReply proven_account_reply(std::string_view address);
InternalReply refused_password_reply(Error refusal);
// In: a word of password_reason().
InternalReply refused_password_reply(std::string_view reason);
// In: the name of the setting whose keys differ.
InternalReply other_keys_reply(std::string_view setting);
InternalReply registered_reply(const User& user);
InternalReply current_user_reply(const User& user, bool renewed);  // NOLINT: a value to be written, not a switch
// Each session with the device in words of our own: nothing that a client sent is passed on.
InternalReply own_sessions_reply(const std::vector<LiveSession>& sessions);

InternalReply problem_reply(int status, std::string_view detail);
InternalReply other_version_reply();
InternalReply wrong_fields_reply(const std::vector<FieldError>& errors);

}  // namespace rekey
