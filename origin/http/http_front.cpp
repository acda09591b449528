#include "origin/http/http_front.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>
#include <vector>

namespace rekey {
namespace {

constexpr std::uint64_t kListenerId = 0;
constexpr std::uint64_t kWakeUpId = 1;

Interest interest_of(Connection::State state) {
  switch (state) {
    case Connection::State::kReading:
    case Connection::State::kFarewell:
      return Interest::kReadable;
    case Connection::State::kWriting:
      return Interest::kWritable;
    case Connection::State::kAnswering:
    case Connection::State::kGone:
      break;
  }
  return Interest::kNone;
}

}  // namespace

HttpFront::HttpFront(const ListenAddress& address, HttpApplication& application, const FrontLimits& limits, const Clock& clock,
                     Metrics& metrics)
    : limits_(limits),
      application_(application),
      clock_(clock),
      metrics_(metrics),
      acceptor_(address, epoll_, kListenerId, clock),
      light_(application, limits_.light, clock_, metrics, wake_up_),
      heavy_(application, limits_.heavy, clock_, metrics, wake_up_) {
  epoll_.add(wake_up_.fd(), kWakeUpId, Interest::kReadable);
}

void HttpFront::run() {
  while (!stop_by_ || (!entries_.empty() && now() < *stop_by_)) wait_for_events();
  while (!entries_.empty()) close(entries_.begin()->first);
}

void HttpFront::stop() {
  stop_requested_ = true;
  wake_up_.poke();
}

void HttpFront::wait_for_events() {
  epoll_.wait(time_left(), events_);
  for (const auto& event : events_) {
    guarded(event.id, [&] { dispatch(event); });
  }
  deliver_finished();
  expire_due();
  if (const auto end = acceptor_.paused_until(); end && now() >= *end) acceptor_.resume();
  if (stop_requested_ && !stop_by_) begin_stopping();
}

// Returns: the time until the next deadline.
std::optional<std::chrono::nanoseconds> HttpFront::time_left() const {
  auto due = Time::max();
  if (const auto next = deadlines_.next()) due = next->first;
  if (const auto end = acceptor_.paused_until()) due = std::min(due, *end);
  if (stop_by_) due = std::min(due, *stop_by_);
  return due == Time::max() ? std::nullopt : std::optional<std::chrono::nanoseconds>(due - now());
}

// If memory runs out for one client, its connection is closed and the process lives on.
void HttpFront::guarded(ConnectionId id, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    close(id);
  }
}

void HttpFront::dispatch(const SocketEvent& event) {
  if (event.id == kWakeUpId) return wake_up_.clear();
  if (event.id == kListenerId) return accept_all();
  serve(event);
}

void HttpFront::serve(const SocketEvent& event) {
  const auto found = entries_.find(event.id);
  if (found == entries_.end()) return;
  if (event.readiness == Readiness::kBroken) return close(event.id);
  auto& entry = found->second;
  switch (entry.connection.state()) {
    case Connection::State::kReading:
      return read(event.id, entry);
    case Connection::State::kWriting:
      return write(event.id, entry);
    case Connection::State::kFarewell:
      entry.connection.drop_input();
      return settle(event.id, entry);
    case Connection::State::kAnswering:
      return listen_for(event.id, entry, Interest::kNone);  // early bytes, which stay unread until the answer is out
    case Connection::State::kGone:
      return;
  }
}

void HttpFront::accept_all() {
  acceptor_.accept_all([this](FileDescriptor socket) { admit(std::move(socket)); }, [this] { make_room(); });
}

void HttpFront::admit(FileDescriptor socket) {
  if (entries_.size() >= limits_.connections && make_room() == Room::kNone) return;
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto id = next_id_++;
  auto& entry = entries_.try_emplace(id, std::move(socket)).first->second;
  metrics_.set(Gauge::kConnections, static_cast<std::int64_t>(++open_), limits_.name);
  if (!epoll_.add(entry.connection.fd(), id, entry.interest)) return close(id);
  deadlines_.set(id, now() + limits_.request);
}

// Closes the connection with the earliest deadline: in a flood that is an attacker's; honest clients are quick.
HttpFront::Room HttpFront::make_room() {
  const auto next = deadlines_.next();
  if (!next) return Room::kNone;  // all wait for answers
  close(next->second);
  return Room::kMade;
}

