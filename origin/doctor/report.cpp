#include "origin/doctor/report.h"

#include <algorithm>

#include "shared/codec/json_writer.h"

namespace rekey {
namespace {

struct VerdictWords {
  std::string_view line;
  std::string_view json;
};

constexpr VerdictWords words_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return {"ok    ", "ok"};
    case Verdict::kNote:
      return {"note  ", "note"};
    case Verdict::kWrong:
      return {"WRONG ", "wrong"};
  }
  __builtin_trap();
}

void write_line(std::ostream& out, const Finding& finding) {
  out << words_of(finding.verdict).line << name_of(finding.check);
  if (!finding.text.empty()) out << ": " << finding.text;
  out << std::endl;  // at once: the next check may take seconds
}

std::string document_of(const std::vector<Finding>& findings, std::string_view verdict) {
  JsonWriter json;
  json.begin_object().member("verdict", verdict).key("findings").begin_array();
  for (const auto& finding : findings) {
    json.begin_object().member("check", name_of(finding.check)).member("verdict", words_of(finding.verdict).json);
    json.member("cause", finding.cause).member("text", finding.text).end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace

std::string_view name_of(Check check) {
  constexpr std::string_view kNames[] = {"settings",       "machine",  "templates", "database", "accounts", "mail relay",
                                         "fallback relay", "webhooks", "origin",    "edge",     "clocks"};
  return kNames[static_cast<std::size_t>(check)];
}

void DoctorReport::add(Finding finding) {
  if (form_ == DoctorForm::kLines) write_line(out_, finding);
  findings_.push_back(std::move(finding));
}

void DoctorReport::add(std::vector<Finding> findings) {
  for (auto& finding : findings) add(std::move(finding));
}

int DoctorReport::finish() {
  const bool wrong = std::ranges::any_of(findings_, [](const Finding& finding) { return finding.verdict == Verdict::kWrong; });
  if (form_ == DoctorForm::kJson) out_ << document_of(findings_, wrong ? "wrong" : "ok") << "\n";
  return wrong ? 1 : 0;
}

}  // namespace rekey
