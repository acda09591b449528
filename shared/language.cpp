#include "shared/language.h"

#include <algorithm>
#include <array>
#include <optional>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

constexpr std::size_t kMaxRanges = 32;
constexpr std::size_t kMaxSubtagSize = 8;  // RFC 4647, section 2.1
constexpr int kFullQuality = 1000;

struct LanguageRange {
  std::string_view tag;        // or "*"
  int quality = kFullQuality;  // thousandths
};

struct LanguageRanges {
  std::array<LanguageRange, kMaxRanges> items;
  std::size_t count = 0;

  std::span<const LanguageRange> all() const { return std::span(items).first(count); }
};

bool is_subtag(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSubtagSize && std::all_of(text.begin(), text.end(), is_letter_or_digit);
}

bool is_range(std::string_view text) {
  if (text == "*") return true;
  if (text.empty() || text.ends_with('-')) return false;
  if (!std::all_of(text.begin(), std::find(text.begin(), text.end(), '-'), is_letter)) return false;
  while (!text.empty()) {
    if (!is_subtag(cut_until(text, '-'))) return false;
  }
  return true;
}

// RFC 9110, section 12.4.2: 0 or 1 with at most three decimals, at most 1.
std::optional<int> read_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int quality = (text[0] - '0') * kFullQuality;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int unit = kFullQuality / 10;
  for (char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!is_digit(c)) return std::nullopt;
    quality += (c - '0') * unit;
    unit /= 10;
  }
  return quality <= kFullQuality ? std::optional(quality) : std::nullopt;
}

std::optional<LanguageRange> read_range(std::string_view item) {
  LanguageRange range{trim(cut_until(item, ';'))};
  if (!is_range(range.tag)) return std::nullopt;
  const std::string_view weight = trim(item);
  if (weight.empty()) return range;
  if (!equal_ignoring_case(weight.substr(0, 2), "q=")) return std::nullopt;
  const auto quality = read_quality(weight.substr(2));
  if (!quality) return std::nullopt;
  range.quality = *quality;
  return range;
}

// Puts the range behind those of the same or greater quality.
void insert(LanguageRanges& ranges, const LanguageRange& range) {
  std::size_t at = ranges.count++;
  for (; at > 0 && ranges.items[at - 1].quality < range.quality; --at) ranges.items[at] = ranges.items[at - 1];
  ranges.items[at] = range;
}

// Returns: the ranges by quality, equal ones in the header's order; none if the header is unreadable.
LanguageRanges read_ranges(std::string_view header) {
  LanguageRanges ranges;
  for (std::string_view rest = bound_accept_language(header); !rest.empty();) {
    const std::string_view item = trim(cut_until(rest, ','));
    if (item.empty()) continue;
    const auto range = read_range(item);
    if (!range || ranges.count == kMaxRanges) return {};
    insert(ranges, *range);
  }
  return ranges;
}

bool covers(std::string_view range, std::string_view tag) {
  if (range == "*" || equal_ignoring_case(range, tag)) return true;
  return tag.size() > range.size() && tag[range.size()] == '-' && equal_ignoring_case(range, tag.substr(0, range.size()));
}

// The most specific range that covers the tag decides whether it is excluded.
bool is_excluded(std::string_view tag, std::span<const LanguageRange> ranges) {
  const LanguageRange* closest = nullptr;
  for (const LanguageRange& range : ranges) {
    if (range.tag == "*" || !covers(range.tag, tag)) continue;
    if (closest == nullptr || range.tag.size() > closest->tag.size()) closest = &range;
  }
  return closest != nullptr && closest->quality == 0;
}

// RFC 4647, section 3.4: drops the last subtag, and then a final subtag of a single letter or digit.
std::string_view shorten(std::string_view range) {
  const std::size_t dash = range.rfind('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view shorter = range.substr(0, dash);
  return shorter.size() > 1 && shorter[shorter.size() - 2] == '-' ? shorter.substr(0, shorter.size() - 2) : shorter;
}

using Tags = std::span<const std::string_view>;

std::string_view first_not_excluded(Tags available, std::span<const LanguageRange> ranges) {
  const auto found = std::find_if(available.begin(), available.end(), [&](auto tag) { return !is_excluded(tag, ranges); });
  return found == available.end() ? available.front() : *found;
}

std::string_view look_up(std::string_view range, Tags available, std::span<const LanguageRange> ranges) {
  for (; !range.empty(); range = shorten(range)) {
    for (std::string_view tag : available) {
      if (equal_ignoring_case(range, tag) && !is_excluded(tag, ranges)) return tag;
    }
  }
  return {};
}

}  // namespace

std::string_view bound_accept_language(std::string_view header) {
  if (header.size() <= kMaxAcceptLanguageSize) return header;
  const std::size_t comma = header.substr(0, kMaxAcceptLanguageSize + 1).rfind(',');
  return header.substr(0, comma == std::string_view::npos ? 0 : comma);
}

std::string_view choose_language(std::string_view accept_language, std::span<const std::string_view> available) {
  const LanguageRanges ranges = read_ranges(accept_language);
  for (const LanguageRange& range : ranges.all()) {
    if (range.quality == 0 || range.tag == "*") continue;
    const std::string_view found = look_up(range.tag, available, ranges.all());
    if (!found.empty()) return found;
  }
  return first_not_excluded(available, ranges.all());
}

}  // namespace rekey
