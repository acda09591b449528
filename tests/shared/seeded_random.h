// Random-looking inputs that are the same in every run: SplitMix64 from a seed that the test names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/codec/bytes.h"

namespace rekey_test {

class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // Returns: 0 to `end` - 1.
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(next() % end); }

  void fill(rekey::MutableBytes out) {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next());
  }

  std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(next());
    return text;
  }

  std::string text_of(std::string_view alphabet, std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = alphabet[below(alphabet.size())];
    return text;
  }

  // Returns: the text with one to four bytes changed, taken away, put in or doubled.
  std::string mutate(std::string text);

 private:
  std::uint64_t state_;
};

}  // namespace rekey_test
