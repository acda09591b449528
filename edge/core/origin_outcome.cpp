#include "edge/core/origin_outcome.h"

#include <vector>

#include "shared/codec/strict_json.h"

namespace rekey::edge {
namespace {

constexpr FieldRule kOutcomeFields[] = {
    {"outcome", FieldKind::kString, FieldNeed::kRequired},
    {"reason", FieldKind::kString, FieldNeed::kOptional},
    {"renewed", FieldKind::kBoolean, FieldNeed::kOptional},
    {"user", FieldKind::kObject, FieldNeed::kOptional},
};

constexpr FieldRule kUserFields[] = {
    {"id", FieldKind::kString, FieldNeed::kRequired},           {"username", FieldKind::kString, FieldNeed::kRequired},
    {"email", FieldKind::kString, FieldNeed::kRequired},        {"is_active", FieldKind::kBoolean, FieldNeed::kRequired},
    {"is_verified", FieldKind::kBoolean, FieldNeed::kRequired}, {"is_superuser", FieldKind::kBoolean, FieldNeed::kRequired},
};

std::optional<OriginUser> parse_user(std::string_view body) {
  std::vector<FieldProblem> problems;
  const auto user = JsonObject::parse(body, kUserFields, problems);
  if (!user) return std::nullopt;
  return OriginUser{std::string(user->string("id")), std::string(user->string("username")), std::string(user->string("email")),
                    user->boolean("is_active"),      user->boolean("is_verified"),          user->boolean("is_superuser")};
}

}  // namespace

std::optional<OriginOutcome> OriginOutcome::parse(std::string_view body) {
  std::vector<FieldProblem> problems;
  const auto object = JsonObject::parse(body, kOutcomeFields, problems);
  if (!object) return std::nullopt;
  OriginOutcome outcome;
  outcome.outcome = object->string("outcome");
  outcome.reason = object->string("reason");
  outcome.renewed = object->boolean("renewed");
  if (object->has("user")) {
    outcome.user = parse_user(object->object("user"));
    if (!outcome.user) return std::nullopt;
  }
  return outcome;
}

}  // namespace rekey::edge
