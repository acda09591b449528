// Writes one signed call to an origin after another, each with a request id of its own, for origin_load. Nothing is written in
// advance: a signature is good for a minute, and for its own body alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "shared/key_ring.h"

namespace rekey::bench {

// Lines that calls are filled with, handed out in order to all threads.
class Lines {
 public:
  enum class Use { kOnce, kAgain };

  Lines(std::vector<std::string> lines, Use use) : lines_(std::move(lines)), use_(use) {}
  // Throws: std::runtime_error where each is good for one use and none is left.
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
  // Returns: the whole HTTP request, signed now.
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
