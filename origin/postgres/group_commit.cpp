#include "origin/postgres/group_commit.h"

#include <algorithm>
#include <future>
#include <unordered_set>

namespace rekey {

namespace {

using Keys = std::unordered_set<std::string>;

Keys keys_of(const SqlRows& rows) {
  Keys keys;
  for (std::size_t i = 0; i < rows.size(); ++i) keys.insert(rows[i].text("key"));
  return keys;
}

}  // namespace

// A row and its fate, on the caller's stack. The leader writes the fate before the group is done.
struct GroupCommit::Caller {
  enum class Fate : std::uint8_t { kUnknown, kNew, kThere, kRefused };
  enum class Role : std::uint8_t { kFollows, kLeads };

  const SqlParams& row;
  Fate fate = Fate::kUnknown;
  Role role = Role::kFollows;

  const std::string& value(std::size_t column) const { return row.values()[column].value(); }
  const std::string& key() const { return value(0); }
};

struct GroupCommit::Group {
  std::vector<Caller*> callers;  // guarded by mutex_ while the group is open, then the leader's alone
  std::promise<void> finish;
  std::shared_future<void> done = finish.get_future().share();  // one system call wakes all callers
};

// Waits for a writer's place, then closes the open group, which is the caller's: only its leader ever waits here.
class GroupCommit::Place {
 public:
  explicit Place(GroupCommit& commit) : commit_(commit) {
    std::unique_lock lock(commit_.mutex_);
    const GroupCommitSettings& settings = commit_.settings_;
    const bool got_one = wait(lock, settings.patience, 1) || wait(lock, settings.longest_wait, settings.writers);
    commit_.open_.reset();
    if (!got_one) throw Unavailable("waited too long for rows that are being written");
    ++commit_.writing_;
  }
  ~Place() {
    {
      const std::lock_guard lock(commit_.mutex_);
      --commit_.writing_;
    }
    commit_.place_left_.notify_one();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  // Returns: whether there were fewer than `writers` in time.
  bool wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds at_most, std::size_t writers) {
    return commit_.place_left_.wait_for(lock, at_most, [&] { return commit_.writing_ < writers; });
  }

  GroupCommit& commit_;
};

Inserted GroupCommit::insert(const SqlParams& row) {
  Caller self{row};
  const auto group = join(self);
  if (self.role == Caller::Role::kLeads) lead(*group);
  group->done.get();
  // After a refused group each caller writes its own row, all at once: a bad row fails its caller alone.
  if (self.fate == Caller::Fate::kRefused) return write_alone(row);
  return self.fate == Caller::Fate::kNew ? Inserted::kYes : Inserted::kNo;
}

std::size_t GroupCommit::waiting() const {
  const std::lock_guard lock(mutex_);
  return open_ ? open_->callers.size() : 0;
}

std::shared_ptr<GroupCommit::Group> GroupCommit::join(Caller& caller) {
  const std::lock_guard lock(mutex_);
  if (!open_) {
    open_ = std::make_shared<Group>();
    caller.role = Caller::Role::kLeads;
  }
  if (open_->callers.size() >= settings_.most_rows) throw Unavailable("too many rows wait to be written");
  open_->callers.push_back(&caller);
  return open_;
}

// Wakes the callers whatever happens; before them the next leader, so that the database does not wait.
void GroupCommit::lead(Group& group) {
  try {
    {
      const Place place(*this);
      write(group);
    }
    group.finish.set_value();
  } catch (...) {
    group.finish.set_exception(std::current_exception());
  }
}

void GroupCommit::write(Group& group) {
  if (group.callers.size() == 1) {
    Caller& only = *group.callers.front();
    only.fate = write_alone(only.row) == Inserted::kYes ? Caller::Fate::kNew : Caller::Fate::kThere;
    return;
  }
  try {
    write_together(group);
  } catch (const DatabaseFault& fault) {
    if (fault.kind() != FaultKind::kRefused) throw;
    for (Caller* const caller : group.callers) caller->fate = Caller::Fate::kRefused;
  }
}

// In the order of the keys: two groups with the same keys wait for each other in one direction, never in a circle.
void GroupCommit::write_together(Group& group) {
  std::ranges::sort(group.callers, {}, &Caller::key);
  SqlParams arrays;
  const std::size_t columns = group.callers.front()->row.values().size();
  for (std::size_t column = 0; column < columns; ++column) {
    std::vector<std::string> values;
    values.reserve(group.callers.size());
    for (const Caller* const caller : group.callers) values.push_back(caller->value(column));
    arrays.texts(values);
  }
  Keys inserted = keys_of(pool_.run(insert_.together, arrays));
  for (Caller* const caller : group.callers)
    caller->fate = inserted.erase(caller->key()) != 0 ? Caller::Fate::kNew : Caller::Fate::kThere;
}

Inserted GroupCommit::write_alone(const SqlParams& row) {
  return pool_.run(insert_.alone, row).empty() ? Inserted::kNo : Inserted::kYes;
}

}  // namespace rekey
