#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <unordered_set>

#include "origin/commands/account_desk.h"
#include "origin/commands/commands.h"
#include "origin/commands/report.h"
#include "origin/commands/user_record.h"
#include "origin/passwords/hash_kinds.h"
#include "origin/passwords/password_format.h"
#include "origin/postgres/account_source.h"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

constexpr std::size_t kBatch = 5'000;             // accounts in one transaction: a few megabytes, and a fraction of a second
constexpr std::int64_t kProgressEvery = 50'000;   // records
constexpr std::size_t kMostHashBeginnings = 100;  // more than any installation has

std::string_view words_for(LeftOut::Reason reason) {
  switch (reason) {
    case LeftOut::Reason::kExisting:
      return "the address has an account";
    case LeftOut::Reason::kNameTaken:
      return "another account has the `username`";
    case LeftOut::Reason::kIdTaken:
      return "another account has the `id`";
    case LeftOut::Reason::kCollided:
      return "somebody registered the address or the name in this moment";
  }
  __builtin_trap();
}

struct ImportCounts {
  std::int64_t read = 0;
  std::int64_t written = 0;
  std::int64_t existing = 0;
  std::int64_t refused = 0;
};

// Gathers accounts into batches without a repeated address, name or id.
class Batch {
 public:
  // Returns: false, and takes nothing, if one of the three is in the batch already.
  bool add(ImportedUser user) {
    const std::string keys[] = {"e" + std::string(user.email.normalized()), "n" + to_lower(user.username.text()), "i" + user.id};
    const auto count = user.id.empty() ? 2 : 3;
    if (std::any_of(keys, keys + count, [&](const auto& key) { return keys_.contains(key); })) return false;
    keys_.insert(keys, keys + count);
    users_.push_back(std::move(user));
    return true;
  }

  std::span<const ImportedUser> users() const { return users_; }
  bool is_full() const { return users_.size() >= kBatch; }
  void clear() {
    users_.clear();
    keys_.clear();
  }

 private:
  std::vector<ImportedUser> users_;
  std::unordered_set<std::string> keys_;
};

class ImportRun {
 public:
  ImportRun(AccountDesk& desk, const CommandLine& line, std::ostream& err)
      : desk_(desk),
        unknown_(line.text("--unknown-hashes") == "reset" ? UnknownHash::kReset : UnknownHash::kRefuse),
        import_(desk.pool(), line.has("--dry-run") ? ImportMode::kTry : ImportMode::kWrite, desk.new_act()),
        err_(err) {}

  void run(UserFile& file) {
    while (const auto record = file.next()) take(*record);
    write();
    import_.finish();
  }

  const ImportCounts& counts() const { return counts_; }

 private:
  void take(const UserRecord& record) {
    ++counts_.read;
    auto judged = judge_record(record, unknown_, desk_.random());
    if (const auto* problem = std::get_if<std::string>(&judged)) {
      refuse(record.line, *problem);
    } else {
      add(std::move(std::get<ImportedUser>(judged)));
    }
    if (batch_.is_full()) write();
    if (counts_.read % kProgressEvery == 0) tell_progress();
  }

  // A repeated address is left out by the database: it finds the first one of the file.
  void add(ImportedUser user) {
    if (batch_.add(user)) return;
    write();
    batch_.add(std::move(user));
  }

  void write() {
    if (batch_.users().empty()) return;
    const auto left_out = import_.write(batch_.users());
    counts_.written += static_cast<std::int64_t>(batch_.users().size() - left_out.size());
    for (const auto& each : left_out) {
      if (each.reason == LeftOut::Reason::kExisting) {
        ++counts_.existing;
      } else {
        refuse(each.line, words_for(each.reason));
      }
    }
    batch_.clear();
  }

  void refuse(std::int64_t line, std::string_view problem) {
    ++counts_.refused;
    err_ << "line " << line << ": " << problem << "\n";
  }

  void tell_progress() {
    using Seconds = std::chrono::duration<double>;
    const auto elapsed = Seconds(std::chrono::steady_clock::now() - started_).count();
    err_ << counts_.read << " read, " << counts_.written << " imported, " << counts_.existing << " there already, "
         << counts_.refused << " refused, " << static_cast<std::int64_t>(static_cast<double>(counts_.read) / elapsed)
         << " a second" << std::endl;
  }

  AccountDesk& desk_;
  const UnknownHash unknown_;
  PostgresUserImport import_;
  std::ostream& err_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  Batch batch_;
  ImportCounts counts_;
};

std::string format_of(const CommandLine& line) {
  if (line.has("--format")) return line.text("--format");
  const auto name = line.text("FILE");
  if (name.ends_with(".csv")) return "csv";
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return "jsonl";
  throw std::runtime_error("--format must be csv or jsonl: the file's name does not tell");
}

// The kinds of stored hashes that a refused log-in computes, today's included.
std::vector<HashKind> kinds_in_use(AccountDesk& desk, const Settings& settings) {
  std::vector<HashKind> kinds = {kind_of_format(settings.password_format)};
  for (const auto& beginning : desk.accounts().list_hash_beginnings(kMostHashBeginnings)) {
    const auto kind = hash_kind(beginning);
    if (kind && std::ranges::find(kinds, *kind) == kinds.end()) kinds.push_back(*kind);
  }
  return kinds;
}

// An origin reads the kinds of stored hashes when it starts.
void tell_about_kinds(std::size_t before, std::size_t after, std::ostream& err) {
  if (after > before)
    err << "restart the origins: until they know the new kinds of hashes, the time of a refused log-in may tell who was "
           "imported\n";
  if (after > HashKinds::kMost)
    err << "there are " << after << " kinds of hashes; a refused log-in computes " << HashKinds::kMost
        << " at most, so its time may tell who has one of the others: require a reset of these\n";
}

int tell_result(const ImportCounts& counts, const CommandLine& line, std::ostream& out) {
  Report(out, line.form())
      .object({number_cell("read", 0, counts.read),
               number_cell(line.has("--dry-run") ? "would_be_imported" : "imported", 0, counts.written),
               number_cell("existing", 0, counts.existing), number_cell("refused", 0, counts.refused)});
  return counts.refused == 0 ? 0 : 1;
}

}  // namespace

int import_users(const Settings& settings, const CommandLine& line, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto format = format_of(line);
  const auto name = line.text("FILE");
  std::ifstream opened;
  if (name != "-") opened.open(name, std::ios::binary);
  if (name != "-" && !opened) throw std::runtime_error("the file can't be opened");
  std::istream& source = name == "-" ? in : opened;
  const auto file = format == "csv" ? read_csv(source) : read_json_lines(source);
  AccountDesk desk(settings);
  require_own_accounts(desk.pool(), "add to them");
  const auto kinds_before = kinds_in_use(desk, settings).size();
  ImportRun run(desk, line, err);
  run.run(*file);
  tell_about_kinds(kinds_before, kinds_in_use(desk, settings).size(), err);
  return tell_result(run.counts(), line, out);
}

}  // namespace rekey
