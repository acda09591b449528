#include "origin/postgres/silence_watch.h"

#include <sys/socket.h>

#include <algorithm>

namespace rekey {
namespace {

using std::chrono::milliseconds;

std::int64_t now() { return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

SilenceWatch::Place::Place(SilenceWatch& watch, int socket) : watch_(watch), socket_(socket) { watch_.add(*this); }

// After this the watch does not touch the socket, whose number may soon be another's.
SilenceWatch::Place::~Place() { watch_.remove(*this); }

void SilenceWatch::Place::begin() {
  began_ = now();
  auto expected = kDoesNotWait;
  waits_since_.compare_exchange_strong(expected, began_);
}

void SilenceWatch::Place::end() { waits_since_.compare_exchange_strong(began_, kDoesNotWait); }

SilenceWatch::SilenceWatch(milliseconds patience) : patience_(patience) {}

SilenceWatch::~SilenceWatch() {
  {
    const std::lock_guard lock(mutex_);
    stage_ = Stage::kEnding;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SilenceWatch::cut_all() {
  {
    const std::lock_guard lock(mutex_);
    stage_ = Stage::kCuttingAll;
  }
  changed_.notify_all();
}

void SilenceWatch::add(Place& place) {
  const std::lock_guard lock(mutex_);
  // First: if no thread can be started, the place is gone at once, and must not be in the list.
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
  places_.push_back(&place);
}

void SilenceWatch::remove(Place& place) {
  const std::lock_guard lock(mutex_);
  std::erase(places_, &place);
}

void SilenceWatch::loop() {
  std::unique_lock lock(mutex_);
  while (stage_ != Stage::kEnding) {
    for (Place* const place : places_) cut_if_silent(*place);
    changed_.wait_for(lock, pause());
  }
}

// The exchange fails if the answer has come meanwhile: such a connection is spared.
void SilenceWatch::cut_if_silent(Place& place) const {
  auto since = place.waits_since_.load();
  if (since == Place::kDoesNotWait || since == Place::kCut) return;
  const auto waited = std::chrono::nanoseconds(now() - since);
  const bool is_silent = stage_ == Stage::kCuttingAll || (patience_.count() > 0 && waited >= patience_);
  if (is_silent && place.waits_since_.compare_exchange_strong(since, Place::kCut)) ::shutdown(place.socket_, SHUT_RDWR);
}

milliseconds SilenceWatch::pause() const {
  constexpr milliseconds kOften{10};
  constexpr milliseconds kSeldom{500};
  if (stage_ == Stage::kCuttingAll) return kOften;
  return patience_.count() > 0 ? std::clamp(patience_ / 8, kOften, kSeldom) : kSeldom;
}

}  // namespace rekey
