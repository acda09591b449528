// Reads SVG as a row of tags. It knows what it takes, and refuses everything else: a picture by a designer's program is exported
// as "plain" or "optimized" SVG.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <vector>

#include "shared/codec/ascii.h"
#include "shared/codec/utf8.h"
#include "templates/brand/logo.h"
#include "templates/brand/xml_parts.h"

namespace rekey {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kNamespace = "http://www.w3.org/2000/svg";
constexpr std::size_t kMostDepth = 64;

constexpr std::string_view kElements[] = {
    "svg",      "g",      "defs",    "symbol", "use",   "title",          "desc",           "path",
    "rect",     "circle", "ellipse", "line",   "style", "linearGradient", "radialGradient", "stop",
    "clipPath", "mask",   "pattern", "tspan",  "text",  "polyline",       "polygon"};

bool is_element(std::string_view name) { return std::ranges::find(kElements, name) != std::end(kElements); }

bool is_name_character(char c) { return is_letter_or_digit(c) || c == ':' || c == '-' || c == '_' || c == '.'; }

// A file is named by `url(...)`; `url(#id)` is within the picture. A backslash could spell either.
bool refers_outside(std::string_view style) {
  const auto text = to_lower(style);
  if (text.find('\\') != text.npos || text.find("image(") != text.npos || text.find("image-set(") != text.npos) return true;
  for (auto at = text.find("url("); at != text.npos; at = text.find("url(", at + 1)) {
    const auto target = trim(std::string_view(text).substr(at + 4), " \t\r\n\"'");
    if (!target.starts_with('#')) return true;
  }
  return false;
}

// Of a <style>: rules may depend on the scheme (@media), and load nothing.
bool is_harmless_style(std::string_view text) {
  const auto lower = to_lower(text);
  for (auto at = lower.find('@'); at != lower.npos; at = lower.find('@', at + 1)) {
    if (!std::string_view(lower).substr(at).starts_with("@media")) return false;
  }
  return !refers_outside(text) && text.find('&') == text.npos;
}

// In: digits with at most a dot and a unit `px`.
double length_of(std::string_view text) {
  if (text.ends_with("px")) text.remove_suffix(2);
  double length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length, std::chars_format::fixed);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(length) ? length : 0;
}

