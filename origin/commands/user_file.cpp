#include "origin/commands/user_file.h"

#include <algorithm>
#include <stdexcept>

#include "shared/codec/ascii.h"
#include "shared/codec/strict_json.h"

namespace rekey {
namespace {

constexpr std::string_view kNames[kUserFields] = {"email",    "username",  "password_hash", "sign_in_with", "id",
                                                  "language", "is_active", "is_verified",   "is_superuser", "created_at"};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::runtime_error fault_at(std::int64_t line, std::string_view what) {
  return std::runtime_error("line " + std::to_string(line) + ": " + std::string(what));
}

// Lines of bounded size, counted.
class Lines {
 public:
  explicit Lines(std::istream& in) : in_(in), buffer_(kMostLineBytes + 1) {}

  // Returns: the next line without its end, valid until the next call; nothing at the end of the stream.
  std::optional<std::string_view> next() {
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    const auto read = static_cast<std::size_t>(in_.gcount());
    if (in_.bad()) throw std::runtime_error("the file can't be read");
    if (in_.eof() && read == 0) return std::nullopt;
    ++number_;
    if (in_.fail()) throw fault_at(number_, "is longer than 64 KiB");
    std::string_view line(buffer_.data(), in_.eof() ? read : read - 1);
    if (number_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  std::int64_t number() const { return number_; }

 private:
  std::istream& in_;
  std::vector<char> buffer_;
  std::int64_t number_ = 0;
};

// Cuts records of CSV into their fields. A quoted field may hold commas, quotes as "", and line ends.
class CsvRecords {
 public:
  explicit CsvRecords(std::istream& in) : lines_(in) {}

  struct Record {
    std::int64_t line = 0;
    std::vector<std::string> fields;
  };

  // Returns: nothing at the end of the stream. Empty lines are passed over.
  std::optional<Record> next() {
    auto text = next_filled_line();
    if (!text) return std::nullopt;
    Record record{lines_.number(), {}};
    std::string line(*text);
    std::string_view rest = line;
    for (bool more = true; more;) {
      record.fields.emplace_back();
      if (rest.starts_with('"')) {
        rest = read_quoted(line, rest, record);
      } else {
        const auto end = std::min(rest.find(','), rest.size());
        record.fields.back() = rest.substr(0, end);
        rest.remove_prefix(end);
      }
      more = rest.starts_with(',');
      if (more) rest.remove_prefix(1);
    }
    if (!rest.empty()) throw fault_at(record.line, "text follows a quoted field");
    return record;
  }

 private:
  std::optional<std::string_view> next_filled_line() {
    auto line = lines_.next();
    while (line && line->empty()) line = lines_.next();
    return line;
  }

  // In: `rest` of `line`, at the opening quote. Returns: the rest behind the closing one; `line` may be another line by then.
  std::string_view read_quoted(std::string& line, std::string_view rest, Record& record) {
    auto& field = record.fields.back();
    rest.remove_prefix(1);
    for (;;) {
      const auto quote = rest.find('"');
      if (quote == rest.npos) {
        field += rest;
        rest = continue_on_next_line(line, record.line, field);
      } else {
        field += rest.substr(0, quote);
        rest.remove_prefix(quote + 1);
        if (!rest.starts_with('"')) return rest;
        field += '"';
        rest.remove_prefix(1);
      }
    }
  }

  std::string_view continue_on_next_line(std::string& line, std::int64_t began, std::string& field) {
    const auto next = lines_.next();
    if (!next || field.size() > kMostLineBytes) throw fault_at(began, "a quoted field does not end");
    field += '\n';
    line = *next;
    return line;
  }

  Lines lines_;
};

class CsvFile final : public UserFile {
 public:
  explicit CsvFile(std::istream& in) : records_(in) {
    const auto names = records_.next();
    if (!names) throw std::runtime_error("the file is empty: its first line must name the columns");
    for (const auto& name : names->fields) columns_.push_back(column_of(name));
    if (std::ranges::find(columns_, UserField::kEmail) == columns_.end())
      throw std::runtime_error("line 1: must name the columns, with `email` among them");
  }

  std::optional<UserRecord> next() override {
    auto record = records_.next();
    if (!record) return std::nullopt;
    UserRecord user;
    user.line = record->line;
    if (record->fields.size() != columns_.size()) {
      user.problem = "the number of fields is not that of the first line";
      return user;
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) user[columns_[i]] = std::move(record->fields[i]);
    return user;
  }

 private:
  UserField column_of(const std::string& name) const {
    const auto found = std::ranges::find(kNames, trim(name));
    if (found == std::end(kNames)) throw std::runtime_error("line 1: unknown column `" + printable(name, 40) + "`");
    const auto field = static_cast<UserField>(found - std::begin(kNames));
    if (std::ranges::find(columns_, field) != columns_.end())
      throw std::runtime_error("line 1: the column `" + std::string(*found) + "` stands there twice");
    return field;
  }

  CsvRecords records_;
  std::vector<UserField> columns_;
};

bool is_boolean(UserField field) {
  return field == UserField::kIsActive || field == UserField::kIsVerified || field == UserField::kIsSuperuser;
}

std::vector<FieldRule> json_rules() {
  std::vector<FieldRule> rules;
  for (std::size_t i = 0; i < kUserFields; ++i) {
    const auto field = static_cast<UserField>(i);
    rules.push_back({kNames[i], is_boolean(field) ? FieldKind::kBoolean : FieldKind::kString,
                     field == UserField::kEmail ? FieldNeed::kRequired : FieldNeed::kOptional});
  }
  return rules;
}

std::string problem_of(const std::vector<FieldProblem>& problems) {
  if (problems.empty()) return "is not one JSON object of at most 8 KiB";
  const auto& first = problems.front();
  const std::string field = "`" + printable(first.field, kMaxReportedNameSize) + "`";
  switch (first.kind) {
    case FieldProblem::Kind::kMissing:
      return field + " is missing";
    case FieldProblem::Kind::kUnknown:
      return field + " is no field of an account";
    case FieldProblem::Kind::kRepeated:
      return field + " stands there twice";
    case FieldProblem::Kind::kWrongType:
      return field + " has the wrong type; a field without a value must be left out";
    case FieldProblem::Kind::kControlCharacter:
      return field + " holds a control character";
    case FieldProblem::Kind::kNotAnObject:
      return "is not a JSON object";
  }
  __builtin_trap();
}

class JsonLinesFile final : public UserFile {
 public:
  explicit JsonLinesFile(std::istream& in) : lines_(in), rules_(json_rules()) {}

  std::optional<UserRecord> next() override {
    auto line = lines_.next();
    while (line && trim(*line).empty()) line = lines_.next();
    if (!line) return std::nullopt;
    UserRecord user;
    user.line = lines_.number();
    std::vector<FieldProblem> problems;
    const auto object = JsonObject::parse(*line, rules_, problems);
    if (object) {
      read(*object, user);
    } else {
      user.problem = problem_of(problems);
    }
    return user;
  }

 private:
  void read(const JsonObject& object, UserRecord& user) const {
    for (std::size_t i = 0; i < kUserFields; ++i) {
      if (!object.has(kNames[i])) continue;
      const auto field = static_cast<UserField>(i);
      user[field] = is_boolean(field) ? (object.boolean(kNames[i]) ? "true" : "false") : object.string(kNames[i]);
    }
  }

  Lines lines_;
  const std::vector<FieldRule> rules_;
};

}  // namespace

std::string_view name_of(UserField field) { return kNames[static_cast<std::size_t>(field)]; }

std::unique_ptr<UserFile> read_csv(std::istream& in) { return std::make_unique<CsvFile>(in); }
std::unique_ptr<UserFile> read_json_lines(std::istream& in) { return std::make_unique<JsonLinesFile>(in); }

}  // namespace rekey
