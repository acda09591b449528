// The fields of one request body. A feature reads them one by one; the errors are collected, and worded in the route's dialect.
// A new password and a reset token are judged after all fields have been read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "edge/core/feature.h"
#include "edge/core/problem.h"
#include "shared/codec/form.h"
#include "shared/codec/strict_json.h"
#include "shared/email_address.h"
#include "shared/password_policy.h"
#include "shared/username.h"

namespace rekey::edge {

class BodyFields {
 public:
  // In: a context whose transcript has the body.
  static BodyFields from_json(const Context& context, std::span<const FieldRule> rules);
  static BodyFields from_form(const Context& context, std::span<const FieldRule> rules);

  // Each returns nothing and notes an error for an unacceptable field. The platform must first convert an international domain:
  // refusal() then returns that action.
  std::optional<EmailAddress> email(std::string_view name);
  std::optional<Username> username(std::string_view name);
  // A password that is only compared: accepts any that could have been set.
  std::optional<std::string_view> known_password(std::string_view name);
  // Accepts any string; "" if refusal() refuses the body.
  std::string_view text(std::string_view name) const;
  // Whether an optional field of a JSON body is there. Traps for a name that is not in the rules.
  bool has(std::string_view name) const { return json_ && json_->has(name); }
  void refuse(std::string_view name, std::string_view reason);

  // Returns: the answer or action to end with; nothing if all fields read so far are good.
  std::optional<Prepared> refusal() const;

 private:
  explicit BodyFields(const Context& context) : context_(context) {}
  void note(const std::vector<FieldProblem>& problems);

  const Context& context_;
  bool readable_ = false;
  std::optional<JsonObject> json_;
  std::vector<FormField> form_;
  std::optional<Answer> unreadable_;
  std::optional<ConvertDomain> conversion_;
  std::vector<FieldError> errors_;
};

// Returns: the policy's refusal in the route's dialect, or nothing. The origin applies the policy again after NFC.
std::optional<Answer> refuse_new_password(const Context& context, std::string_view field, std::string_view password,
                                          PasswordContext about);
Answer password_refused(const Context& context, std::string_view field, std::string_view reason);

// Returns: the token's hash in hex, for the origin; or the refusal. A forged or expired token causes no call.
std::variant<std::string, Answer> admit_reset_token(const Context& context, std::string_view token);
// Appends the request and the prints of the fields `recovery_id` and `code`, for the origin. Returns: the refusal, or nothing. A
// forged or expired id, and a text that is no code, cost no try.
std::optional<Answer> admit_code(const Context& context, const BodyFields& fields, std::vector<InputValue>& input);
// The same body for every kind of bad token or code, in the route's dialect.
Answer bad_token(const Context& context);

}  // namespace rekey::edge
