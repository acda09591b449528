#include "templates/brand/xml_parts.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

// Of a name in Namespaces in XML 1.0: what stands before or after the colon.
bool is_name_part(std::string_view part) {
  const auto is_allowed = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; };
  return !part.empty() && (is_letter(part.front()) || part.front() == '_') && std::ranges::all_of(part, is_allowed);
}

// XML 1.0, section 2.2, without control characters: a logo may hold none.
bool is_xml_character(std::uint32_t c) {
  return c >= ' ' && c <= 0x10ffff && c != 0xfffe && c != 0xffff && (c < 0xd800 || c > 0xdfff);
}

// In: what stands between `&#` and `;`: digits, or `x` and hexadecimal digits.
bool is_character_number(std::string_view text) {
  const int base = text.starts_with('x') ? 16 : 10;
  if (base == 16) text.remove_prefix(1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size() && is_xml_character(number);
}

bool is_known_reference(std::string_view name) {
  static constexpr std::string_view kKnown[] = {"amp", "lt", "gt", "quot", "apos"};
  if (name.starts_with('#')) return is_character_number(name.substr(1));
  return std::ranges::find(kKnown, name) != std::end(kKnown);
}

// Removes the attribute from the front if it is the named one with one of the values. Returns: whether it was.
bool take(std::span<const XmlAttribute>& rest, std::string_view name, std::initializer_list<std::string_view> values) {
  if (rest.empty() || rest.front().name != name) return false;
  if (std::ranges::find(values, to_lower(rest.front().value)) == values.end()) return false;
  rest = rest.subspan(1);
  return true;
}

}  // namespace

const std::string* XmlTag::find(std::string_view wanted) const {
  const auto found = std::ranges::find(attributes, wanted, &XmlAttribute::name);
  return found == attributes.end() ? nullptr : &found->value;
}

bool is_qualified_name(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == name.npos) return is_name_part(name);
  return is_name_part(name.substr(0, colon)) && is_name_part(name.substr(colon + 1));
}

bool has_known_references(std::string_view text) {
  for (auto at = text.find('&'); at != text.npos; at = text.find('&')) {
    text.remove_prefix(at + 1);
    const auto end = text.find(';');
    if (end == text.npos || !is_known_reference(text.substr(0, end))) return false;
  }
  return true;
}

// XML 1.0, section 2.8: these three, in this order.
bool is_xml_declaration(std::span<const XmlAttribute> attributes) {
  if (!take(attributes, "version", {"1.0"})) return false;
  take(attributes, "encoding", {"utf-8"});
  take(attributes, "standalone", {"yes", "no"});
  return attributes.empty();
}

bool XmlPrefixes::enter(const XmlTag& tag) {
  sizes_.push_back(bound_.size());
  return std::ranges::all_of(tag.attributes, [&](const auto& each) { return each.prefix() != "xmlns" || bind(each); });
}

void XmlPrefixes::leave() {
  bound_.resize(sizes_.back());
  sizes_.pop_back();
}

std::string XmlPrefixes::expanded_name(const XmlAttribute& attribute) const {
  const auto prefix = attribute.prefix();
  if (prefix.empty() || prefix == "xml" || prefix == "xmlns") return attribute.name;
  const auto found = std::ranges::find(bound_.rbegin(), bound_.rend(), prefix, &Bound::prefix);
  return found == bound_.rend() ? "" : found->space + " " + attribute.local();
}

// Section 3 of Namespaces in XML 1.0 reserves these prefixes and namespaces.
bool XmlPrefixes::bind(const XmlAttribute& declaration) {
  const auto prefix = declaration.local();
  const auto& space = declaration.value;
  if (space.empty() || prefix == "xml" || prefix == "xmlns") return false;
  if (space == "http://www.w3.org/2000/xmlns/" || space == "http://www.w3.org/XML/1998/namespace") return false;
  bound_.push_back({prefix, space});
  return true;
}

}  // namespace rekey
