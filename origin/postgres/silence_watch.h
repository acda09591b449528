// Cuts connections whose server does not answer. A statement's time-out is enforced by the server: one that hangs, or a commit
// that waits for its standby, would hold the caller's thread for ever. A cut shuts the socket down, which ends libpq's wait.
// One thread looks at all connections of a pool, a few times a second; a statement costs two atomic writes.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace rekey {

class SilenceWatch {
 public:
  // In: how long a connection may wait for its server; 0 for ever, until cut_all().
  explicit SilenceWatch(std::chrono::milliseconds patience);
  ~SilenceWatch();  // all places have gone
  SilenceWatch(const SilenceWatch&) = delete;
  SilenceWatch& operator=(const SilenceWatch&) = delete;

  // One connection. Belongs to the connection's thread, and ends before the socket is closed.
  class Place {
   public:
    Place(SilenceWatch& watch, int socket);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    void begin();  // from here on the connection waits for its server
    void end();
    bool is_cut() const { return waits_since_ == kCut; }  // for good

   private:
    friend class SilenceWatch;
    static constexpr std::int64_t kDoesNotWait = 0;
    static constexpr std::int64_t kCut = -1;

    SilenceWatch& watch_;
    const int socket_;
    std::int64_t began_ = 0;                               // the last begin()
    std::atomic<std::int64_t> waits_since_{kDoesNotWait};  // nanoseconds of the steady clock
  };

  // Cuts every connection that waits, now or later. From any thread.
  void cut_all();

 private:
  void add(Place& place);
  void remove(Place& place);
  void loop();
  void cut_if_silent(Place& place) const;
  std::chrono::milliseconds pause() const;

  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Place*> places_;
  enum class Stage : std::uint8_t { kWatching, kCuttingAll, kEnding } stage_ = Stage::kWatching;
  std::thread thread_;  // started with the first place
};

}  // namespace rekey
