#include "origin/postgres/migration_plan.h"

#include <algorithm>
#include <array>
#include <optional>

#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey {
namespace {

constexpr std::size_t kDigits = 4;
constexpr std::string_view kServes = "-- serves: ";
constexpr std::string_view kStep = "-- step: ";
constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kWhite = " \t\r\n";
constexpr std::array<std::string_view, 4> kKinds = {"short", "index", "alone", "batches"};

[[noreturn]] void refuse(const Migration& migration, std::string_view why) {
  throw MigrationRefused("migration " + std::string(migration.name) + std::string(why));
}

std::optional<int> parse_number(std::string_view text) {
  if (text.size() < kDigits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, kDigits)) {
    if (!is_digit(c)) return std::nullopt;
    number = 10 * number + (c - '0');
  }
  return number;
}

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::string_view skip(std::string_view text, std::string_view what) {
  return text.substr(std::min(text.find_first_not_of(what), text.size()));
}

// Takes a word from the beginning, with the white space before it.
std::string_view take_word(std::string_view& rest) {
  rest = skip(rest, kWhite);
  const auto word = rest.substr(0, std::min(rest.find_first_of(" \t\r\n(;"), rest.size()));
  rest.remove_prefix(word.size());
  return word;
}

// "--step: short", "-- Steps: short": PostgreSQL would take a misspelt marker for a comment, and its statements for the step
// before.
bool resembles_step(std::string_view line) {
  line = skip(line, kBlank);
  if (!line.starts_with("--")) return false;
  line = skip(line.substr(2), kBlank);
  constexpr std::string_view kWord = "step";
  if (line.size() < kWord.size() || !equal_ignoring_case(line.substr(0, kWord.size()), kWord)) return false;
  line.remove_prefix(kWord.size());
  if (!line.empty() && (line[0] == 's' || line[0] == 'S')) line.remove_prefix(1);
  return line.empty() || !(is_letter_or_digit(line[0]) || line[0] == '_');
}

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// With its schema or without.
bool is_table(std::string_view text) {
  const auto dot = text.find('.');
  return dot == text.npos ? is_name(text) : is_name(text.substr(0, dot)) && is_name(text.substr(dot + 1));
}

bool fits(StepKind kind, std::string_view object) {
  if (kind == StepKind::kIndex) return is_name(object);
  return object.empty() || (kind == StepKind::kShort && is_table(object));
}

std::optional<MigrationStep> parse_kind(std::string_view text) {
  const auto space = std::min(text.find(' '), text.size());
  const auto* const word = std::find(kKinds.begin(), kKinds.end(), text.substr(0, space));
  if (word == kKinds.end()) return std::nullopt;
  const MigrationStep step{static_cast<StepKind>(word - kKinds.begin()), text.substr(std::min(space + 1, text.size())), {}, {}};
  return fits(step.kind, step.object) ? std::optional(step) : std::nullopt;
}

// Returns: the table of `CREATE [UNIQUE] INDEX CONCURRENTLY name ON table`, nothing for a statement of another form. Without IF
// NOT EXISTS, which would take an invalid index for a good one.
std::optional<std::string_view> parse_table(const MigrationStep& step) {
  auto rest = step.sql;
  for (rest = skip(rest, kWhite); rest.starts_with("--"); rest = skip(rest, kWhite)) take_line(rest);
  if (take_word(rest) != "CREATE") return std::nullopt;
  auto word = take_word(rest);
  if (word == "UNIQUE") word = take_word(rest);
  if (word != "INDEX" || take_word(rest) != "CONCURRENTLY" || take_word(rest) != step.object) return std::nullopt;
  if (take_word(rest) != "ON") return std::nullopt;
  const auto table = take_word(rest);
  return is_table(table) ? std::optional(table) : std::nullopt;
}

void complete_step(const Migration& migration, MigrationStep& step, std::string_view sql) {
  step.sql = sql;
  if (step.kind == StepKind::kShort && sql.find(kStepQuote) != sql.npos) refuse(migration, " holds our own quote");
  if (step.kind != StepKind::kIndex) return;
  const auto table = parse_table(step);
  if (!table) {
    refuse(migration,
           " has a step of another form than CREATE [UNIQUE] INDEX CONCURRENTLY " + std::string(step.object) + " ON table");
  }
  step.table = *table;
}

int parse_serves(const Migration& migration, std::string_view line, int own) {
  const auto number = line.starts_with(kServes) ? parse_number(line.substr(kServes.size())) : std::nullopt;
  if (!number || line.size() != kServes.size() + kDigits || *number < 1 || *number > own) {
    refuse(migration, " must begin with `-- serves: NNNN`, the oldest schema whose program it still serves");
  }
  return *number;
}

// In: two parts of one text.
std::string_view text_between(std::string_view begin, std::string_view end) {
  return begin.substr(0, static_cast<std::size_t>(end.begin() - begin.begin()));
}

std::vector<MigrationStep> parse_steps(const Migration& migration, std::string_view rest) {
  std::vector<MigrationStep> steps;
  std::string_view begin = rest;  // of the open step's statements
  while (!rest.empty()) {
    const auto line = take_line(rest);
    if (!line.starts_with(kStep)) {
      if (resembles_step(line)) refuse(migration, " has a line that is almost a step's: " + std::string(line));
      if (steps.empty() && !line.empty() && !line.starts_with("--")) refuse(migration, " has a statement before its first step");
      continue;
    }
    const auto step = parse_kind(line.substr(kStep.size()));
    if (!step) refuse(migration, " has a step of no known kind: " + std::string(line));
    if (!steps.empty()) complete_step(migration, steps.back(), text_between(begin, line));
    steps.push_back(*step);
    begin = rest;
  }
  if (steps.empty()) refuse(migration, " has no `-- step:`");
  complete_step(migration, steps.back(), begin);
  return steps;
}

}  // namespace

std::string MigrationStep::kind_text() const {
  const std::string word(kKinds[static_cast<std::size_t>(kind)]);
  return object.empty() ? word : word + " " + std::string(object);
}

std::string MigrationStep::index_name() const {
  const auto dot = table.find('.');
  return dot == table.npos ? std::string(object) : std::string(table.substr(0, dot + 1)) + std::string(object);
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
