// Writes signed calls to an origin, each with its own request id, for origin_load. They can't be written in advance: a signature
// is valid for a minute, and only for its own body.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "shared/key_ring.h"

namespace rekey::bench {

// Lines to fill calls with, handed out in order to all threads.
class Lines {
 public:
  enum class Use { kOnce, kAgain };

  Lines(std::vector<std::string> lines, Use use) : lines_(std::move(lines)), use_(use) {}
  // Throws: std::runtime_error if each is for one use and none is left.
  const std::string& next();

 private:
  const std::vector<std::string> lines_;
  const Use use_;
  std::atomic<std::size_t> taken_ = 0;
};

// A JSON object with places: %number becomes a random decimal number, %hash 64 random hex digits, %line the next line.
class InputTemplate {
 public:
  explicit InputTemplate(std::string_view text);
  std::string fill(std::mt19937_64& random, Lines& lines) const;

 private:
  enum class Kind { kText, kNumber, kHash, kLine };
  struct Piece {
    Kind kind;
    std::string text;
  };
  std::vector<Piece> pieces_;
};

// One for each thread.
class CallWriter {
 public:
  CallWriter(std::string_view use_case, const InputTemplate& input, const KeyRing& keys, Lines& lines);
  // Returns: the complete HTTP request, signed now.
  std::string next();

 private:
  std::string request_id();

  const std::string path_;
  const InputTemplate& input_;
  const KeyRing& keys_;
  Lines& lines_;
  std::mt19937_64 random_;
};

}  // namespace rekey::bench
