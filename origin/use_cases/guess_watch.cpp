#include "origin/use_cases/guess_watch.h"

#include <arpa/inet.h>

#include <algorithm>
#include <span>
#include <string>

#include "shared/sha256.h"

namespace rekey {
namespace {

constexpr std::size_t kBuckets = 512;
constexpr std::size_t kRowsOfBucket = 8;

// An IPv6 client is a /64: any host there has 2^64 addresses.
std::string client_of(const std::string& ip) {
  std::array<char, 16> bytes{};
  if (::inet_pton(AF_INET6, ip.c_str(), bytes.data()) != 1) return ip;
  return {bytes.data(), 8};
}

}  // namespace

GuessWatch::GuessWatch(Random& random, const Clock& clock, EventLog& events, Metrics& metrics)
    : clock_(clock), events_(events), metrics_(metrics), rows_(kBuckets * kRowsOfBucket) {
  random.fill(key_);
}

std::uint64_t GuessWatch::hash_of(std::string_view text) const {
  const auto digest = sha256({key_, as_bytes(text)});
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) hash = hash << 8 | digest[i];
  return hash;
}

void GuessWatch::refused(std::string_view address, std::string_view user_id, const RequestInfo& request) {
  const auto hash = hash_of(address);
  const auto client = static_cast<std::uint32_t>(hash_of(client_of(request.client_ip)));
  bool is_many = false;
  {
    const std::lock_guard lock(mutex_);
    is_many = count(row_of(hash, clock_.steady_now()), client);
  }
  if (!is_many) return;
  metrics_.count(Counter::kGuessedAccounts);
  events_.write(Event::kGuessing, request.request_id, {{"user_id", user_id}, {"minutes", std::int64_t{kGuessPeriod.count()}}});
}

// The address's own row, else one of its bucket: one whose time is over, or the one with the fewest guesses. So a flood of new
// addresses pushes out its own.
GuessWatch::Row& GuessWatch::row_of(std::uint64_t address, Time now) {
  const std::span bucket(rows_.data() + address % kBuckets * kRowsOfBucket, kRowsOfBucket);
  const auto is_over = [now](const Row& row) { return row.guesses == 0 || now - row.since >= kGuessPeriod; };
  auto found = std::ranges::find(bucket, address, &Row::address);
  if (found != bucket.end() && !is_over(*found)) return *found;
  if (found == bucket.end()) found = std::ranges::find_if(bucket, is_over);
  if (found == bucket.end()) found = std::ranges::min_element(bucket, {}, &Row::guesses);
  *found = {.address = address, .since = now};
  return *found;
}

// Returns: true for the guess that makes them many.
bool GuessWatch::count(Row& row, std::uint32_t client) {
  const bool was_many = row.guesses >= kManyGuesses && row.clients == kManyClients;
  ++row.guesses;
  const auto known = row.seen.begin() + static_cast<std::ptrdiff_t>(row.clients);
  if (row.clients < kManyClients && std::find(row.seen.begin(), known, client) == known) row.seen[row.clients++] = client;
  return !was_many && row.guesses >= kManyGuesses && row.clients == kManyClients;
}

}  // namespace rekey
