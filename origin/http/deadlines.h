// The deadlines of all connections, one entry each.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace rekey {

class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void set(std::uint64_t id, Time time) {
    clear(id);
    order_.emplace(time, id);
    times_.emplace(id, time);
  }

  void clear(std::uint64_t id) {
    const auto found = times_.find(id);
    if (found == times_.end()) return;
    order_.erase({found->second, id});
    times_.erase(found);
  }

  std::optional<Time> of(std::uint64_t id) const {
    const auto found = times_.find(id);
    return found == times_.end() ? std::nullopt : std::optional(found->second);
  }

  // Returns: the earliest entry.
  std::optional<std::pair<Time, std::uint64_t>> next() const {
    return order_.empty() ? std::nullopt : std::optional(*order_.begin());
  }

 private:
  std::set<std::pair<Time, std::uint64_t>> order_;
  std::unordered_map<std::uint64_t, Time> times_;
};

}  // namespace rekey
