#include "origin/api/internal_call.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/language.h"

namespace rekey {

namespace {

std::string_view detail_of(FieldProblem::Kind kind) {
  switch (kind) {
    case FieldProblem::Kind::kMissing:
      return "is missing";
    case FieldProblem::Kind::kUnknown:
      return "is not known";
    case FieldProblem::Kind::kRepeated:
      return "occurs more than once";
    case FieldProblem::Kind::kWrongType:
      return "is of the wrong type";
    case FieldProblem::Kind::kNotAnObject:
      return "is not an object";
    case FieldProblem::Kind::kControlCharacter:
      return "holds a control character";
  }
  __builtin_trap();
}

Result<JsonObject> parse_part(std::string_view text, std::span<const FieldRule> rules, UnknownFields unknown,
                              std::string_view prefix, std::vector<FieldError>& errors) {
  std::vector<FieldProblem> problems;
  auto object = JsonObject::parse(text, rules, problems, kMaxEnvelopeSize, unknown);
  for (const FieldProblem& problem : problems) {
    errors.push_back({std::string(prefix) + problem.pointer, std::string(detail_of(problem.kind))});
  }
  return object;
}

bool consists_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_request_id(std::string_view text) {
  return text.size() == kRequestIdSize && consists_of(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

bool is_country(std::string_view text) {
  return text.empty() || (text.size() == 2 && consists_of(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
}

bool is_ip(std::string_view text) { return text.size() <= kMaxClientIpSize && consists_of(text, "0123456789abcdefABCDEF.:"); }

Result<RequestInfo> request_from(std::string_view request_id, const JsonObject& client, std::vector<FieldError>& errors) {
  if (!is_request_id(request_id)) errors.push_back({"/request_id", "is not 22 characters of base64url"});
  if (!is_ip(client.string(kClientIpName))) errors.push_back({"/client/ip", "is not an address"});
  if (!is_country(client.string(kCountryName))) errors.push_back({"/client/country", "is not a country code"});
  if (!errors.empty()) return Error::kWrongShape;
  return RequestInfo{.request_id = std::string(request_id),
                     .client_ip = std::string(client.string(kClientIpName)),
                     // Only shown to people: all but printable ASCII is left out, not refused.
                     .user_agent = printable(client.string(kUserAgentName), kMaxUserAgentSize),
                     .country = std::string(client.string(kCountryName)),
                     .accept_language = printable(client.string(kAcceptLanguageName), kMaxAcceptLanguageSize)};
}

constexpr std::size_t kHashTextSize = 2 * kSha256Size;

// Returns: nothing without one.
Result<std::optional<CallRepeat>> repeat_from(const JsonObject& envelope, const CallRule& rule, std::vector<FieldError>& errors) {
  if (!envelope.has(kRepeatName)) return std::optional<CallRepeat>();
  const auto text = envelope.string(kRepeatName);
  CallRepeat repeat;
  const bool has_form = is_repeatable(rule.use_case) && text.size() == 2 * kHashTextSize &&
                        from_hex(text.substr(0, kHashTextSize), repeat.key) == Error::kNone &&
                        from_hex(text.substr(kHashTextSize), repeat.body) == Error::kNone;
  if (has_form) return std::optional(repeat);
  errors.push_back({"/repeat", "is not 128 lower-case hex digits, or the use case has none"});
  return Error::kWrongShape;
}

}  // namespace

Result<InternalCall> InternalCall::parse(std::string_view body, std::string_view nonce, const CallRule& rule,
                                         UnknownFields unknown, std::vector<FieldError>& errors) {
  const auto envelope = parse_part(body, kEnvelopeRules, unknown, "", errors);
  if (!envelope) return envelope.error();
  if (envelope->string(kRequestIdName) != nonce) errors.push_back({"/request_id", "is not the signature's nonce"});
  const auto client = parse_part(envelope->object(kClientName), kClientRules, unknown, "/client", errors);
  auto input = parse_part(envelope->object(kInputName), input_rules(rule), unknown, "/input", errors);
  if (!client || !input) return Error::kWrongShape;
  auto request = request_from(envelope->string(kRequestIdName), *client, errors);
  if (!request) return request.error();
  const auto repeat = repeat_from(*envelope, rule, errors);
  if (!repeat) return repeat.error();
  return InternalCall(std::move(request).value(), *repeat, std::move(input).value());
}

Result<EmailAddress> InternalCall::email(InputField field) {
  auto email = EmailAddress::parse(text(field));
  if (!email) return note(field, "is not an e-mail address", email.error());
  return email;
}

Result<Username> InternalCall::username(InputField field) {
  auto username = Username::parse(text(field));
  if (!username) return note(field, "is not a user name", username.error());
  return username;
}

Result<TokenHash> InternalCall::token_hash(InputField field) {
  TokenHash hash{};
  const Error error = from_hex(text(field), hash);
  if (error != Error::kNone) return note(field, "is not 64 lower-case hex digits", error);
  return hash;
}

Result<std::optional<TokenHash>> InternalCall::optional_token_hash(InputField field) {
  if (text(field).empty()) return std::optional<TokenHash>();
  const auto hash = token_hash(field);
  if (!hash) return hash.error();
  return std::optional(*hash);
}

Result<KeyFingerprints> InternalCall::fingerprints(InputField field) {
  auto prints = KeyFingerprints::parse(text(field));
  if (!prints) return note(field, "is not a list of fingerprints", prints.error());
  return prints;
}

Result<CodeTry> InternalCall::code_try() {
  const auto recovery = text(InputField::kRecovery);
  if (!is_request_id(recovery)) return note(InputField::kRecovery, "is not 22 characters of base64url", Error::kTokenMalformed);
  auto prints = fingerprints(InputField::kCode);
  if (!prints) return prints.error();
  return CodeTry{std::string(recovery), *prints};
}

Error InternalCall::note(InputField field, std::string_view detail, Error error) {
  errors_.push_back({"/input/" + std::string(input_name(field)), std::string(detail)});
  return error;
}

}  // namespace rekey
