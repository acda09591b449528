#include <algorithm>

#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/password_prompt.h"
#include "origin/commands/report.h"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

struct SampleUser {
  std::string_view email;
  std::string_view username;
  Standing standing;
};

constexpr std::string_view kSamplePassword = "correct horse battery staple";
constexpr SampleUser kSampleUsers[] = {
    {"ada@example.com", "ada", Standing::kActive},
    {"alan@example.com", "alan", Standing::kActive},
    {"grace@example.com", "grace", Standing::kInactive},
};

std::string words_for(const RegisterOutcome& outcome) {
  switch (outcome.kind) {
    case RegisterOutcome::Kind::kCreated:
      return "added";
    case RegisterOutcome::Kind::kTaken:
      return "not added: the address or the name is taken";
    case RegisterOutcome::Kind::kRegistrationOff:
      return "not added: registration is off";
    case RegisterOutcome::Kind::kPasswordRefused:
      return "not added: the password is refused, " + std::string(password_reason(outcome.refusal));
  }
  __builtin_trap();
}

std::vector<Cell> cells_of(const User& user) {
  return {
      text_cell("id", 36, user.id),        text_cell("username", 20, user.username), text_cell("email", 32, user.email),
      flag_cell("active", user.is_active), flag_cell("verified", user.is_verified),  flag_cell("superuser", user.is_superuser)};
}

std::vector<Cell> cells_of(const UserDetails& details) {
  auto cells = cells_of(details.user);
  const std::vector<Cell> more = {text_cell("language", 0, details.user.language),
                                  text_cell("password", 0, details.password_kind),
                                  time_cell("created_at", details.created_at),
                                  time_cell("last_log_in", details.last_log_in),
                                  time_cell("last_new_password", details.last_new_password),
                                  number_cell("sessions", 0, details.sessions),
                                  number_cell("links", 0, details.links),
                                  number_cell("waiting_mails", 0, details.waiting_mails),
                                  number_cell("refused_log_ins", 0, details.refused_log_ins)};
  cells.insert(cells.end(), more.begin(), more.end());
  return cells;
}

std::optional<Standing> standing_from(const std::string& word) {
  if (word.empty()) return std::nullopt;
  return word == "active" ? Standing::kActive : Standing::kInactive;
}

// Reports what `change` did to the account, or that there is none.
template <class Change>
int change_account(const Settings& settings, const CommandLine& line, std::ostream& out, std::string_view word, Change change) {
  AccountDesk desk(settings);
  const auto account = line.text("ACCOUNT");
  const auto id = desk.find(account);
  const bool done = id && change(desk, *id);
  Report(out, line.form()).outcome(account, done ? "is" : "has", done ? word : "no account");
  return done ? 0 : 1;
}

int set_standing(const Settings& settings, const CommandLine& line, Standing standing, std::ostream& out) {
  const auto word = standing == Standing::kActive ? "enabled" : "disabled";
  return change_account(settings, line, out, word, [&](AccountDesk& desk, const std::string& id) {
    return desk.operators().set_standing(id, standing, desk.new_act());
  });
}

RegisterOutcome::Kind add_sample(AccountDesk& desk, const SampleUser& sample, Report& report) {
  const auto outcome = desk.add(sample.email, sample.username, kSamplePassword);
  const bool inactive = sample.standing == Standing::kInactive;
  const bool created = outcome.kind == RegisterOutcome::Kind::kCreated;
  if (created && inactive) desk.operators().set_standing(outcome.user->id, Standing::kInactive, desk.new_act());
  report.row({text_cell("email", 18, std::string(sample.email)), flag_cell("active", !inactive),
              text_cell("password", 28, std::string(kSamplePassword)), text_cell("outcome", 0, words_for(outcome))});
  return outcome.kind;
}

bool confirms(std::string_view account, std::istream& in, std::ostream& err) {
  err << "Delete " << account << "? Type the same again: " << std::flush;
  std::string answer;
  std::getline(in, answer);
  return trim(answer, " \t\r") == account;
}

}  // namespace

int list_users(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  Report report(out, line.form());
  const UserFilter filter{line.text("--search"), standing_from(line.text("--state"))};
  const auto load = [&](const std::string& after, std::size_t most) {
    return desk.operators().list(filter, {most, to_lower(after)});
  };
  const auto place_of = [](const User& user) { return to_lower(user.email); };
  report_pages(report, line, "users", load, place_of, [](const User& user) { return cells_of(user); });
  return 0;
}

int show_user(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  Report report(out, line.form());
  const auto account = line.text("ACCOUNT");
  const auto id = desk.find(account);
  const auto details = id ? desk.operators().show(*id) : std::nullopt;
  if (details) {
    report.object(cells_of(*details));
  } else {
    report.outcome(account, "has", "no account");
  }
  return details ? 0 : 1;
}

int add_user(const Settings& settings, const CommandLine& line, std::ostream& out) {
  const auto password = read_password("Password: ");
  AccountDesk desk(settings);
  const auto email = line.text("ADDRESS");
  const auto outcome = desk.add(email, line.text("--username"), password.reveal());
  Report(out, line.form()).outcome(email, "was", words_for(outcome));
  return outcome.kind == RegisterOutcome::Kind::kCreated ? 0 : 1;
}

int enable_user(const Settings& settings, const CommandLine& line, std::ostream& out) {
  return set_standing(settings, line, Standing::kActive, out);
}

int disable_user(const Settings& settings, const CommandLine& line, std::ostream& out) {
  return set_standing(settings, line, Standing::kInactive, out);
}

int require_reset(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  Report report(out, line.form());
  const auto account = line.text("ACCOUNT");
  const auto id = desk.find(account);
  const auto act = desk.new_act();
  using enum PostgresOperatorAccounts::Required;
  const auto required = id ? desk.operators().require_reset(*id, desk.unmatched_hash(act), act) : kNoAccount;
  if (required == kDone) {
    report.outcome(account, "is", "waiting for a new password");
  } else {
    report.outcome(account, "has", required == kNoAccount ? "no account" : "no password: nothing to replace");
  }
  return required == kDone ? 0 : 1;
}

int delete_user(const Settings& settings, const CommandLine& line, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto account = line.text("ACCOUNT");
  if (!line.has("--yes") && !confirms(account, in, err)) {
    Report(out, line.form()).outcome(account, "is", "kept");
    return 1;
  }
  return change_account(settings, line, out, "deleted",
                        [](AccountDesk& desk, const std::string& id) { return desk.operators().remove(id, desk.new_act()); });
}

int add_sample_users(const Settings& settings, const CommandLine& line, std::ostream& out) {
  AccountDesk desk(settings);
  Report report(out, line.form());
  report.begin_list("users");
  const bool are_there = std::ranges::all_of(kSampleUsers, [&](const SampleUser& sample) {
    const auto kind = add_sample(desk, sample, report);
    return kind == RegisterOutcome::Kind::kCreated || kind == RegisterOutcome::Kind::kTaken;
  });
  report.end_list("");
  return are_there ? 0 : 1;
}

}  // namespace rekey
