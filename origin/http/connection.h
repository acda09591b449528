// One client's connection: bytes in until a request is whole, bytes out until the answer has gone, then the next one.
// Knows the socket and where in the dialogue it stands; when things must happen is the front's to say.
#pragma once

#include <cstdint>
#include <string>

#include "origin/http/file_descriptor.h"
#include "origin/http/http_framing.h"

namespace rekey {

class Connection {
 public:
  enum class State : std::uint8_t {
    kReading,    // a request is awaited or half there
    kAnswering,  // one is whole and with a worker; nothing is read
    kWriting,    // the answer goes out
    kFarewell,   // our side is closed; what still comes is dropped, so that the answer is not lost in a reset
    kGone,
  };

  explicit Connection(FileDescriptor socket) : socket_(std::move(socket)) {}

  State state() const { return state_; }
  int fd() const { return socket_.get(); }
  bool has_begun() const { return framer_.has_begun(); }

  // Reads what is there, once. Returns: kWhole when a request is there to take, kMore, or the refusal. May end in kGone.
  Framing read_some();
  HttpRequest take_request();  // then kAnswering

  // Sends what the socket takes now; the rest when it is writable. May end in kReading, kFarewell or kGone.
  void begin_answer(std::string response);
  void write_some();

  // Makes the answer that comes, or is going out, the last one.
  void make_last() { persistence_ = Persistence::kClose; }

  void drop_input();  // in kFarewell
  void abandon() { state_ = State::kGone; }

 private:
  void end_answer();
  bool has_early_bytes() const;

  FileDescriptor socket_;
  State state_ = State::kReading;
  HttpFramer framer_;
  Persistence persistence_ = Persistence::kKeepAlive;
  std::string out_;
  std::size_t sent_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace rekey
