// Test-only module around run_vectors, built by the toolchains of edge and pages: it imports nothing and is driven by
// run.test.mjs.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/vectors/vector_run.h"

namespace {

std::string buffer;
rekey_vectors::Tally tally;

}  // namespace

#define REKEY_EXPORT(name) extern "C" __attribute__((used, export_name(#name)))

// Returns: a buffer into which the host writes `size` bytes: a file's stem, directly followed by its text.
REKEY_EXPORT(make_buffer) char* make_buffer(std::size_t size) {
  buffer.assign(size, '\0');
  return buffer.data();
}

// Returns: 1 if the build has the file's rules; passed(), failed() and failure() then hold the result. Else 0.
REKEY_EXPORT(run) std::int32_t run(std::size_t stem_size) {
  const std::string_view text = buffer;
  const auto ran = rekey_vectors::run_vectors(text.substr(0, stem_size), text.substr(stem_size));
  tally = ran.value_or(rekey_vectors::Tally{});
  return ran ? 1 : 0;
}

REKEY_EXPORT(passed) std::uint32_t passed() { return tally.passed; }
REKEY_EXPORT(failed) std::uint32_t failed() { return tally.failed; }
REKEY_EXPORT(failure) const char* failure() { return tally.first_failure.data(); }
REKEY_EXPORT(failure_size) std::size_t failure_size() { return tally.first_failure.size(); }
