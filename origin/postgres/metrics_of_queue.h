// The gauges of the database, whose value is the same for every origin: the reset requests that wait for a decision (`queued`) or
// have a mail in the outbox (`sending`), how long the oldest of each queue has waited, the mails of the last hour, whether old
// rows are deleted in time, and the webhooks that wait. Ended requests are counted when they end, by the origin that ended them.
// One origin at a time shows these gauges, so that their sum over all origins is right: the one that has the lease, a row of the
// table `gauge_lease`. An origin prolongs its lease whenever its metrics are read; if it isn't asked any more, another one takes
// the lease when it has run out.
#pragma once

#include <atomic>
#include <string>

#include "origin/ports/metrics.h"
#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

// Longer than the interval at which metrics are read, which is 15 to 60 s as a rule: otherwise two origins would take turns.
inline constexpr std::chrono::seconds kGaugeLease{90};

class QueueMetrics {
 public:
  // In: `holder` is a name that no other process has. Pool and metrics outlive the object. Hides the gauges.
  QueueMetrics(PostgresPool& pool, Metrics& metrics, std::string holder, const Retention& keep);

  // Shows the gauges if this origin has or gets the lease; else hides them. One caller at a time.
  // Throws: Unavailable; they are then hidden.
  void measure();

  // From any thread.
  void hide();

  // Lets another origin show the gauges at once. Does nothing if this one did not when it last measured. From any thread.
  // Throws: Unavailable.
  void give_up();

 private:
  PostgresPool& pool_;
  Metrics& metrics_;
  const std::string holder_;
  const Retention keep_;
  enum class Lease : unsigned char { kNone, kHeld };
  std::atomic<Lease> lease_{Lease::kNone};  // after the last measure()
};

}  // namespace rekey
