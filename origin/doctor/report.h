// The findings of `rekey-origin doctor`: as lines for people, each written when it is known, or as one JSON document at the end.
// No text quotes a secret, or a part of DATABASE_URL.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rekey {

// What was checked, in the order of the report.
enum class Check : std::uint8_t {
  kSettings,
  kMachine,
  kTemplates,
  kDatabase,
  kAccounts,
  kRelay,
  kFallbackRelay,
  kWebhooks,
  kOrigin,
  kEdge,
  kClocks
};

std::string_view name_of(Check check);

enum class Verdict : std::uint8_t {
  kOk,
  kNote,   // worth knowing, or a check that can't be made from here
  kWrong,  // the installation does not work, or not as the settings say
};

struct Finding {
  Check check = Check::kSettings;
  Verdict verdict = Verdict::kOk;
  std::string_view cause;  // a word for programs; "" if all is well
  std::string text;        // what is wrong and what to do; may be "" if all is well
};

inline Finding all_well(Check check, std::string text = "") { return {check, Verdict::kOk, "", std::move(text)}; }

// A row of a check's table of causes.
template <class Cause>
struct CauseRow {
  Cause key;
  Verdict verdict;
  std::string_view word;
  std::string_view text;
};

template <class Cause>
Finding finding_of(Check check, const CauseRow<Cause>& row, std::string_view addition = "") {
  return {check, row.verdict, row.word, std::string(row.text).append(addition)};
}

enum class DoctorForm : std::uint8_t { kLines, kJson };

class DoctorReport {
 public:
  DoctorReport(std::ostream& out, DoctorForm form) : out_(out), form_(form) {}

  void add(Finding finding);
  void add(std::vector<Finding> findings);

  // Writes the JSON document. Returns: 0, or 1 if something is wrong.
  int finish();

 private:
  std::ostream& out_;
  DoctorForm form_;
  std::vector<Finding> findings_;
};

}  // namespace rekey
