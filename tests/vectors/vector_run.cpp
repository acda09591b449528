#include "tests/vectors/vector_run.h"

#include <algorithm>
#include <array>

#include "tests/vectors/vector_outcome.h"

namespace rekey_vectors {
namespace {

struct Suite {
  std::string_view stem;
  std::string (*outcome)(const Record&);
};

constexpr auto kSuites = std::to_array<Suite>({
    {"email", email_outcome},
    {"username", username_outcome},
    {"password", password_outcome},
    {"token", token_outcome},
#ifndef REKEY_PART_PAGES
    {"code", code_outcome},
    {"json", json_outcome},
    {"form", form_outcome},
    {"language", language_outcome},
    {"rate", rate_outcome},
    {"signature", signature_outcome},
#endif
});

void note(Tally& tally, const Record& record, const std::string& outcome) {
  if (outcome == record["expect"]) {
    ++tally.passed;
    return;
  }
  if (tally.failed++ > 0) return;
  tally.first_failure = "input \"" + escape(record["input"]) + "\": expected \"" + escape(record["expect"]) + "\", got \"" +
                        escape(outcome) + "\" (" + record["why"] + ")";
}

}  // namespace

std::optional<Tally> run_vectors(std::string_view stem, std::string_view text) {
  const auto suite = std::find_if(kSuites.begin(), kSuites.end(), [&](const Suite& candidate) { return candidate.stem == stem; });
  if (suite == kSuites.end()) return std::nullopt;
  const auto records = read_records(text);
  if (!records) return Tally{0, 1, "the file breaks the vector format"};
  Tally tally;
  for (const Record& record : *records) note(tally, record, suite->outcome(record));
  return tally;
}

}  // namespace rekey_vectors
