#include <iomanip>

#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/password_prompt.h"

namespace rekey {
namespace {

struct SampleUser {
  std::string_view email;
  std::string_view username;
  enum class Standing : std::uint8_t { kActive, kInactive } standing;
};

constexpr std::string_view kSamplePassword = "correct horse battery staple";
constexpr SampleUser kSampleUsers[] = {
    {"ada@example.com", "ada", SampleUser::Standing::kActive},
    {"alan@example.com", "alan", SampleUser::Standing::kActive},
    {"grace@example.com", "grace", SampleUser::Standing::kInactive},
};

std::string_view words_for(const RegisterOutcome& outcome) {
  switch (outcome.kind) {
    case RegisterOutcome::Kind::kCreated:
      return "added";
    case RegisterOutcome::Kind::kTaken:
      return "was not added: the address or the name is taken";
    case RegisterOutcome::Kind::kRegistrationOff:
      return "was not added: registration is off";
    case RegisterOutcome::Kind::kPasswordRefused:
      return "was not added: the password is refused, ";
  }
  __builtin_trap();
}

int tell(std::string_view email, const RegisterOutcome& outcome, std::ostream& out) {
  out << email << " " << words_for(outcome);
  if (outcome.kind == RegisterOutcome::Kind::kPasswordRefused) out << password_reason(outcome.refusal);
  out << "\n";
  return outcome.kind == RegisterOutcome::Kind::kCreated ? 0 : 1;
}

int switch_account(const Settings& settings, std::string_view email, SampleUser::Standing standing, std::ostream& out) {
  AccountDesk desk(settings);
  const bool active = standing == SampleUser::Standing::kActive;
  const bool exists = desk.accounts().set_active(require_email(email), active);
  out << email << (!exists ? " has no account" : active ? " is enabled" : " is disabled") << "\n";
  return exists ? 0 : 1;
}

}  // namespace

int list_users(const Settings& settings, std::ostream& out) {
  AccountDesk desk(settings);
  for (const auto& user : desk.accounts().list_users()) {
    out << user.id << "  " << std::left << std::setw(20) << user.username << "  " << std::setw(32) << user.email << "  "
        << (user.is_active ? "active" : "inactive") << (user.is_verified ? ", verified" : "")
        << (user.is_superuser ? ", superuser" : "") << "\n";
  }
  return 0;
}

int add_user(const Settings& settings, std::string_view email, std::string_view username, std::ostream& out) {
  const auto password = read_password("Password: ");
  AccountDesk desk(settings);
  return tell(email, desk.add(email, username, password.reveal()), out);
}

int enable_user(const Settings& settings, std::string_view email, std::ostream& out) {
  return switch_account(settings, email, SampleUser::Standing::kActive, out);
}

int disable_user(const Settings& settings, std::string_view email, std::ostream& out) {
  return switch_account(settings, email, SampleUser::Standing::kInactive, out);
}

int add_sample_users(const Settings& settings, std::ostream& out) {
  AccountDesk desk(settings);
  for (const auto& sample : kSampleUsers) {
    const auto outcome = desk.add(sample.email, sample.username, kSamplePassword);
    const bool inactive = sample.standing == SampleUser::Standing::kInactive;
    const bool created = outcome.kind == RegisterOutcome::Kind::kCreated;
    if (!created && outcome.kind != RegisterOutcome::Kind::kTaken) return tell(sample.email, outcome, out);
    if (created && inactive) desk.accounts().set_active(require_email(sample.email), false);
    out << sample.email << (created ? " added" : " exists already") << (inactive ? ", inactive" : "") << "\n";
  }
  out << "password of each: " << kSamplePassword << "\n";
  return 0;
}

}  // namespace rekey
