// The threads that deliver webhooks, outside any request: two for each URL, so that a slow receiver holds up no other one. A
// round of WebhookStore::claim() leases due messages of one URL; rounds come at random moments, as the mail worker's, so that the
// load after a request does not reveal an account. At least once: a message whose attempt was not recorded goes out again when
// its lease has run out. origin/origin.cpp starts and stops the worker. Any number of origins may run one each.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/random.h"
#include "origin/ports/webhook_store.h"
#include "origin/webhooks/webhook_settings.h"

namespace rekey {

struct WebhookPace {
  std::chrono::seconds lease{120};                 // longer than a thread's share of a batch takes: four times ten seconds
  std::chrono::seconds longest_send{15};           // no attempt begins with less of its lease left
  std::size_t senders = 2;                         // of each URL
  std::size_t batch = 8;                           // messages of a round
  std::chrono::milliseconds cadence{1'000};        // MAIL_CADENCE_MS: the average rest between rounds
  std::chrono::seconds stop_grace{4};              // for attempts under way at a stop
  std::chrono::milliseconds first_backoff{250};    // after the store was unavailable: doubled each time ...
  std::chrono::milliseconds last_backoff{10'000};  // ... up to this
};

// All outlive the worker.
struct WebhookWorkerPorts {
  WebhookStore& store;
  Random& random;
  const Clock& clock;
  Metrics& metrics;
  EventLog& events;
};

class WebhookWorker {
 public:
  WebhookWorker(const WebhookPace& pace, const WebhookWorkerPorts& ports);
  ~WebhookWorker();  // as stop()
  WebhookWorker(const WebhookWorker&) = delete;
  WebhookWorker& operator=(const WebhookWorker&) = delete;

  // Starts the threads. In: the targets, and the ids that WebhookStore::set_urls() gave them.
  void start(const std::vector<WebhookTarget>& targets, const std::vector<std::int64_t>& ids);

  // No attempt begins after this; attempts under way have stop_grace left. From any thread; returns at once.
  void begin_stop();
  void stop();  // waits for them, and gives back what was claimed but not begun

 private:
  class Line;
  const WebhookPace pace_;
  const WebhookWorkerPorts ports_;
  std::mutex mutex_;  // guards what follows
  bool stopping_ = false;
  std::vector<std::unique_ptr<Line>> lines_;
};

}  // namespace rekey
