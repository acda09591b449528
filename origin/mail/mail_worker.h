// The threads that empty the outbox, outside any request. Each is a sender: mail_schedule.h says what it does next. In a round
// Outbox::decide makes deliveries out of requests (origin/postgres/decide.cpp), then Outbox::claim leases due deliveries
// (outbox.cpp there). MailDelivery::deliver attempts each of them (mail_delivery.h), and Outbox::settle records the outcomes:
// those of mails that end at about the same time together.
// It tells the operator what the schedule finds out about the relays (relay_health.h), and when MAIL_LIMIT_TOTAL is used up.
// Rounds come at random moments, and no request wakes a thread: otherwise the load after a request would reveal that the address
// has an account. origin/origin.cpp starts and stops the worker. Any number of origins may run one each.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "origin/mail/mail_delivery.h"
#include "origin/mail/mail_schedule.h"
#include "origin/mail/mail_token.h"
#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/random.h"
#include "origin/ports/store.h"

namespace rekey {

struct MailWorkerSettings {
  std::size_t senders = 4;               // MAIL_SENDERS: threads, each with a connection of its own
  std::chrono::seconds lifetime{3'600};  // RESET_PASSWORD_TOKEN_LIFETIME_SECONDS
  std::uint32_t per_short = 1;           // MAIL_LIMIT_PER_ACCOUNT, its four numbers
  std::chrono::seconds short_period{60};
  std::uint32_t per_long = 5;
  std::chrono::seconds long_period{3'600};
  std::uint32_t per_hour = 0;            // MAIL_LIMIT_TOTAL; 0 for any number
  std::uint32_t missed_codes_a_day = 0;  // CODE_MISSES_A_DAY; 0 for mails without a code
  Retention keep;
  MailPace pace;
};

// All outlive the worker.
struct MailWorkerPorts {
  Outbox& outbox;
  Random& random;
  const Clock& clock;
  Metrics& metrics;
  EventLog& events;
};

class MailWorker {
 public:
  MailWorker(const MailWorkerSettings& settings, const MailWorkerPorts& ports, const MailTokens& tokens,
             MakeMailHooks make_hooks);
  ~MailWorker();  // as stop()
  MailWorker(const MailWorker&) = delete;
  MailWorker& operator=(const MailWorker&) = delete;

  // Starts the threads. Makes the hooks first, so that their exceptions reach the caller.
  void start();

  // No mail begins after this; mails under way have stop_grace left. From any thread; returns at once.
  void begin_stop();

  // Waits for the mails under way, cuts off those that a relay holds up, gives back deliveries that were claimed but not begun,
  // ends the threads. Returns at most about 5 s after begin_stop() if the store answers and the hooks only send mail.
  void stop();

  // Returns: the time since a sender last began a step. Idle senders begin one each second; a mail takes at most
  // MailPace::longest_send. From any thread.
  std::chrono::nanoseconds since_step() const { return ports_.clock.steady_now() - last_step_.load(); }

 private:
  void run(MailDelivery& sender);
  MailStep next_step();
  void send(MailDelivery& sender, const MailJob& job, RelayRank relay);
  void probe(MailDelivery& sender, RelayRank relay);
  void tell(const RelayNews& news);
  void tell_complaint(RelayRank relay, const MailOutcome& outcome);
  void ring(const RelayAlarm& alarm);
  void show(RelayRank relay, RelayState state);
  void make_round(std::size_t most);
  std::optional<Fill> decide_and_claim(std::size_t most, std::vector<MailJob>& jobs);
  Decided decide(const MailRules& rules);
  Claimed claim(const MailRules& rules, std::vector<MailJob>& jobs);
  void watch_budget(Budget budget);
  void record_end(DeliveryKind kind, MailEnd end, std::int64_t delivery, const std::string& request_id);
  void prune();
  void settle(std::vector<FinishedMail> mails);
  void give_back(const MailJob& job);
  bool wait_before_retry(const MailJob& job, std::chrono::milliseconds delay);
  void store_failed();

  MailWorkerSettings settings_;
  MailWorkerPorts ports_;
  const MailTokens& tokens_;
  MakeMailHooks make_hooks_;
  MailRules rules_;

  std::mutex mutex_;                  // guards schedule_ and the list of senders
  std::condition_variable changed_;   // for senders without work
  std::condition_variable stopping_;  // for senders that wait for the store
  MailSchedule schedule_;
  Budget budget_ = Budget::kLeft;  // of the last round; one sender at a time makes one

  std::atomic<SteadyTime> last_step_;
  std::vector<std::unique_ptr<MailDelivery>> senders_;
  std::vector<std::thread> threads_;
};

}  // namespace rekey
