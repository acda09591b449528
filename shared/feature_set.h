// The parts of Rekey that an installation has: FEATURES. Edge and origin ask here, so both know the same calls.
#pragma once

#include "shared/internal_calls.h"

namespace rekey {

enum class FeatureSet : std::uint8_t {
  kAll,
  kRecovery,  // no accounts, log-in or sessions: the application has its own
};

constexpr std::string_view feature_set_word(FeatureSet features) { return features == FeatureSet::kAll ? "all" : "recovery"; }

// Whether RECOVERY lets anyone ask for a link or set a password by one.
enum class Recovery : std::uint8_t { kOn, kOff };

constexpr std::string_view recovery_word(Recovery recovery) { return recovery == Recovery::kOn ? "on" : "off"; }

// Returns: whether the use case belongs to password recovery alone.
constexpr bool is_recovery(UseCase use_case) {
  using enum UseCase;
  return use_case == kForgotPassword || use_case == kResetPassword || use_case == kCancelReset || use_case == kCheckCode;
}

// Returns: whether RECOVERY=off refuses the use case. Cancelling a link goes on: it sets no password, and an owner who did not
// ask needs it most while somebody attacks.
constexpr bool is_switched(UseCase use_case) {
  using enum UseCase;
  return use_case == kForgotPassword || use_case == kResetPassword || use_case == kCheckCode;
}

constexpr bool has_use_case(FeatureSet features, UseCase use_case) {
  return features == FeatureSet::kAll || is_recovery(use_case) || use_case == UseCase::kHealth;
}

}  // namespace rekey
