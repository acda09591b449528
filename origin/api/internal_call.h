// One parsed call of the edge: the envelope (request id and client), and the fields of the use case. Parsed by strict_json and
// checked field by field, as at the edge: the signature only proves that the call is the edge's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/answer_store.h"
#include "origin/ports/request_info.h"
#include "origin/ports/store.h"
#include "shared/codec/strict_json.h"
#include "shared/email_address.h"
#include "shared/internal_calls.h"
#include "shared/key_fingerprints.h"
#include "shared/result.h"
#include "shared/token.h"
#include "shared/username.h"

namespace rekey {

// The fault of one field, for the `errors` of a problem document. Never holds the field's value.
struct FieldError {
  std::string pointer;
  std::string detail;
};

class InternalCall {
 public:
  // In: the use case's rule; `nonce` of the verified signature, which the request id must equal; what the call's version says
  // about fields that are unknown here. Errors: kTooLarge, kMalformedJson, kWrongShape; for the last `errors` says why.
  static Result<InternalCall> parse(std::string_view body, std::string_view nonce, const CallRule& rule, UnknownFields unknown,
                                    std::vector<FieldError>& errors);

  const RequestInfo& request() const { return request_; }
  const std::optional<CallRepeat>& repeat() const { return repeat_; }  // of a call with an Idempotency-Key
  // From here on the call is the one that came first.
  void run_under(const std::string& request_id) { request_.request_id = request_id; }

  // Each traps for a field that the use case does not have.
  std::string_view text(InputField field) const { return input_.string(input_name(field)); }
  bool flag(InputField field) const { return input_.boolean(input_name(field)); }

  // Each appends its fault to errors().
  Result<EmailAddress> email(InputField field);
  Result<Username> username(InputField field);
  Result<TokenHash> token_hash(InputField field);
  // Returns: nothing for "".
  Result<std::optional<TokenHash>> optional_token_hash(InputField field);

  Result<KeyFingerprints> fingerprints(InputField field);
  // Of kRecovery and kCode.
  Result<CodeTry> code_try();

  const std::vector<FieldError>& errors() const { return errors_; }

 private:
  InternalCall(RequestInfo request, std::optional<CallRepeat> repeat, JsonObject input)
      : request_(std::move(request)), repeat_(repeat), input_(std::move(input)) {}
  Error note(InputField field, std::string_view detail, Error error);

  RequestInfo request_;
  std::optional<CallRepeat> repeat_;
  JsonObject input_;
  std::vector<FieldError> errors_;
};

}  // namespace rekey
