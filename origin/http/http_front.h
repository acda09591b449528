// A listener that strangers may reach: one thread accepts connections and reads whole requests; two bounded pools answer them,
// one for light and one for heavy requests. A slow client costs a socket and the memory of its one request, an idle one
// a few hundred bytes; neither costs a thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "origin/http/acceptor.h"
#include "origin/http/connection.h"
#include "origin/http/deadlines.h"
#include "origin/http/epoll_set.h"
#include "origin/http/http_application.h"
#include "origin/http/http_engine.h"
#include "origin/http/listen_address.h"
#include "origin/http/worker_pool.h"
#include "origin/ports/clock.h"
#include "origin/ports/metrics.h"

namespace rekey {

// The limits of a listener: on connections, queues and times.
struct FrontLimits {
  Label name = Label::kEdge;                  // the listener's label in the gauge of connections
  std::size_t connections = 4096;             // beyond it the one with the earliest deadline is closed
  LaneLimits light;                           // requests of Effort::kLight
  LaneLimits heavy;                           // requests of Effort::kHeavy, with their own threads
  std::chrono::milliseconds request{5000};    // from the first byte to the last; for a connection's first one, from the accept
  std::chrono::milliseconds idle{30000};      // between two requests of one connection
  std::chrono::milliseconds response{5000};   // for the client to take the answer
  std::chrono::milliseconds farewell{1000};   // for the client to close after we did
  std::chrono::milliseconds shutdown{10000};  // for requests under way at stop()
};

class HttpFront {
 public:
  // Listens at once; clients wait in the backlog until run(). Throws: std::runtime_error as open_listener().
  HttpFront(const ListenAddress& address, HttpApplication& application, const FrontLimits& limits, const Clock& clock,
            Metrics& metrics);

  // Serves until stop(), then finishes requests under way, for at most `limits.shutdown`.
  void run();
  void stop();  // from any thread, or a signal handler

  std::uint16_t port() const { return acceptor_.port(); }
  std::size_t connections() const { return open_; }

 private:
  using Time = Deadlines::Time;
  struct Entry {
    explicit Entry(FileDescriptor socket) : connection(std::move(socket)) {}
    Connection connection;
    Interest interest = Interest::kReadable;
  };

  void wait_for_events();
  Time now() const { return clock_.steady_now(); }
  std::optional<std::chrono::nanoseconds> time_left() const;
  void guarded(ConnectionId id, const std::function<void()>& work);
  void dispatch(const SocketEvent& event);
  void serve(const SocketEvent& event);
  void accept_all();
  void admit(FileDescriptor socket);
  enum class Room : std::uint8_t { kNone, kMade };
  Room make_room();
  void begin_stopping();

  void read(ConnectionId id, Entry& entry);
  void write(ConnectionId id, Entry& entry);
  void hand_over(ConnectionId id, Entry& entry);
  WorkerPool& lane_of(const HttpRequest& request);
  void send(ConnectionId id, Entry& entry, std::string response);
  void refuse(ConnectionId id, Entry& entry, const HttpAnswer& answer);
  void deliver_finished();
  void deliver(ConnectionId id, std::string response);
  void expire_due();
  void expire(ConnectionId id, Entry& entry);

  void settle(ConnectionId id, Entry& entry);
  void listen_for(ConnectionId id, Entry& entry, Interest interest);
  void renew_deadline(ConnectionId id, Connection::State state);
  void close(ConnectionId id);

  const FrontLimits limits_;
  HttpApplication& application_;
  const Clock& clock_;
  Metrics& metrics_;
  EpollSet epoll_;
  Acceptor acceptor_;
  std::vector<SocketEvent> events_;
  WakeUp wake_up_;
  HttpEngine engine_;
  Deadlines deadlines_;
  std::unordered_map<ConnectionId, Entry> entries_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> stop_requested_{false};
  std::optional<Time> stop_by_;
  ConnectionId next_id_ = 2;
  WorkerPool light_;  // last, so that the threads end first
  WorkerPool heavy_;
};

}  // namespace rekey
