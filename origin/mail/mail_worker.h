// The threads that empty the queues of reset mails and notices, outside any request. Started and stopped by main; woken by the
// forgot and reset use cases after their commit, so that a mail is on its way within a tenth of a second. Rows that other
// instances wrote are found by looking once a second. Run as many instances as wanted: a row is claimed by one at a time.
#pragma once

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
  std::chrono::seconds keep{86'400};  // ended rows
  MailPace pace;
};

// All outlive the worker.
struct MailWorkerPorts {
  QueueStore& store;
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

  // Starts the threads; hooks are made here, so that what they throw reaches the caller.
  void start();

  // There may be a new row. From any thread, cheap, never throws.
  void wake();

  // No mail is begun from here on, and those under way have some seconds left. From any thread; returns at once.
  void begin_stop();

  // Waits for the mails under way, cuts off those that a relay holds up, gives rows that were claimed and not begun back, ends
  // the threads. About 5 s after begin_stop() at most, where the store answers and hooks do nothing but mail.
  void stop();

 private:
  void run(MailDelivery& delivery);
  MailStep next_step();
  void send(MailDelivery& delivery, const MailJob& job);
  void tell(RelayChange change, const MailOutcome& outcome);
  void claim(const MailStep& step);
  std::optional<std::chrono::milliseconds> claim_rows(const MailStep& step, std::vector<MailJobPtr>& jobs);
  void claim_notices(std::size_t most, std::vector<MailJobPtr>& jobs);
  void claim_resets(std::size_t most, std::vector<MailJobPtr>& jobs);
  void prune();
  void settle(const MailJob& job, Settlement settlement, int smtp_code);
  void store_settlement(const MailJob& job, Settlement settlement, int smtp_code);
  bool wait_before_retry(const MailJob& job, std::chrono::milliseconds delay);
  void store_failed();

  MailWorkerSettings settings_;
  MailWorkerPorts ports_;
  const MailTokens& tokens_;
  MakeMailHooks make_hooks_;
  ClaimRules rules_;

  std::mutex mutex_;                  // guards schedule_ and the list of deliveries
  std::condition_variable changed_;   // for senders without work
  std::condition_variable stopping_;  // for senders that wait for the store
  MailSchedule schedule_;

  std::vector<std::unique_ptr<MailDelivery>> deliveries_;
  std::vector<std::thread> threads_;
};

}  // namespace rekey