// Four numbers between blanks or commas; the last two are the size.
LogoShape shape_of_view(std::string_view text) {
  std::vector<double> numbers;
  while (!(text = trim(text, " \t\r\n,")).empty()) {
    const auto size = std::min(text.find_first_of(" \t\r\n,"), text.size());
    numbers.push_back(length_of(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return numbers.size() == 4 ? LogoShape{numbers[2], numbers[3]} : LogoShape{};
}

LogoShape shape_of_root(const XmlTag& root) {
  if (const auto* view = root.find("viewBox")) return shape_of_view(*view);
  const auto* width = root.find("width");
  const auto* height = root.find("height");
  return width != nullptr && height != nullptr ? LogoShape{length_of(*width), length_of(*height)} : LogoShape{};
}

class SvgReader {
 public:
  SvgReader(std::string_view text, std::string& fault) : rest_(text), fault_(fault) {}

  std::optional<LogoShape> read() {
    skip_declaration();
    while (fault_.empty() && skip_between()) read_tag();
    if (fault_.empty() && (!open_.empty() || !root_)) fault_ = "is not a whole SVG picture";
    if (!fault_.empty()) return std::nullopt;
    if (shape_.width > 0 && shape_.height > 0) return shape_;
    fault_ = "must have a viewBox of four numbers, or width and height in pixels";
    return std::nullopt;
  }

 private:
  void refuse(std::string what) {
    if (fault_.empty()) fault_ = std::move(what);
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

  void skip_declaration() {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    if (!rest_.starts_with("<?xml ")) return skip_blanks();
    rest_.remove_prefix(std::string_view("<?xml").size());
    XmlTag declaration;
    while (fault_.empty() && !at_declaration_end()) take_attribute(declaration);
    if (!is_xml_declaration(declaration.attributes)) refuse("has another XML declaration than that of XML 1.0 in UTF-8");
  }

  bool at_declaration_end() {
    const bool blank = rest_.find_first_of(kBlanks) == 0;
    skip_blanks();
    if (!rest_.starts_with("?>")) {
      if (!blank) refuse("is not well-formed");
      return false;
    }
    rest_.remove_prefix(2);
    return true;
  }

  // XML 1.0, section 2.5: two hyphens are only at its end.
  void skip_comment() {
    if (!open_.empty() && open_.back() == "style") return refuse("has a comment in a style: remove it");
    rest_.remove_prefix(std::string_view("<!--").size());
    const auto at = rest_.find("--");
    if (at == rest_.npos || !rest_.substr(at).starts_with("-->")) return refuse("has a comment that is not well-formed");
    rest_.remove_prefix(at + 3);
  }

  // Skips texts and comments. Returns: whether a tag follows.
  bool skip_between() {
    for (;;) {
      const auto text = rest_.substr(0, std::min(rest_.find('<'), rest_.size()));
      judge_text(text);
      rest_.remove_prefix(text.size());
      if (rest_.empty() || !fault_.empty()) return false;
      if (!rest_.starts_with("<!--")) return true;
      skip_comment();
    }
  }

  // References such as &amp; are fine in texts, but not where they could spell a style.
  void judge_text(std::string_view text) {
    if (open_.empty() && !trim(text, kBlanks).empty()) return refuse("has text outside the picture");
    if (!has_known_references(text)) return refuse("has & in a text: write &amp; and characters themselves");
    if (text.find("]]>") != text.npos) return refuse("is not well-formed");
    if (!open_.empty() && open_.back() == "style" && !is_harmless_style(text)) refuse("has a style that refers to another file");
  }

  void read_tag() {
    if (rest_.starts_with("<!") || rest_.starts_with("<?"))
      return refuse("has a DOCTYPE, CDATA or processing instruction: remove it");
    XmlTag tag;
    rest_.remove_prefix(1);
    if (rest_.starts_with('/')) {
      tag.kind = XmlTag::Kind::kClosing;
      rest_.remove_prefix(1);
    }
    tag.name = take_name();
    while (fault_.empty() && !at_tag_end(tag)) take_attribute(tag);
    if (fault_.empty()) judge_tag(tag);
  }

  std::string take_name() {
    const auto end = std::ranges::find_if_not(rest_, is_name_character);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    const std::string name(rest_.substr(0, size));
    if (!is_qualified_name(name)) refuse("is not well-formed");
    rest_.remove_prefix(size);
    return name;
  }

  bool at_tag_end(XmlTag& tag) {
    const bool blank = rest_.find_first_of(kBlanks) == 0;
    skip_blanks();
    if (rest_.starts_with("/>") && tag.kind == XmlTag::Kind::kOpening) {
      tag.kind = XmlTag::Kind::kEmpty;
      rest_.remove_prefix(1);
    }
    if (rest_.starts_with('>')) {
      rest_.remove_prefix(1);
      return true;
    }
    if (!blank || tag.kind == XmlTag::Kind::kClosing) refuse("is not well-formed");
    return false;
  }

  void take_attribute(XmlTag& tag) {
    auto name = take_name();
    skip_blanks();
    if (!fault_.empty() || !rest_.starts_with('=')) return refuse("is not well-formed");
    rest_.remove_prefix(1);
    skip_blanks();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    const auto end = quote == '"' || quote == '\'' ? rest_.find(quote, 1) : rest_.npos;
    if (end == rest_.npos) return refuse("is not well-formed");
    tag.attributes.push_back({std::move(name), std::string(rest_.substr(1, end - 1))});
    rest_.remove_prefix(end + 1);
  }

  void judge_tag(const XmlTag& tag) {
    if (tag.kind == XmlTag::Kind::kClosing) return close(tag);
    if (!is_element(tag.name)) return refuse("has <" + printable(tag.name, 40) + ">, which a logo may not have");
    if (!root_ && tag.name != "svg") return refuse("is not an SVG picture");
    if (root_ && open_.empty()) return refuse("has more than one picture");
    if (!open_.empty() && open_.back() == "style") return refuse("is not well-formed");
    for (const auto& attribute : tag.attributes) judge_attribute(attribute);
    judge_names(tag);
    if (!root_) take_root(tag);
    open_.push_back(tag.name);
    if (open_.size() > kMostDepth) refuse("is nested too deeply");
    if (tag.kind == XmlTag::Kind::kEmpty) close(tag);
  }

  void judge_names(const XmlTag& tag) {
    if (!prefixes_.enter(tag)) return refuse("is not well-formed");
    std::set<std::string> names;
    for (const auto& attribute : tag.attributes) {
      const auto name = prefixes_.expanded_name(attribute);
      const auto named = printable(attribute.name, 40);
      if (name.empty())
        return refuse("has " + named + " without xmlns:" + printable(attribute.prefix(), 40) + ": browsers show nothing then");
      if (!names.insert(name).second) return refuse("has " + named + " twice in one tag");
    }
  }

  void take_root(const XmlTag& tag) {
    root_ = true;
    const auto* space = tag.find("xmlns");
    if (space == nullptr) refuse("must say xmlns=\"" + std::string(kNamespace) + "\": browsers show nothing without it");
    shape_ = shape_of_root(tag);
  }

  void judge_attribute(const XmlAttribute& attribute) {
    const bool declares = attribute.name == "xmlns" || attribute.prefix() == "xmlns";
    const auto local = to_lower(attribute.local());
    const auto& value = attribute.value;
    const auto named = printable(attribute.name, 40);
    if (value.find('<') != value.npos) return refuse("is not well-formed");
    if (attribute.name == "xmlns" && value != kNamespace) return refuse("has elements of another language than SVG");
    if (to_lower(attribute.name).starts_with("on")) return refuse("has the handler " + named + ", which a logo may not have");
    if (!declares && (local == "href" || local == "src" || local == "base") && !value.starts_with('#'))
      return refuse("refers to another file by " + named);
    if (value.find('&') != value.npos) return refuse("has a character reference in " + named + ": write the character itself");
    if (!declares && refers_outside(value)) return refuse("refers to another file by " + named);
  }

  void close(const XmlTag& tag) {
    if (open_.empty() || open_.back() != tag.name) return refuse("is not well-formed");
    open_.pop_back();
    prefixes_.leave();
  }

  std::string_view rest_;
  std::string& fault_;
  std::vector<std::string> open_;
  XmlPrefixes prefixes_;
  bool root_ = false;
  LogoShape shape_;
};

// XML allows line ends and tabs beside the text, and forbids U+FFFE and U+FFFF.
bool is_text(std::string_view text) {
  if (text.find("\xef\xbf\xbe") != text.npos || text.find("\xef\xbf\xbf") != text.npos) return false;
  std::string visible(text);
  std::ranges::replace_if(visible, [](char c) { return kBlanks.find(c) != kBlanks.npos; }, ' ');
  return find_text_fault(visible) == TextFault::kNone;
}

}  // namespace

std::optional<LogoShape> measure_svg(std::string_view text, std::string& fault) {
  if (is_text(text)) return SvgReader(text, fault).read();
  fault = "must be UTF-8 without control characters";
  return std::nullopt;
}

}  // namespace rekey
