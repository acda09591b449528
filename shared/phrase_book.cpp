#include "shared/phrase_book.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/codec/utf8.h"

namespace rekey {
namespace {

constexpr std::string_view kSeparator = " = ";

std::string_view cut_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

bool is_key(std::string_view text) {
  const auto is_allowed = [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '.'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_allowed);
}

bool is_skipped(std::string_view line) { return line.empty() || line.starts_with('#'); }

}  // namespace

Result<PhraseBook> PhraseBook::parse(std::string_view text) {
  PhraseBook book;
  while (!text.empty()) {
    const std::string_view line = cut_line(text);
    if (find_text_fault(line) != TextFault::kNone) return Error::kWrongShape;
    if (is_skipped(line)) continue;
    const std::size_t separator = line.find(kSeparator);
    if (separator == std::string_view::npos || !is_key(line.substr(0, separator))) return Error::kWrongShape;
    const auto [entry, is_new] = book.phrases_.emplace(line.substr(0, separator), line.substr(separator + kSeparator.size()));
    if (!is_new) return Error::kWrongShape;
  }
  return book;
}

void PhraseBook::replace(std::string_view key, std::string_view text) {
  const auto found = phrases_.find(key);
  if (found != phrases_.end()) found->second = text;
}

const std::string* PhraseBook::find(std::string_view key) const {
  const auto found = phrases_.find(key);
  return found == phrases_.end() ? nullptr : &found->second;
}

}  // namespace rekey
