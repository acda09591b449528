#include "origin/postgres/migration_plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey {
namespace {

constexpr std::size_t kDigits = 4;
constexpr std::string_view kServes = "-- serves: ";
constexpr std::string_view kStep = "-- step: ";
constexpr std::array<std::string_view, 4> kKinds = {"short", "index", "alone", "batches"};

[[noreturn]] void refuse(const Migration& migration, std::string_view why) {
  throw MigrationRefused("migration " + std::string(migration.name) + std::string(why));
}

std::optional<int> parse_number(std::string_view text) {
  int number = 0;
  if (text.size() < kDigits || !std::all_of(text.begin(), text.begin() + kDigits, is_digit)) return std::nullopt;
  std::from_chars(text.data(), text.data() + kDigits, number);
  return number;
}

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

bool fits(StepKind kind, std::string_view object) {
  if (kind == StepKind::kIndex) return is_name(object);
  return object.empty() || (kind == StepKind::kShort && is_name(object));
}

std::optional<MigrationStep> parse_kind(std::string_view text) {
  const auto space = std::min(text.find(' '), text.size());
  const auto* const word = std::find(kKinds.begin(), kKinds.end(), text.substr(0, space));
  if (word == kKinds.end()) return std::nullopt;
  const MigrationStep step{static_cast<StepKind>(word - kKinds.begin()), text.substr(std::min(space + 1, text.size())), {}};
  return fits(step.kind, step.object) ? std::optional(step) : std::nullopt;
}

int parse_serves(const Migration& migration, std::string_view line, int own) {
  const auto number = line.starts_with(kServes) ? parse_number(line.substr(kServes.size())) : std::nullopt;
  if (!number || line.size() != kServes.size() + kDigits || *number < 1 || *number > own) {
    refuse(migration, " must begin with `-- serves: NNNN`, the oldest schema whose program it still serves");
  }
  return *number;
}

std::string_view text_between(std::string_view begin, std::string_view end) {
  return {begin.data(), static_cast<std::size_t>(end.data() - begin.data())};
}

std::vector<MigrationStep> parse_steps(const Migration& migration, std::string_view rest) {
  std::vector<MigrationStep> steps;
  std::string_view begin = rest;  // of the open step's statements
  while (!rest.empty()) {
    const auto line = take_line(rest);
    if (!line.starts_with(kStep)) {
      if (steps.empty() && !line.empty() && !line.starts_with("--")) refuse(migration, " has a statement before its first step");
      continue;
    }
    const auto step = parse_kind(line.substr(kStep.size()));
    if (!step) refuse(migration, " has a step of no known kind: " + std::string(line));
    if (!steps.empty()) steps.back().sql = text_between(begin, line);
    steps.push_back(*step);
    begin = rest;
  }
  if (steps.empty()) refuse(migration, " has no `-- step:`");
  steps.back().sql = begin;
  return steps;
}

}  // namespace

std::string MigrationStep::kind_text() const {
  const std::string word(kKinds[static_cast<std::size_t>(kind)]);
  return object.empty() ? word : word + " " + std::string(object);
}

MigrationPlan read_migration(const Migration& migration) {
  MigrationPlan plan;
  plan.name = migration.name;
  plan.number = number_of_migration(migration.name);
  plan.checksum = to_hex(sha256({as_bytes(migration.sql)}));
  auto rest = migration.sql;
  plan.serves_from = parse_serves(migration, take_line(rest), plan.number);
  plan.steps = parse_steps(migration, rest);
  return plan;
}

std::vector<MigrationPlan> read_migrations(std::span<const Migration> migrations) {
  std::vector<MigrationPlan> plans;
  std::transform(migrations.begin(), migrations.end(), std::back_inserter(plans), read_migration);
  return plans;
}

int number_of_migration(std::string_view name) { return parse_number(name).value_or(0); }

std::string schema_text(int number) {
  const auto digits = std::to_string(number);
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits;
}

}  // namespace rekey
