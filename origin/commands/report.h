// What a command prints: columns for a reader, or JSON for a program. A list is written row by row, in bounded memory.
// {"users":[
// {"id":"...","email":"..."}
// ],"next":"..."}
#pragma once

#include <chrono>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "origin/commands/command_line.h"

namespace rekey {

// A named value of a row. `width` is that of its column; a longer text pushes the others aside.
struct Cell {
  enum class Kind : std::uint8_t { kText, kNumber, kFlag, kNone };
  std::string_view name;
  std::size_t width = 0;
  std::string text;
  std::int64_t number = 0;
  Kind kind = Kind::kText;
};

Cell text_cell(std::string_view name, std::size_t width, std::string text);
Cell number_cell(std::string_view name, std::size_t width, std::int64_t number);
Cell flag_cell(std::string_view name, bool value);                                    // NOLINT: a value, not a switch
Cell time_cell(std::string_view name, std::optional<std::chrono::sys_seconds> time);  // ISO 8601 in UTC; `-` and null for none

class Report {
 public:
  Report(std::ostream& out, ReportForm form) : out_(out), form_(form) {}

  // In: the key of the list in JSON. Every row has the same cells; for a reader their names stand above the first.
  void begin_list(std::string_view name);
  void row(const std::vector<Cell>& cells);
  // In: the row behind which the next page begins, "" at the end.
  void end_list(std::string_view next);

  // One object: a line for each cell, or one JSON object.
  void object(const std::vector<Cell>& cells);

  // What a command did to an account: "ada@example.com is enabled", or {"account":...,"outcome":"enabled"}.
  void outcome(std::string_view account, std::string_view verb, std::string_view word);

 private:
  std::ostream& out_;
  const ReportForm form_;
  std::size_t rows_ = 0;
};

// Prints one page of a list, or all.
// In: `load` gets the place to go on behind and a number of rows, and returns at most that many; `place_of` tells a row's place.
template <class Load, class PlaceOf, class CellsOf>
void report_pages(Report& report, const CommandLine& line, std::string_view name, Load load, PlaceOf place_of, CellsOf cells_of) {
  const std::size_t most = line.has("--all") ? kMostRows : line.number("--most");
  std::string after = line.text("--after");
  bool begun = false;
  for (bool more = true; more;) {
    const auto rows = load(after, most + 1);  // one row more tells whether there is another page
    if (!begun) report.begin_list(name);
    begun = true;
    more = rows.size() > most;
    const std::span shown(rows.data(), more ? most : rows.size());
    for (const auto& row : shown) report.row(cells_of(row));
    after = more ? place_of(shown.back()) : "";
    more = more && line.has("--all");
  }
  report.end_list(after);
}

}  // namespace rekey
