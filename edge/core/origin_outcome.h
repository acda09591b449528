// The origin's answer to a use case: DESIGN.md, "The edge and the origin". Anything else than what stands there is no outcome.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekey::edge {

struct OriginUser {
  std::string id;
  std::string username;
  std::string email;
  bool is_active = false;
  bool is_verified = false;
  bool is_superuser = false;
};

struct OriginOutcome {
  std::string outcome;
  std::string reason;
  bool renewed = false;
  std::optional<OriginUser> user;

  // Returns: nothing for a body that is too large, no such JSON, or has unknown fields.
  static std::optional<OriginOutcome> parse(std::string_view body);
};

}  // namespace rekey::edge
