#include "templates/brand/phrase_tags.h"

#include <algorithm>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

constexpr std::string_view kSectionMarks = "#^";

bool is_name(std::string_view text) {
  const auto is_allowed = [](char c) { return is_lower(c) || is_digit(c) || c == '_'; };
  return !text.empty() && std::ranges::all_of(text, is_allowed);
}

// Cuts the text behind the next tag. Returns: what is between the braces; nothing if they are not closed, or are three.
std::optional<std::string_view> cut_tag(std::string_view& text) {
  text.remove_prefix(text.find("{{") + 2);
  const auto end = text.find("}}");
  if (end == text.npos || text.substr(end + 2).starts_with('}')) return std::nullopt;
  const auto tag = text.substr(0, end);
  text.remove_prefix(end + 2);
  return tag;
}

}  // namespace

std::optional<PhraseTags> PhraseTags::parse(std::string_view text) {
  PhraseTags tags;
  while (text.find("{{") != text.npos) {
    const auto tag = cut_tag(text);
    if (!tag || !tags.add(*tag)) return std::nullopt;
  }
  if (!tags.sections_.empty()) return std::nullopt;
  return tags;
}

// Returns: false for a tag that may not stand there.
bool PhraseTags::add(std::string_view tag) {
  const auto name = tag.substr(tag.empty() || is_name(tag) ? 0 : 1);
  if (!is_name(name)) return false;
  if (tag.front() == '/') return close(name);
  const bool is_section = kSectionMarks.find(tag.front()) != kSectionMarks.npos;
  if (!is_section && tag != name) return false;
  place(tag);
  if (is_section) sections_ += tag;
  return true;
}

void PhraseTags::place(std::string_view tag) {
  if (!placed_.insert(sections_ + "{" + std::string(tag)).second) return;
  if (sections_.empty() && !text_.empty()) text_ += ", ";
  text_.append("{{").append(tag).append("}}");
}

bool PhraseTags::close(std::string_view name) {
  const auto at = sections_.find_last_of(kSectionMarks);
  if (at == sections_.npos || sections_.substr(at + 1) != name) return false;
  place("/" + std::string(name));
  sections_.resize(at);
  return true;
}

}  // namespace rekey
