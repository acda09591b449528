// The module's side of the limiters. A limiter is a Durable Object that counts many keys (limiter_table.h); all keys are divided
// among LIMITER_OBJECTS of them. Where the platform tells the client's continent, each continent has as many for its clients'
// keys. The step asks for one object's counts at a time: question and verdicts are opaque to the host.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "edge/core/action.h"
#include "edge/core/feature.h"
#include "shared/email_address.h"
#include "shared/rate_limit.h"

namespace rekey::edge {

// Returns: the questions for a limit that counts clients: by the client's key, and for an IPv6 client by its network, which may
// make kNetworkFactor times as many calls, but at most a million. A device with an id (device.h) is counted by itself instead of
// its client, and with all such devices of the client, which together may make kDevicesFactor times as many calls.
std::vector<Question> client_questions(const Context& context, Limit limit);
// Those for the use of a mail. Without a device id the mail's recovery is counted as a device with an id would be, but together
// with other recoveries alone: they cost no account, and must not use up what devices share.
// In: what names the recovery, from a link or a recovery id that was proven authentic: any other could be made up.
std::vector<Question> recovery_questions(const Context& context, Limit limit, const std::string& recovery);
// Appends those for a limit that counts clients together with the account they try. Only a device of that account
// is counted by itself: with an id of another account an attacker would have more guesses.
void append_account_questions(std::vector<Question>& questions, const Context& context, Limit limit, const EmailAddress& email);

inline constexpr std::uint32_t kNetworkFactor = 32;  // a /48 may hold 65,536 homes or one; README.md gives the figure
// More would let an attacker with many accounts guess as much faster; fewer would leave thousands behind one address too little.
// Recoveries have the same factor.
inline constexpr std::uint32_t kDevicesFactor = 20;

// The limit that a question asks about.
RateLimit limit_of(const Settings& settings, const Question& question);

// SHA-256 over policy and key.
// Why without a secret: each rotation would restart all counts. So a key can be found by trying all addresses, but only the
// operator sees keys.
using LimiterKey = ByteArray<32>;
LimiterKey limiter_key(const Question& question);

// Returns: the action for the first question and those after it that the same object counts.
AskLimiter ask_limiter(const Context& context, std::span<const Question> questions);

struct LimiterVerdict {
  RateVerdict verdict = RateVerdict::kAllowed;
  std::int64_t wait_micros = 0;  // until a call would pass; 0 if allowed
};

// Returns: a verdict for each question that was counted; nothing if the limiter failed, or answered in another version's format.
std::optional<std::vector<LimiterVerdict>> read_verdicts(Bytes verdicts);
void write_verdicts(MessageWriter& out, const std::vector<LimiterVerdict>& verdicts);

// A question as an object reads it.
struct Count {
  Bytes key;
  RateLimit limit;
  WhenLimited when_limited;
  WhenUncounted when_uncounted;
};
// Traps if broken.
std::vector<Count> read_question(Bytes question);

// Returns: 429 with Retry-After and the fields of draft-ietf-httpapi-ratelimit-headers-10.
Answer too_many(const Settings& settings, const Question& question, std::int64_t wait_micros);

// Remembers inside one instance which keys were refused, and until when, so that a client over its limit costs no call of an
// object. A key may push out another, whose next call then asks its object again.
class Refusals {
 public:
  void note(const LimiterKey& key, UnixMillis now, std::int64_t wait_micros);
  // Returns: microseconds to wait; 0 if no wait is known, or if it exceeds the limit's period because the clock has jumped back.
  std::int64_t find(const LimiterKey& key, const RateLimit& limit, UnixMillis now) const;

 private:
  struct Entry {
    std::uint64_t key = 0;
    std::int64_t until_micros = 0;
  };
  static std::uint64_t short_key(const LimiterKey& key);
  static constexpr std::size_t kEntries = 2048;
  std::array<Entry, kEntries> entries_{};
};

}  // namespace rekey::edge
