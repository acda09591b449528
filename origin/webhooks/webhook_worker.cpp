#include "origin/webhooks/webhook_worker.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "origin/webhooks/webhook_sender.h"

namespace rekey {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

// Half of the average to one and a half times it.
milliseconds random_rest(milliseconds average, Random& random) {
  ByteArray<2> bytes{};
  random.fill(bytes);
  return average / 2 + average * (bytes[0] << 8 | bytes[1]) / 65'536;
}

struct Job {
  Webhook webhook;
  SteadyTime claimed_at;  // taken before the claim is sent: the lease ends no earlier
};

}  // namespace

// The threads of one URL, and the messages that they share.
class WebhookWorker::Line {
 public:
  Line(const WebhookPace& pace, const WebhookWorkerPorts& ports, WebhookTarget target, std::int64_t url)
      : pace_(pace), ports_(ports), target_(std::move(target)), url_(url) {
    for (std::size_t i = 0; i < pace.senders; ++i) senders_.push_back(std::make_unique<WebhookSender>(target_, ports.clock));
    for (auto& sender : senders_) threads_.emplace_back([this, &sender] { run(*sender); });
  }

  void begin_stop() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(stopping_, true)) return;
      for (auto& sender : senders_) sender->end_by(ports_.clock.steady_now() + pace_.stop_grace);
    }
    changed_.notify_all();
  }

  void stop() {
    begin_stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    give_back_all();
  }

 private:
  void run(WebhookSender& sender) {
    while (const auto job = next_job()) deliver(sender, *job);
  }

  // Waits for a message. Returns: nothing at a stop.
  std::optional<Job> next_job() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (stopping_) return std::nullopt;
      if (!ready_.empty()) return take_job();
      const auto now = ports_.clock.steady_now();
      if (in_round_ || now < round_at_) {
        changed_.wait_for(lock, in_round_ ? pace_.last_backoff : std::chrono::ceil<milliseconds>(round_at_ - now));
      } else {
        make_round(lock);
      }
    }
  }

  Job take_job() {
    auto job = std::move(ready_.front());
    ready_.pop_front();
    return job;
  }

  // One thread at a time; the lock is free while the store is asked.
  void make_round(std::unique_lock<std::mutex>& lock) {
    in_round_ = true;
    lock.unlock();
    const auto claimed_at = ports_.clock.steady_now();
    auto rest = pace_.cadence;
    const auto claimed = claim(rest);
    lock.lock();
    in_round_ = false;
    const auto now = ports_.clock.steady_now();
    if (!claimed) {
      backoff_ = std::clamp(backoff_ * 2, pace_.first_backoff, pace_.last_backoff);
      round_at_ = now + backoff_;
    } else {
      backoff_ = milliseconds(0);
      for (const auto& webhook : claimed->webhooks) ready_.push_back({webhook, claimed_at});
      round_at_ = claimed->fill == Fill::kFull ? now : now + rest;
    }
    changed_.notify_all();
  }

  // Out: the rest until the next round, if this one has taken all. Returns: nothing if the store failed.
  std::optional<ClaimedWebhooks> claim(milliseconds& rest) {
    try {
      rest = random_rest(pace_.cadence, ports_.random);
      auto claimed = ports_.store.claim(url_, pace_.batch, pace_.lease);
      for (const auto& expired : claimed.expired)
        tell_end(Event::kWebhookDead, {{}, expired.message_id, expired.type, {}, {}}, {WebhookVerdict::kTryLater, 0, "expired"});
      return claimed;
    } catch (const std::exception&) {
      store_failed();
      return std::nullopt;
    }
  }

  void deliver(WebhookSender& sender, const Job& job) {
    if (!has_time(job, pace_.longest_send)) return give_back(job);
    const auto& webhook = job.webhook;
    WebhookOutcome outcome{WebhookVerdict::kTryLater, 0, "broke"};
    try {
      outcome = sender.send(webhook.message_id, webhook_body(webhook.type, webhook.happened_at, webhook.data));
    } catch (const std::exception&) {  // no memory, say: it counts as an attempt
    }
    const auto state = settle(job, outcome);
    if (outcome.verdict == WebhookVerdict::kTryLater || outcome.verdict == WebhookVerdict::kGone) give_back_all();
    if (state) record(webhook, outcome, *state);
  }

  // Tries again while the lease holds: else the message goes out twice. Returns: nothing if the lease ran out.
  std::optional<WebhookState> settle(const Job& job, const WebhookOutcome& outcome) {
    for (auto delay = pace_.first_backoff;; delay = std::min(delay * 2, pace_.last_backoff)) {
      try {
        return ports_.store.settle(job.webhook.lease, outcome);
      } catch (const std::exception&) {
        store_failed();
      }
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, delay, [this] { return stopping_; });
      if (stopping_ || !has_time(job, delay)) return std::nullopt;
    }
  }

  bool has_time(const Job& job, std::chrono::nanoseconds needed) const {
    return ports_.clock.steady_now() + needed < job.claimed_at + pace_.lease;
  }

  // The receiver fails: one message is tried at a time from now on.
  void give_back_all() {
    std::deque<Job> jobs;
    {
      const std::lock_guard lock(mutex_);
      jobs.swap(ready_);
    }
    for (const auto& job : jobs) give_back(job);
  }

  void give_back(const Job& job) {
    try {
      ports_.store.give_back(job.webhook.lease);
    } catch (const std::exception&) {  // the lease runs out
      store_failed();
    }
  }

  void record(const Webhook& webhook, const WebhookOutcome& outcome, WebhookState state) {
    if (outcome.verdict == WebhookVerdict::kDelivered) return tell_end(Event::kWebhookDelivered, webhook, outcome);
    if (outcome.verdict == WebhookVerdict::kCutOff) return;  // by us
    ports_.metrics.count(Counter::kWebhooks, Label::kFailed);
    if (outcome.verdict == WebhookVerdict::kGone && state == WebhookState::kDead) {
      ports_.metrics.count(Counter::kAlarms, Label::kWebhook);
      ports_.events.write(Event::kWebhookGone, "", {{"url", url_}});
    }
    tell_end(state == WebhookState::kDead ? Event::kWebhookDead : Event::kWebhookPutBack, webhook, outcome);
  }

  void tell_end(Event event, const Webhook& webhook, const WebhookOutcome& outcome) {
    if (event == Event::kWebhookDelivered) ports_.metrics.count(Counter::kWebhooks, Label::kDelivered);
    if (event == Event::kWebhookDead) ports_.metrics.count(Counter::kWebhooks, Label::kDead);
    ports_.events.write(event, "",
                        {{"url", url_},
                         {"message", webhook.message_id},
                         {"type", webhook.type},
                         {"attempt", webhook.lease.attempt},
                         {"status", std::int64_t{outcome.status}},
                         {"reason", outcome.reason}});
  }

  void store_failed() {
    ports_.metrics.count(Counter::kUnavailable, Label::kDatabase);
    ports_.events.write(Event::kUnavailable, {}, {{"of", "database"}, {"in", "webhook_worker"}});
  }

  const WebhookPace pace_;
  const WebhookWorkerPorts ports_;
  const WebhookTarget target_;
  const std::int64_t url_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> ready_;
  SteadyTime round_at_{};
  milliseconds backoff_{0};
  bool in_round_ = false;
  bool stopping_ = false;

  std::vector<std::unique_ptr<WebhookSender>> senders_;
  std::vector<std::thread> threads_;
};

WebhookWorker::WebhookWorker(const WebhookPace& pace, const WebhookWorkerPorts& ports) : pace_(pace), ports_(ports) {}

WebhookWorker::~WebhookWorker() { stop(); }

void WebhookWorker::start(const std::vector<WebhookTarget>& targets, const std::vector<std::int64_t>& ids) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  for (std::size_t i = 0; i < targets.size(); ++i) lines_.push_back(std::make_unique<Line>(pace_, ports_, targets[i], ids.at(i)));
}

void WebhookWorker::begin_stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (auto& line : lines_) line->begin_stop();
}

void WebhookWorker::stop() {
  begin_stop();
  std::vector<std::unique_ptr<Line>> lines;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(lines_);
  }
  for (auto& line : lines) line->stop();
}

}  // namespace rekey
