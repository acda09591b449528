// Runs a vector file through the build's own code: in shared_tests, and in vector_runner.wasm of edge and pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rekey_vectors {

struct Tally {
  std::uint32_t passed = 0;
  std::uint32_t failed = 0;
  std::string first_failure;
};

// In: the file's name without `.txt`, and its text.
// Returns: the tally, or nothing if this build lacks the rules that the file is about. A file that breaks the format counts as
// one failure.
std::optional<Tally> run_vectors(std::string_view stem, std::string_view text);

}  // namespace rekey_vectors
