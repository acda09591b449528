#include <stdexcept>

#include "origin/commands/commands.h"
#include "origin/commands/key_rotation.h"
#include "origin/commands/report.h"
#include "origin/system/system_random.h"

namespace rekey {
namespace {

constexpr std::string_view kTokens = "RESET_PASSWORD_TOKEN_SECRET";
constexpr std::string_view kEdge = "EDGE_ORIGIN_KEYS";
constexpr std::string_view kSeed = "SEED_SECRET";
constexpr std::string_view kMetrics = "EDGE_METRICS_KEY";

constexpr std::string_view kEverywhere = "every origin and every edge";
constexpr std::string_view kOriginsOnly = "every origin, and nowhere else";
constexpr std::string_view kWorkerdOnly = "every edge under workerd, and for Prometheus";

// A line of a file of settings, below a comment.
void write_setting(std::string_view name, const std::string& value, std::string_view comment, std::ostream& out) {
  out << "# " << comment << "\n" << name << "=" << value << "\n";
}

struct Step {
  RotationStep step;
  std::string_view word;
  std::string_view then;
};

constexpr Step kSteps[] = {
    {RotationStep::kAdd, "add", "when all of them run with it, go on with --step sign"},
    {RotationStep::kSign, "sign", "an hour later, or after a session's lifetime if that is longer, go on with --step drop"},
    {RotationStep::kDrop, "drop", "then the old key is gone"},
};

const Step& step_from(std::string_view word) {
  for (const auto& step : kSteps) {
    if (step.word == word) return step;
  }
  throw std::runtime_error("--step must be given: add, then sign, then drop");
}

std::string current_value(const SettingTexts& texts, const std::string& name) {
  const auto found = texts.found.find(name);
  if (found == texts.found.end()) throw std::runtime_error(name + " is not set: `rekey-origin keys new` makes a first value");
  return found->second.value;
}

std::string next_value(const std::string& name, const std::string& keys, const Step& step) {
  SystemRandom random;
  auto next = next_keys(keys, step.step, random);
  if (next) return std::move(next).value();
  if (next.error() == Error::kInvalidKeyRing)
    throw std::runtime_error(name + " must be a list id:base64url,...: a key without an id can't be replaced step by step");
  throw std::runtime_error(step.step == RotationStep::kAdd ? name + " holds eight keys already: drop one first"
                                                           : name + " holds only one key: begin with --step add");
}

void print_setting(const CommandLine& line, std::string_view name, const std::string& value, std::string_view where,
                   std::string_view then, std::ostream& out) {
  if (line.form() == ReportForm::kJson) {
    Report(out, ReportForm::kJson)
        .object({text_cell("name", 0, std::string(name)), text_cell("value", 0, value), text_cell("where", 0, std::string(where)),
                 text_cell("then", 0, std::string(then))});
  } else {
    write_setting(name, value, "Set at " + std::string(where) + "; " + std::string(then) + ".", out);
  }
}

}  // namespace

int print_new_keys(const CommandLine& line, std::ostream& out) {
  SystemRandom random;
  const struct {
    std::string_view name;
    std::string value;
    std::string_view where;
  } rows[] = {{kTokens, "1:" + new_key(random), kEverywhere},
              {kEdge, "1:" + new_key(random), kEverywhere},
              {kSeed, new_key(random), kOriginsOnly},
              {kMetrics, new_key(random), kWorkerdOnly}};
  Report report(out, line.form());
  if (line.form() == ReportForm::kJson) report.begin_list("secrets");
  for (const auto& row : rows) {
    if (line.form() == ReportForm::kJson) {
      report.row({text_cell("name", 0, std::string(row.name)), text_cell("value", 0, row.value),
                  text_cell("where", 0, std::string(row.where))});
    } else {
      write_setting(row.name, row.value, "Set at " + std::string(row.where) + ".", out);
    }
  }
  if (line.form() == ReportForm::kJson) report.end_list("");
  return 0;
}

int print_next_key(const SettingTexts& texts, const CommandLine& line, std::ostream& out) {
  const auto name = line.text("SETTING");
  if (name == kSeed) {
    SystemRandom random;
    print_setting(line, name, new_key(random), kOriginsOnly,
                  "first wait until `rekey-origin deliveries --state queued` is empty: links of queued mails would die", out);
    return 0;
  }
  const auto& step = step_from(line.text("--step"));
  print_setting(line, name, next_value(name, current_value(texts, name), step), kEverywhere, step.then, out);
  return 0;
}

}  // namespace rekey
