#include <charconv>
#include <string>

#include "shared/codec/encoding.h"
#include "shared/codec/form.h"
#include "shared/codec/strict_json.h"
#include "shared/language.h"
#include "shared/message_signature.h"
#include "shared/rate_limit.h"
#include "shared/recovery_code.h"
#include "tests/vectors/vector_outcome.h"

namespace rekey_vectors {
namespace {

using rekey::Error;
using rekey::FieldKind;
using rekey::FieldProblem;
using rekey::FieldRule;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) __builtin_trap();
  return value;
}

FieldRule read_rule(std::string_view text) {
  FieldRule rule;
  if (text.ends_with('?')) {
    rule.need = rekey::FieldNeed::kOptional;
    text.remove_suffix(1);
  }
  const auto parts = split(text, ':');
  rule.name = parts.at(0);
  const std::string_view kind = parts.size() > 1 ? parts[1] : "string";
  if (kind == "boolean") rule.kind = FieldKind::kBoolean;
  if (kind == "integer") rule.kind = FieldKind::kInteger;
  if (kind == "object") rule.kind = FieldKind::kObject;
  return rule;
}

std::vector<FieldRule> read_rules(std::string_view text) {
  std::vector<FieldRule> rules;
  for (std::string_view rule : split(text, ' ')) rules.push_back(read_rule(rule));
  return rules;
}

std::string_view word_of(FieldProblem::Kind kind) {
  constexpr std::string_view kWords[] = {"missing", "unknown", "repeated", "wrong_type", "not_an_object", "control_character"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string describe(Error error, const std::vector<FieldProblem>& problems) {
  if (error == Error::kMalformedJson) return "malformed";
  if (error == Error::kTooLarge) return "too large";
  if (error == Error::kInvalidEncoding) return "broken coding";
  if (error != Error::kWrongShape) return "unexpected error";
  std::string text = "shape";
  for (const FieldProblem& problem : problems) text += " " + problem.pointer + ":" + std::string(word_of(problem.kind));
  return text;
}

std::string value_of(const rekey::JsonObject& object, const FieldRule& rule) {
  if (rule.kind == FieldKind::kBoolean) return object.boolean(rule.name) ? "true" : "false";
  if (rule.kind == FieldKind::kInteger) return std::to_string(object.integer(rule.name));
  return std::string(rule.kind == FieldKind::kObject ? object.object(rule.name) : object.string(rule.name));
}

std::string describe(const rekey::RateLimit& limit, const rekey::RateDecision& decision) {
  const bool allowed = decision.verdict == rekey::RateVerdict::kAllowed;
  const auto text = (allowed ? "allowed arrival " : "limited arrival ") + std::to_string(decision.arrival) + " remaining " +
                    std::to_string(decision.remaining);
  const auto wait = rekey::explain_wait(limit, decision.wait_micros);
  if (allowed) return text;
  return text + " retry " + std::to_string(wait.retry_after_seconds) + " reset " + std::to_string(wait.reset_seconds);
}

std::string signature_error(Error error) {
  if (error == Error::kSignatureMissing) return "missing";
  if (error == Error::kSignatureInvalid) return "invalid";
  if (error == Error::kSignatureExpired) return "expired";
  return "unexpected error";
}

rekey::UnixSeconds seconds(const std::string& text) { return static_cast<rekey::UnixSeconds>(number(text)); }

std::string sign(const Record& record, const rekey::KeyRing& keys) {
  const auto fields = rekey::sign_call(keys.signing_key(), {record["method"], record["path"], record["input"]},
                                       seconds(record["created"]), record["nonce"]);
  return fields.content_digest + "\n" + fields.signature_input + "\n" + fields.signature;
}

std::string verify(const Record& record, const rekey::KeyRing& keys) {
  const auto nonce =
      rekey::verify_call(keys, {record["method"], record["path"], record["input"]},
                         {record["digest"], record["signature_input"], record["signature"]}, seconds(record["now"]));
  return nonce ? "ok " + *nonce : signature_error(nonce.error());
}

template <std::size_t N>
rekey::ByteArray<N> read_hex(std::string_view text) {
  rekey::ByteArray<N> bytes{};
  if (rekey::from_hex(text, bytes) != Error::kNone) __builtin_trap();
  return bytes;
}

std::string read_code(const Record& record) {
  const auto code = rekey::RecoveryCode::parse(record["input"]);
  return code ? "ok " + std::string(code->reveal()) : token_error(code.error());
}

std::string derive_code(const Record& record) {
  rekey::ByteArray<32> secret{};
  if (rekey::from_base64url(record["secret"], secret) != Error::kNone) __builtin_trap();
  return std::string(rekey::RecoveryCode::derive(secret, read_hex<32>(record["input"])).reveal());
}

std::string read_id(const Record& record, const rekey::KeyRing& keys) {
  const auto request = rekey::read_recovery_id(keys, record["input"], seconds(record["now"]));
  return request ? "ok " + std::string(*request) : token_error(request.error());
}

std::string mint_id(const Record& record, const rekey::KeyRing& keys) {
  const auto request = read_hex<16>(record["input"]);
  return std::string(rekey::mint_recovery_id(keys.signing_key(), request, seconds(record["expires"])).reveal());
}

std::string print_code(const Record& record, const rekey::KeyRing& keys) {
  return rekey::RecoveryCode::parse(record["input"])->prints(keys, record["request"]).text();
}

}  // namespace

std::string code_outcome(const Record& record) {
  if (record["do"] == "read") return read_code(record);
  if (record["do"] == "derive") return derive_code(record);
  const auto keys = rekey::KeyRing::parse(record["keys"]);
  if (!keys) return "invalid keys";
  if (record["do"] == "print") return print_code(record, *keys);
  return record["do"] == "mint id" ? mint_id(record, *keys) : read_id(record, *keys);
}

std::string json_outcome(const Record& record) {
  const auto rules = read_rules(record["rules"]);
  std::vector<FieldProblem> problems;
  const auto object = rekey::JsonObject::parse(record["input"], rules, problems);
  if (!object) return describe(object.error(), problems);
  std::string text = "ok";
  for (const FieldRule& rule : rules) {
    if (object->has(rule.name)) text += " " + std::string(rule.name) + "=" + value_of(*object, rule);
  }
  return text;
}

std::string form_outcome(const Record& record) {
  std::vector<FieldProblem> problems;
  const auto fields = rekey::parse_form(record["input"], read_rules(record["rules"]), problems);
  if (!fields) return describe(fields.error(), problems);
  std::string text = "ok";
  for (const rekey::FormField& field : *fields) text += " " + field.name + "=" + field.value;
  return text;
}

std::string language_outcome(const Record& record) {
  return std::string(rekey::choose_language(record["input"], split(record["available"], ',')));
}

std::string rate_outcome(const Record& record) {
  const auto limit = rekey::RateLimit::parse(record["limit"]);
  return limit ? describe(*limit, rekey::decide_rate(*limit, number(record["arrival"]), number(record["input"])))
               : "invalid limit";
}

std::string signature_outcome(const Record& record) {
  const auto keys = rekey::KeyRing::parse(record["keys"]);
  if (!keys) return "invalid keys";
  return record["do"] == "sign" ? sign(record, *keys) : verify(record, *keys);
}

}  // namespace rekey_vectors
