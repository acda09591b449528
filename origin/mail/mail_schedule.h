// Decides what a sender that has nothing to do does next: send, give back, claim, prune, wait or leave. Pure: the time is handed
// in, nothing blocks; mail_worker.h holds the lock, the threads and the store. One queue for all senders, so that a relay that
// trickles for one recipient holds up one sender and not the mails claimed with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "origin/mail/mail_job.h"
#include "origin/ports/mailer.h"

namespace rekey {

struct MailPace {
  std::chrono::seconds lease{120};                 // of a claim; DESIGN.md promises that a dead worker's rows wait no longer
  std::chrono::seconds longest_send{100};          // 20 s up to the mail's end, 40 s for the last word, 40 s for one on the QUIT
  std::size_t batch = 16;                          // rows a claim: all are started or given back well inside the lease
  std::chrono::milliseconds poll{1'000};           // how late another instance's request may be seen
  std::chrono::milliseconds least_wait{50};        // after a claim that found nothing, whatever the store says
  std::chrono::seconds pause{60};                  // after the relay refused us; then one mail tries the way
  std::chrono::seconds stop_grace{4};              // for mails under way at a stop; a mailer may need another second to see it
  std::chrono::milliseconds first_backoff{250};    // after the store was unavailable, doubled each time ...
  std::chrono::milliseconds last_backoff{10'000};  // ... up to this, and cut by up to a half at random
  std::chrono::seconds prune_every{600};
  std::chrono::seconds prune_again{5};  // where the last time found something, but no full piece: after that it goes on at once
};

// Which queue a claim asks first: by turns. Why: of what a slow relay leaves no time for, the last claimed goes back untried.
enum class ClaimOrder : std::uint8_t { kNoticesFirst, kResetsFirst };

struct MailStep {
  enum class Kind : std::uint8_t { kSend, kGiveBack, kClaim, kPrune, kWait, kLeave };
  Kind kind = Kind::kWait;
  MailJobPtr job = nullptr;  // kSend, kGiveBack
  std::size_t most = 0;      // kClaim
  ClaimOrder order = ClaimOrder::kNoticesFirst;
  SteadyTime until = SteadyTime::max();  // kWait: at most so long; max() for "until told"
};

// kComplained: it wants a log-in, which nobody was told for a while, and goes on serving us.
enum class RelayChange : std::uint8_t { kNone, kPaused, kResumed, kComplained };

class MailSchedule {
 public:
  // In: `spread` varies the pauses of several instances against each other; no secret.
  MailSchedule(const MailPace& pace, SteadyTime now, std::uint32_t spread);

  MailStep next(SteadyTime now);

  void wake();
  void stop() { stopping_ = true; }
  bool stopping() const { return stopping_; }

  // The outcomes of the steps: each kClaim is followed by claimed(), each kSend by sent(), each kPrune by pruned().
  // In: `next_due` is nothing where the store failed; `jobs` may hold something all the same.
  void claimed(std::vector<MailJobPtr> jobs, std::optional<std::chrono::milliseconds> next_due, SteadyTime now);
  RelayChange sent(const MailOutcome& outcome, SteadyTime now);
  void pruned(std::size_t rows, SteadyTime now);

 private:
  enum class Relay : std::uint8_t { kOpen, kPaused, kTrying };

  MailStep take_job(SteadyTime now);
  bool may_start(const MailJob& job, SteadyTime now) const;
  MailStep begin_claim();
  RelayChange heard_refusal(SteadyTime now);
  RelayChange heard_complaint(SteadyTime now);
  SteadyTime claim_time() const;
  SteadyTime prune_time() const;
  std::chrono::milliseconds jittered(std::chrono::milliseconds delay);

  MailPace pace_;
  std::deque<MailJobPtr> ready_;
  std::size_t in_flight_ = 0;
  bool stopping_ = false;

  bool claiming_ = false;
  bool woken_ = false;
  SteadyTime due_;                             // when to look again
  SteadyTime not_before_ = SteadyTime::min();  // while the store is away: whoever wakes us
  std::chrono::milliseconds backoff_{0};

  Relay relay_ = Relay::kOpen;
  SteadyTime paused_until_ = SteadyTime::min();
  SteadyTime quiet_until_ = SteadyTime::min();  // no complaint is passed on before: one in the time of a pause
  ClaimOrder last_order_ = ClaimOrder::kResetsFirst;

  bool pruning_ = false;
  bool prune_yields_ = false;  // after a full piece of it a claim that is due comes first
  SteadyTime prune_at_;
  std::uint32_t spread_;
};

}  // namespace rekey
