#include "origin/commands/report.h"

#include <algorithm>

#include "origin/commands/moment.h"
#include "shared/codec/json_writer.h"

namespace rekey {
namespace {

void write_value(JsonWriter& json, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kText:
      json.string(cell.text);
      return;
    case Cell::Kind::kNumber:
      json.integer(cell.number);
      return;
    case Cell::Kind::kFlag:
      json.boolean(cell.number != 0);
      return;
    case Cell::Kind::kNone:
      json.null();
      return;
  }
  __builtin_trap();
}

std::string json_of(const std::vector<Cell>& cells) {
  JsonWriter json;
  json.begin_object();
  for (const auto& cell : cells) write_value(json.key(cell.name), cell);
  json.end_object();
  return json.take();
}

std::string words_of(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kText:
      return cell.text.empty() ? "-" : cell.text;
    case Cell::Kind::kNumber:
      return std::to_string(cell.number);
    case Cell::Kind::kFlag:
      return cell.number != 0 ? "yes" : "no";
    case Cell::Kind::kNone:
      return "-";
  }
  __builtin_trap();
}

// Without blanks at the end of the line.
template <class TextOf>
std::string columns_of(const std::vector<Cell>& cells, TextOf text_of) {
  std::string line;
  for (const auto& cell : cells) {
    std::string text(text_of(cell));
    text.resize(std::max(text.size(), std::max(cell.width, cell.name.size())), ' ');
    line += text + "  ";
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string in_quotes(std::string_view text) {
  JsonWriter json;
  json.string(text);
  return json.take();
}

}  // namespace

Cell text_cell(std::string_view name, std::size_t width, std::string text) {
  return {name, width, std::move(text), 0, Cell::Kind::kText};
}

Cell number_cell(std::string_view name, std::size_t width, std::int64_t number) {
  return {name, width, "", number, Cell::Kind::kNumber};
}

Cell flag_cell(std::string_view name, bool value) { return {name, 3, "", value ? 1 : 0, Cell::Kind::kFlag}; }

Cell time_cell(std::string_view name, std::optional<std::chrono::sys_seconds> time) {
  constexpr std::size_t kWidth = 20;
  return time ? text_cell(name, kWidth, utc_text(*time)) : Cell{name, kWidth, "", 0, Cell::Kind::kNone};
}

void Report::begin_list(std::string_view name) {
  if (form_ == ReportForm::kJson) out_ << "{" << in_quotes(name) << ":[";
}

void Report::row(const std::vector<Cell>& cells) {
  if (form_ == ReportForm::kJson) {
    out_ << (rows_ > 0 ? ",\n" : "\n") << json_of(cells);
  } else {
    if (rows_ == 0) out_ << columns_of(cells, [](const Cell& cell) { return cell.name; });
    out_ << columns_of(cells, words_of);
  }
  ++rows_;
}

void Report::end_list(std::string_view next) {
  if (form_ == ReportForm::kJson) {
    out_ << "\n]" << (next.empty() ? "" : ",\"next\":" + in_quotes(next)) << "}\n";
  } else if (!next.empty()) {
    out_ << "more: --after " << next << "\n";
  }
}

void Report::object(const std::vector<Cell>& cells) {
  if (form_ == ReportForm::kJson) {
    out_ << json_of(cells) << "\n";
    return;
  }
  std::size_t width = 0;
  for (const auto& cell : cells) width = std::max(width, cell.name.size());
  for (const auto& cell : cells) out_ << cell.name << std::string(width - cell.name.size() + 2, ' ') << words_of(cell) << "\n";
}

void Report::outcome(std::string_view account, std::string_view verb, std::string_view word) {
  if (form_ == ReportForm::kJson) {
    object({text_cell("account", 0, std::string(account)), text_cell("outcome", 0, std::string(word))});
  } else {
    out_ << account << " " << verb << " " << word << "\n";
  }
}

}  // namespace rekey
