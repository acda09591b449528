// Answers the edge's calls, once their signature is verified: reads the envelope strictly, checks all fields again, runs the use
// case, writes its outcome. Format: DESIGN.md, "The edge and the origin". HTTP and signatures are in internal_routes.h.
// One object serves all threads.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "origin/api/internal_reply.h"
#include "origin/http/http_application.h"
#include "origin/ports/answer_store.h"
#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/event_pace.h"
#include "origin/ports/metrics.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/store.h"
#include "origin/ports/text_normalizer.h"
#include "origin/use_cases/change_password.h"
#include "origin/use_cases/forgot_password.h"
#include "origin/use_cases/log_in.h"
#include "origin/use_cases/own_sessions.h"
#include "origin/use_cases/register_user.h"
#include "origin/use_cases/repeated_calls.h"
#include "origin/use_cases/reset_password.h"
#include "origin/use_cases/try_code.h"
#include "shared/feature_set.h"
#include "shared/key_fingerprints.h"

namespace rekey {

struct InternalApiSettings {
  FeatureSet features = FeatureSet::kAll;
  Recovery recovery_switch = Recovery::kOn;
  Registration registration = Registration::kOff;
  std::string product_name;
  std::size_t password_min_length = kDefaultPasswordMinLength;
  SessionLife session_life{};
  std::vector<std::string> languages{};  // of the mails: lower-case tags, the fallback first; may be empty
  FirstPassword first_password = FirstPassword::kRefused;
  std::uint32_t missed_codes_a_day = 0;  // CODE_MISSES_A_DAY
};

// The ports of the use cases. All outlive the object and are safe from every thread.
struct InternalApiPorts {
  AccountStore& accounts;
  RecoveryStore& recovery;
  PasswordHasher& hasher;
  const TextNormalizer& normalizer;
  GuessWatch& guesses;
  const Clock& clock;
  EventLog& events;
  Metrics& metrics;
  AnswerStore* answers = nullptr;  // without it no answer is remembered
};

class InternalApi {
 public:
  // In: `keys` outlive the object; `health` compares them with the edge's.
  InternalApi(const InternalApiSettings& settings, const InternalApiPorts& ports, const KeyRings& keys);

  // In: the path's last part, the body as received, the signature's nonce.
  // Returns: 200 with an outcome of shared/internal_calls.h; 404 for an unknown use case, or one that FEATURES leaves out; 400,
  // 413, 422 for a body that the edge should never send. Throws: Unavailable, as the use cases do.
  InternalReply handle(std::string_view use_case, std::string_view body, std::string_view nonce);

  // Returns: kLight for an unknown use case.
  static Effort effort_of(std::string_view use_case);

 private:
  InternalReply run(UseCase use_case, InternalCall& call);
  InternalReply run_once(UseCase use_case, InternalCall& call, const CallRepeat& repeat);
  InternalReply reply_again(UseCase use_case, const CallAnswer& kept, InternalCall& call);
  InternalReply refuse(Error error, const std::vector<FieldError>& errors, std::string_view nonce);
  InternalReply refuse_version(std::int64_t version, std::string_view nonce);

  InternalReply answer_register(InternalCall& call);
  InternalReply answer_login(InternalCall& call);
  InternalReply answer_logout(InternalCall& call);
  InternalReply answer_me(InternalCall& call);
  InternalReply answer_change_password(InternalCall& call);
  InternalReply answer_sessions(InternalCall& call);
  InternalReply answer_end_sessions(InternalCall& call);
  InternalReply answer_forgot_password(InternalCall& call);
  InternalReply answer_reset_password(InternalCall& call);
  InternalReply answer_cancel_reset(InternalCall& call);
  InternalReply answer_check_code(InternalCall& call);
  InternalReply answer_health(InternalCall& call);
  InternalReply answer_other_keys(std::string_view setting, const InternalCall& call);

  FeatureSet features_;
  Recovery recovery_switch_;
  KeyRings keys_;
  RecoveryStore& recovery_;
  EventLog& events_;
  Metrics& metrics_;
  const Clock& clock_;
  EventPace other_versions_;
  PasswordRules rules_;
  RegisterUser register_user_;
  LogIn log_in_;
  LogOut log_out_;
  CurrentUser current_user_;
  ChangePassword change_password_;
  OwnSessions own_sessions_;
  ForgotPassword forgot_password_;
  TryCode try_code_;
  ResetPassword reset_password_;
  CancelReset cancel_reset_;
  AnswerStore no_answers_;
  RepeatedCalls repeated_calls_;
};

}  // namespace rekey
