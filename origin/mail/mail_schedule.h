// Decides the next step of a free sender: settle, ring, probe a relay, make a round, send, give back, prune, wait or leave. Pure:
// the time is handed in and nothing blocks; mail_worker.h has the lock, the threads and the store. All senders share one queue,
// so that a relay that trickles for one recipient holds up one sender, and not the mails that were claimed with it.
// relay_health.h knows which relay takes the next mail. While none takes any, nothing is decided, claimed or sent.
// Mails that end while a settlement is being written are settled by the next, together; a mail that ends alone is settled at
// once.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "origin/mail/relay_health.h"
#include "origin/ports/mailer.h"
#include "origin/ports/store.h"

namespace rekey {

// A delivery on its way through the worker.
struct MailJob {
  Delivery delivery;
  SteadyTime claimed_at;  // taken before the claim is sent: the lease ends no earlier than claimed_at + lease
};

// Why a mail could not be settled: another transaction holds the account, or the store failed.
enum class Unsettled : std::uint8_t { kHeld, kStoreFailed };

// A delivery on its way out of the worker: its attempt has ended, and is to be recorded. MailSchedule sets the last three
// members.
struct FinishedMail {
  Attempt attempt{};
  DeliveryKind kind = DeliveryKind::kReset;
  std::string request_id{};
  SteadyTime claimed_at{};
  RelayRank relay = RelayRank::kPrimary;
  std::chrono::nanoseconds took{0};
  SteadyTime settle_at{};                             // not before
  std::optional<Unsettled> unsettled = std::nullopt;  // why the last try failed
  std::chrono::milliseconds backoff{0};
};

struct MailPace {
  std::chrono::seconds lease{120};               // DESIGN.md promises that a dead worker's deliveries wait no longer
  std::chrono::seconds longest_send{100};        // 20 s up to the mail's end, 40 s for the reply to it, 40 s for that to QUIT
  std::size_t batch = 64;                        // deliveries per round: a round costs the store much the same, whatever it takes
  std::size_t low_water = 32;                    // with this many left the next round is made, while other senders send them
  std::size_t most_unrecorded = 4;               // mails under way or not yet settled: these go out twice if the process dies
  std::chrono::milliseconds cadence{1'000};      // MAIL_CADENCE_MS: the average rest between rounds
  std::chrono::milliseconds longest_nap{1'000};  // a sender that waits for a time looks at the clock this often
  RelayPace relay{};
  std::size_t relays = 1;                          // 2 with a fallback
  std::chrono::seconds complaint_again{60};        // a relay that wants a log-in for single mails is reported this often
  std::chrono::seconds stop_grace{4};              // for mails under way at a stop; a mailer may notice it a second later
  std::chrono::milliseconds first_backoff{250};    // after the store was unavailable: doubled each time ...
  std::chrono::milliseconds last_backoff{10'000};  // ... up to this; for a round, randomly shortened by up to a half
  std::chrono::milliseconds first_held{20};        // after an account was held: most are for milliseconds; doubled each time ...
  std::chrono::milliseconds last_held{1'000};      // ... up to this
  std::chrono::seconds prune_every{600};
  std::chrono::seconds prune_again{5};  // after a prune that removed some rows; after a full piece at once
};

struct MailStep {
  enum class Kind : std::uint8_t { kSettle, kRing, kProbe, kSend, kGiveBack, kRound, kPrune, kWait, kLeave };
  Kind kind = Kind::kWait;
  std::vector<FinishedMail> finished = {};         // kSettle
  std::optional<RelayAlarm> alarm = std::nullopt;  // kRing
  RelayRank relay = RelayRank::kPrimary;           // kProbe, kSend
  std::optional<MailJob> job = std::nullopt;       // kSend, kGiveBack
  std::size_t most = 0;                            // kRound: deliveries
  SteadyTime until = SteadyTime::max();            // kWait: at the latest; max() waits for a notification
};

// kToBeTold: the relay wants a log-in for one mail but still serves us. Told once a minute.
enum class Complaint : std::uint8_t { kNone, kToBeTold };

struct SendEnd {
  MailVerdict verdict = MailVerdict::kTryLater;  // may differ from the mailer's: MailRelays::verdict_on()
  std::optional<RelayNews> news = std::nullopt;
  Complaint complaint = Complaint::kNone;
};

class MailSchedule {
 public:
  // In: `spread` is random, so that rounds can't be predicted from another instance's or from the start.
  MailSchedule(const MailPace& pace, SteadyTime now, std::uint32_t spread);

  MailStep next(SteadyTime now);

  void stop(SteadyTime now);
  bool stopping() const { return stopping_; }

  // The outcomes of the steps: claimed() follows each kRound, sent() or rehearsed() each kSend, probed() each kProbe, pruned()
  // each kPrune, settled() each kSettle. In: `fill` is nothing if the store failed; `mail` with its relay and the time that it
  // took.
  void claimed(std::vector<MailJob> jobs, std::optional<Fill> fill, SteadyTime now);
  SendEnd sent(FinishedMail mail, const MailOutcome& outcome, SteadyTime now);
  void rehearsed(FinishedMail mail, SteadyTime now);
  std::optional<RelayNews> probed(RelayRank relay, const MailOutcome& outcome, SteadyTime now);
  void pruned(std::size_t rows, SteadyTime now);

  // In: the mails of the step that could not be settled. They are tried again while their leases hold; after a stop only those of
  // held accounts, for its grace.
  void settled(std::vector<FinishedMail> left, Unsettled why, SteadyTime now);

 private:
  void finish(FinishedMail mail, SteadyTime now);
  MailStep begin_settlement();
  SteadyTime settle_time() const;
  bool is_worth_another_try(const FinishedMail& mail, SteadyTime now) const;
  bool has_room() const;
  bool has_time_for_upkeep() const;
  MailStep take_job(SteadyTime now);
  bool may_start(const MailJob& job, SteadyTime now) const;
  MailStep begin_round();
  Complaint heard_complaint(SteadyTime now);
  SteadyTime wake_time() const;
  SteadyTime round_time() const;
  SteadyTime probe_time() const;
  SteadyTime prune_time() const;
  std::chrono::milliseconds jittered(std::chrono::milliseconds delay);
  std::chrono::milliseconds rest();
  std::uint32_t next_random();

  MailPace pace_;
  std::deque<MailJob> ready_;
  std::size_t in_flight_ = 0;
  bool stopping_ = false;
  SteadyTime stopped_at_ = SteadyTime::max();

  std::vector<FinishedMail> finished_;
  std::size_t in_settlement_ = 0;  // mails that one sender is settling

  bool in_round_ = false;
  SteadyTime round_at_;  // the next round
  std::chrono::milliseconds backoff_{0};

  MailRelays relays_;
  SteadyTime quiet_until_ = SteadyTime::min();  // no complaint is told before

  bool pruning_ = false;
  bool prune_yields_ = false;  // after a full piece: a round that is due comes first
  SteadyTime prune_at_;
  std::uint32_t spread_;
};

}  // namespace rekey
