#include "edge/core/body_fields.h"

#include <algorithm>

#include "edge/core/fastapi_answer.h"
#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/recovery_code.h"
#include "shared/token.h"

namespace rekey::edge {
namespace {

std::string_view reason_of(FieldProblem::Kind kind) {
  switch (kind) {
    case FieldProblem::Kind::kMissing:
      return "missing";
    case FieldProblem::Kind::kUnknown:
      return "unknown";
    case FieldProblem::Kind::kRepeated:
      return "repeated";
    case FieldProblem::Kind::kWrongType:
      return "wrong_type";
    case FieldProblem::Kind::kNotAnObject:
      return "not_an_object";
    case FieldProblem::Kind::kControlCharacter:
      return "control_character";
  }
  __builtin_trap();
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::vector<std::string_view> labels(std::string_view domain) {
  std::vector<std::string_view> found;
  while (!domain.empty()) found.push_back(cut_until(domain, '.'));
  return found;
}

// Other characters would mean more than a host to a URL parser: a port, a path, an escape.
bool is_host(std::string_view domain) {
  return std::all_of(domain.begin(), domain.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || is_letter_or_digit(c) || c == '-' || c == '.';
  });
}

// The platform's parser also maps full-width letters and other dots to ASCII. A label without xn-- must have been typed as it is.
bool is_honest_conversion(std::string_view typed, std::string_view converted) {
  const auto from = labels(typed);
  const auto to = labels(converted);
  return std::equal(from.begin(), from.end(), to.begin(), to.end(), [](std::string_view a, std::string_view b) {
    return is_ascii(a) ? equal_ignoring_case(a, b) : b.starts_with("xn--");
  });
}

Answer unreadable_body(const Context& context, Media media) {
  if (media == Media::kForm) return problem_answer(kUnreadableForm);
  return context.dialect == Dialect::kFastapi ? fastapi_unreadable_json() : problem_answer(kUnreadableJson);
}

}  // namespace

BodyFields BodyFields::from_json(const Context& context, std::span<const FieldRule> rules) {
  BodyFields fields(context);
  std::vector<FieldProblem> problems;
  auto parsed = JsonObject::parse(*context.transcript.body, rules, problems);
  if (parsed) {
    fields.json_.emplace(std::move(parsed).value());
    fields.readable_ = true;
  } else if (parsed.error() == Error::kWrongShape) {
    fields.note(problems);
  } else {
    fields.unreadable_ = unreadable_body(context, Media::kJson);
  }
  return fields;
}

BodyFields BodyFields::from_form(const Context& context, std::span<const FieldRule> rules) {
  BodyFields fields(context);
  std::vector<FieldProblem> problems;
  auto parsed = parse_form(*context.transcript.body, rules, problems);
  if (parsed) {
    fields.form_ = std::move(parsed).value();
    fields.readable_ = true;
  } else if (parsed.error() == Error::kWrongShape) {
    fields.note(problems);
  } else {
    fields.unreadable_ = unreadable_body(context, Media::kForm);
  }
  return fields;
}

void BodyFields::note(const std::vector<FieldProblem>& problems) {
  for (const auto& problem : problems) errors_.push_back({problem.pointer, problem.field, reason_of(problem.kind)});
}

void BodyFields::refuse(std::string_view name, std::string_view reason) {
  errors_.push_back({"/" + std::string(name), std::string(name), reason});
}

std::string_view BodyFields::text(std::string_view name) const {
  if (json_) return json_->string(name);
  const auto found = std::find_if(form_.begin(), form_.end(), [&](const FormField& field) { return field.name == name; });
  return found == form_.end() ? std::string_view{} : std::string_view(found->value);
}

std::optional<EmailAddress> BodyFields::email(std::string_view name) {
  if (!readable_) return std::nullopt;
  const auto typed = text(name);
  std::string address(typed);
  const auto at = typed.rfind('@');
  const auto domain = typed.substr(at + 1);  // the whole text if there is no '@': refused below
  if (at != std::string_view::npos && is_ascii(typed.substr(0, at)) && !is_ascii(domain) && is_host(domain)) {
    const auto& converted = context_.transcript.ascii_domain;
    if (!converted) {
      conversion_ = ConvertDomain{std::string(domain)};
      return std::nullopt;
    }
    address = is_honest_conversion(domain, *converted) ? std::string(typed.substr(0, at + 1)) + std::string(*converted) : "";
  }
  auto parsed = EmailAddress::parse(address);
  if (parsed) return std::move(parsed).value();
  refuse(name, "invalid_email");
  return std::nullopt;
}

std::optional<Username> BodyFields::username(std::string_view name) {
  if (!readable_) return std::nullopt;
  auto parsed = Username::parse(text(name));
  if (parsed) return std::move(parsed).value();
  refuse(name, "invalid_username");
  return std::nullopt;
}

std::optional<std::string_view> BodyFields::known_password(std::string_view name) {
  if (!readable_) return std::nullopt;
  const auto password = text(name);
  if (can_be_password(password)) return password;
  refuse(name, "invalid_password");
  return std::nullopt;
}

std::optional<Prepared> BodyFields::refusal() const {
  if (unreadable_) return *unreadable_;
  if (!errors_.empty()) {
    return context_.dialect == Dialect::kFastapi ? fastapi_invalid_fields(errors_) : problem_answer(kInvalidFields, errors_);
  }
  if (conversion_) return *conversion_;
  return std::nullopt;
}

Answer password_refused(const Context& context, std::string_view field, std::string_view reason) {
  if (context.dialect == Dialect::kFastapi) return fastapi_password_refused(reason);
  const FieldError error{"/" + std::string(field), std::string(field), reason};
  return problem_answer(kPasswordRefused, {&error, 1});
}

std::optional<Answer> refuse_new_password(const Context& context, std::string_view field, std::string_view password,
                                          PasswordContext about) {
  about.product_name = context.settings.product_name;
  about.min_length = context.settings.password_min_length;
  about.most_bytes = most_password_bytes(context.settings.password_format);
  const auto verdict = check_typed_password(password, about);
  if (verdict == Error::kNone) return std::nullopt;
  return password_refused(context, field, password_reason(verdict));
}

Answer bad_token(const Context& context) {
  return context.dialect == Dialect::kFastapi ? fastapi_bad_token() : problem_answer(kBadToken);
}

namespace {

Answer refused_token(const Context& context, Error error) {
  auto refusal = bad_token(context);
  if (error == Error::kTokenExpired) refusal.event = Event::kTokenExpired;
  if (error == Error::kTokenForged) refusal.event = Event::kTokenForged;
  return refusal;
}

}  // namespace

std::variant<std::string, Answer> admit_reset_token(const Context& context, std::string_view token) {
  const auto verified = verify_token(context.settings.token_keys, TokenPurpose::kReset, token, context.transcript.now_seconds());
  if (verified) return to_hex(verified->hash);
  return refused_token(context, verified.error());
}

std::optional<Answer> admit_code(const Context& context, const BodyFields& fields, std::vector<InputValue>& input) {
  const auto& keys = context.settings.token_keys;
  const auto request = read_recovery_id(keys, fields.text("recovery_id"), context.transcript.now_seconds());
  if (!request) return refused_token(context, request.error());
  const auto digits = RecoveryCode::parse(fields.text("code"));
  if (!digits) return bad_token(context);
  input.push_back({InputField::kRecovery, std::string(*request)});
  input.push_back({InputField::kCode, digits->prints(keys, *request).text()});
  return std::nullopt;
}

}  // namespace rekey::edge
