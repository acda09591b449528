// One client's connection: reads until a request is whole, writes until the answer has gone, then reads the next request.
// Holds the socket and the state of the dialogue; the front keeps the deadlines.
#pragma once

#include <cstdint>
#include <string>

#include "origin/http/file_descriptor.h"
#include "origin/http/http_framing.h"

namespace rekey {

class Connection {
 public:
  enum class State : std::uint8_t {
    kReading,    // waits for a request or its rest
    kAnswering,  // a worker has the whole request; nothing is read
    kWriting,    // sends the answer
    kFarewell,   // our side is closed; drops further input, so that no TCP reset destroys the answer
    kGone,
  };

  explicit Connection(FileDescriptor socket) : socket_(std::move(socket)) {}

  State state() const { return state_; }
  int fd() const { return socket_.get(); }
  bool has_begun() const { return framer_.has_begun(); }

  // Reads available bytes once. Returns: kWhole if a request can be taken, kMore, or the refusal. May end in kGone.
  Framing read_some();
  HttpRequest take_request();  // then kAnswering

  // Sends as much as the socket takes now, the rest when it is writable. May end in kReading, kFarewell or kGone.
  void begin_answer(std::string response);
  void write_some();

  // Closes the connection after the current or next answer.
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
