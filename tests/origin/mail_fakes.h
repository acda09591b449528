// Fakes of the ports that mails need: a clock that the test moves, and a log, metrics and a mailer that record.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/mailer.h"
#include "origin/ports/metrics.h"

namespace rekey::test {

inline constexpr std::chrono::sys_seconds kTestNow{std::chrono::seconds{1'795'232'109}};  // 2026-11-21T03:35:09Z

class HandClock : public Clock {
 public:
  std::chrono::sys_seconds now() const override { return kTestNow + std::chrono::duration_cast<std::chrono::seconds>(passed()); }
  std::chrono::steady_clock::time_point steady_now() const override { return std::chrono::steady_clock::time_point{} + passed(); }
  void pass(std::chrono::milliseconds time) { passed_ += time.count(); }

 private:
  std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_); }
  std::atomic<std::int64_t> passed_{1'000'000};
};

class RememberedMetrics : public Metrics {
 public:
  void count(Counter counter, Label label) override {
    const std::lock_guard lock(mutex_);
    ++counts_[{counter, std::string(word_of(label))}];
  }
  void set(Gauge gauge, std::int64_t value, Label label) override {
    const std::lock_guard lock(mutex_);
    shown_[{gauge, std::string(word_of(label))}] = value;
  }
  void clear(Gauge gauge) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(shown_, [gauge](const auto& shown) { return shown.first.first == gauge; });
  }
  void observe(Timing timing, std::chrono::nanoseconds duration) override {
    const std::lock_guard lock(mutex_);
    observed_[timing].push_back(duration);
  }
  void request_done(std::string_view, std::string_view, std::chrono::nanoseconds) override {}

  void ended(Ended what, MailEnd end) override {
    const std::lock_guard lock(mutex_);
    ++ends_[{what, end}];
  }

  int counted(Ended what, MailEnd end) const {
    const std::lock_guard lock(mutex_);
    const auto found = ends_.find({what, end});
    return found == ends_.end() ? 0 : found->second;
  }
  std::int64_t shown(Gauge gauge, const std::string& label) const {
    const std::lock_guard lock(mutex_);
    return shown_.at({gauge, label});
  }
  int counted(Counter counter, std::string_view label) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find({counter, std::string(label)});
    return found == counts_.end() ? 0 : found->second;
  }
  std::vector<std::chrono::nanoseconds> observed(Timing timing) const {
    const std::lock_guard lock(mutex_);
    const auto found = observed_.find(timing);
    return found == observed_.end() ? std::vector<std::chrono::nanoseconds>() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<Counter, std::string>, int> counts_;
  std::map<std::pair<Gauge, std::string>, std::int64_t> shown_;
  std::map<std::pair<Ended, MailEnd>, int> ends_;
  std::map<Timing, std::vector<std::chrono::nanoseconds>> observed_;
};

class RememberedEvents : public EventLog {
 public:
  void record(Event event, std::string_view request_id, std::span<const EventField> fields) override {
    const std::lock_guard lock(mutex_);
    std::string line(request_id);
    for (const auto& field : fields) {
      line.append(" ").append(field.name).append("=");
      line += field.kind == EventField::Kind::kText ? field.text : std::to_string(field.number);
    }
    lines_.emplace_back(event, line);
  }

  std::vector<std::string> lines(Event event) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const auto& [kind, line] : lines_) {
      if (kind == event) found.push_back(line);
    }
    return found;
  }
  std::string everything() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [kind, line] : lines_) text += line + "\n";
    return text;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<Event, std::string>> lines_;
};

// Records its mails. Returns kTaken, or an outcome that the test ordered.
class RememberingMailer : public Mailer {
 public:
  MailOutcome send(const Mail& mail) override {
    mails.push_back(mail);
    if (outcomes.empty()) return {MailVerdict::kTaken, 250, "taken"};
    auto outcome = outcomes.front();
    outcomes.pop_front();
    return outcome;
  }
  void end_by(std::chrono::steady_clock::time_point) override {}  // it is never slow

  std::vector<Mail> mails;
  std::deque<MailOutcome> outcomes;
};

}  // namespace rekey::test