void HttpFront::begin_stopping() {
  stop_by_ = now() + limits_.shutdown;
  acceptor_.close();
  std::vector<ConnectionId> idle;
  for (auto& [id, entry] : entries_) {
    const bool waits = entry.connection.state() == Connection::State::kReading && !entry.connection.has_begun();
    if (waits) idle.push_back(id);
  }
  for (const auto id : idle) close(id);
}

void HttpFront::read(ConnectionId id, Entry& entry) {
  const bool begun = entry.connection.has_begun();
  const auto framing = entry.connection.read_some();
  if (framing == Framing::kWhole) return hand_over(id, entry);
  if (framing != Framing::kMore) return refuse(id, entry, problem(status_of(framing), "The request could not be read."));
  if (!begun && entry.connection.has_begun()) {
    deadlines_.set(id, std::min(deadlines_.of(id).value_or(Time::max()), now() + limits_.request));
  }
  settle(id, entry);
}

void HttpFront::write(ConnectionId id, Entry& entry) {
  entry.connection.write_some();
  if (entry.connection.state() != Connection::State::kWriting) renew_deadline(id, entry.connection.state());
  settle(id, entry);
}

void HttpFront::hand_over(ConnectionId id, Entry& entry) {
  auto request = entry.connection.take_request();
  if (stop_by_) request.persistence = Persistence::kClose;
  deadlines_.clear(id);
  if (lane_of(request).submit(id, request) == Admission::kTaken) return settle(id, entry);
  metrics_.count(Counter::kUnavailable, Label::kOverload);
  send(id, entry, engine_.respond(request, [](const HttpRequest&) { return unavailable_problem("Too many requests wait."); }));
}

WorkerPool& HttpFront::lane_of(const HttpRequest& request) {
  return application_.effort_of(request) == Effort::kHeavy ? heavy_ : light_;
}

void HttpFront::refuse(ConnectionId id, Entry& entry, const HttpAnswer& answer) {
  entry.connection.make_last();
  send(id, entry, engine_.refuse(answer));
}

void HttpFront::send(ConnectionId id, Entry& entry, std::string response) {
  if (stop_by_) entry.connection.make_last();
  entry.connection.begin_answer(std::move(response));
  renew_deadline(id, entry.connection.state());
  settle(id, entry);
}

void HttpFront::deliver_finished() {
  for (auto* lane : {&light_, &heavy_}) {
    for (auto& finished : lane->take_finished()) {
      guarded(finished.connection, [&] { deliver(finished.connection, std::move(finished.response)); });
    }
  }
}

void HttpFront::deliver(ConnectionId id, std::string response) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;  // the client has left before its answer
  if (response.empty()) return close(id);
  send(id, found->second, std::move(response));
}

void HttpFront::expire_due() {
  const auto time = now();
  for (auto next = deadlines_.next(); next && next->first <= time; next = deadlines_.next()) {
    const auto id = next->second;
    guarded(id, [&] { expire(id, entries_.at(id)); });
  }
}

void HttpFront::expire(ConnectionId id, Entry& entry) {
  const bool half_read = entry.connection.state() == Connection::State::kReading && entry.connection.has_begun();
  if (!half_read) return close(id);
  refuse(id, entry, problem(408, "The request did not arrive in time."));
}

// Waits for the events that the connection's state needs, and drops a connection that is gone. While a request is being answered
// the interest stays as it is: most clients send nothing then, and two system calls are saved.
void HttpFront::settle(ConnectionId id, Entry& entry) {
  const auto state = entry.connection.state();
  if (state == Connection::State::kGone) return close(id);
  if (state != Connection::State::kAnswering) listen_for(id, entry, interest_of(state));
}

void HttpFront::listen_for(ConnectionId id, Entry& entry, Interest interest) {
  if (interest == entry.interest) return;
  entry.interest = interest;
  if (!epoll_.change(entry.connection.fd(), id, interest)) close(id);
}

void HttpFront::renew_deadline(ConnectionId id, Connection::State state) {
  if (state == Connection::State::kWriting) deadlines_.set(id, now() + limits_.response);
  if (state == Connection::State::kReading) deadlines_.set(id, now() + limits_.idle);
  if (state == Connection::State::kFarewell) deadlines_.set(id, now() + limits_.farewell);
}

void HttpFront::close(ConnectionId id) {
  deadlines_.clear(id);
  if (entries_.erase(id) != 0) metrics_.set(Gauge::kConnections, static_cast<std::int64_t>(--open_), limits_.name);
}

}  // namespace rekey
