#include "templates/brand/brand_text.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/codec/strict_json.h"
#include "shared/codec/utf8.h"
#include "shared/email_address.h"
#include "shared/url.h"
#include "templates/brand/phrase_tags.h"

namespace rekey {
namespace {

using Kind = FieldProblem::Kind;
constexpr auto kString = FieldKind::kString;
constexpr auto kObject = FieldKind::kObject;
constexpr auto kOptional = FieldNeed::kOptional;

std::string names_of(std::span<const FieldRule> rules) {
  std::string names;
  for (const auto& rule : rules) names.append(names.empty() ? "" : ", ").append(rule.name);
  return names;
}

std::string fault_of(const FieldProblem& problem, std::span<const FieldRule> rules) {
  const auto rule = std::ranges::find(rules, problem.field, &FieldRule::name);
  switch (problem.kind) {
    case Kind::kUnknown:
      return "is unknown; known are " + names_of(rules);
    case Kind::kRepeated:
      return "is there more than once";
    case Kind::kControlCharacter:
      return "must not hold control characters";
    default:
      return rule != rules.end() && rule->kind == kObject ? "must be an object" : "must be a string";
  }
}

// One object of the file, and where it stands. Members with a fault count as missing, so that the faults of the others are found,
// too.
class Section {
 public:
  // In: `path` is "" for the whole file, else as in "colors.light.".
  Section(std::string_view json, std::string path, std::vector<FieldRule> rules, Faults& faults)
      : path_(std::move(path)), rules_(std::move(rules)), faults_(faults) {
    std::vector<FieldProblem> problems;
    auto object = JsonObject::parse(json, rules_, problems, kMaxJsonSize);
    for (const auto& problem : problems) tell(problem);
    if (!object && problems.empty()) tell(object.error());
    if (!object && !problems.empty()) object = parse_rest(json, problems);
    if (object) object_ = std::move(object).value();
  }

  bool has(std::string_view key) const {
    return object_ && std::ranges::find(rules_, key, &FieldRule::name) != rules_.end() && object_->has(key);
  }
  std::string text(std::string_view key) const { return has(key) ? std::string(object_->string(key)) : ""; }

  Section section(std::string_view key, std::vector<FieldRule> rules) const {
    return {has(key) ? object_->object(key) : "{}", path_ + std::string(key) + ".", std::move(rules), faults_};
  }

  void refuse(std::string_view key, const std::string& what) const { faults_.push_back(path_ + std::string(key) + ": " + what); }

 private:
  void tell(const FieldProblem& problem) const {
    if (problem.field.empty()) return faults_.push_back("must be a JSON object");
    refuse(printable(problem.field, kMaxReportedNameSize), fault_of(problem, rules_));
  }

  void tell(Error error) const {
    faults_.push_back(error == Error::kTooLarge ? "must have at most 32 KiB and 8 levels" : "must be one JSON document in UTF-8");
  }

  Result<JsonObject> parse_rest(std::string_view json, const std::vector<FieldProblem>& problems) {
    for (const auto& problem : problems) std::erase_if(rules_, [&](const FieldRule& rule) { return rule.name == problem.field; });
    std::vector<FieldProblem> none;
    return JsonObject::parse(json, rules_, none, kMaxJsonSize, UnknownFields::kIgnore);
  }

  std::string path_;
  std::vector<FieldRule> rules_;
  std::optional<JsonObject> object_;
  Faults& faults_;
};

std::string read_name(const Section& file) {
  auto name = file.text("name");
  if (!file.has("name")) return name;
  if (trim(name).empty() || name.size() > kMaxBrandName) file.refuse("name", "must have 1 to 60 bytes");
  if (name.find("{{") != name.npos) file.refuse("name", "must not hold {{");
  return name;
}

// A name alone: nothing outside the folder, and no hidden file.
std::string read_logo_file(const Section& file) {
  auto name = file.text("logo");
  const auto is_allowed = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_'; };
  if (file.has("logo") && (name.empty() || name.front() == '.' || !std::ranges::all_of(name, is_allowed))) {
    file.refuse("logo", "must be the name of a file in this folder: letters, digits, dot, hyphen and underscore");
    name.clear();
  }
  return name;
}

void read_color(const Section& scheme, std::string_view key, Color& color) {
  if (!scheme.has(key)) return;
  const auto parsed = Color::parse(scheme.text(key));
  if (parsed) color = *parsed;
  if (!parsed) scheme.refuse(key, "must be #rrggbb");
}

void read_scheme(const Section& colors, std::string_view name, SchemeColors& scheme) {
  const auto section = colors.section(name, {{"accent", kString, kOptional}, {"background", kString, kOptional}});
  read_color(section, "accent", scheme.accent);
  read_color(section, "background", scheme.background);
}

Palette read_palette(const Section& file, Faults& faults) {
  Palette palette;
  const auto colors = file.section("colors", {{"light", kObject, kOptional}, {"dark", kObject, kOptional}});
  read_scheme(colors, "light", palette.light);
  read_scheme(colors, "dark", palette.dark);
  for (const auto& weak : find_weak_contrasts(palette)) faults.push_back(weak.key + ": " + weak.what);
  return palette;
}

bool is_link(std::string_view text) {
  if (text.size() > kMaxBrandLink) return false;
  if (text.starts_with("mailto:")) return static_cast<bool>(EmailAddress::parse(text.substr(7)));
  const auto url = Url::parse(text);
  return url && url->scheme == Scheme::kHttps;
}

std::string read_link(const Section& links, std::string_view key) {
  auto link = links.text(key);
  if (links.has(key) && !is_link(link))
    links.refuse(key, "must be https://... or mailto:address in ASCII, with at most 500 characters");
  return link;
}

std::vector<FieldRule> link_rules() { return {{"help", kString, kOptional}, {"privacy", kString, kOptional}}; }

BrandLinks read_links_of(const Section& links) { return {read_link(links, "help"), read_link(links, "privacy")}; }

void read_links(const Section& file, const PhraseBooks& known, Brand& brand) {
  auto rules = link_rules();
  for (const auto& [tag, book] : known) rules.push_back({tag, kObject, kOptional});
  const auto links = file.section("links", rules);
  brand.links = read_links_of(links);
  for (const auto& [tag, book] : known) {
    if (links.has(tag)) brand.links_by_language[tag] = read_links_of(links.section(tag, link_rules()));
  }
}

// Returns: what is wrong, "" for nothing.
std::string fault_in_tags(const std::string& text, const std::string& own) {
  const auto wanted = PhraseTags::parse(own);
  if (!wanted) return "can't be replaced: the language's own has other tags than {{name}} and {{#name}}...{{/name}}";
  if (PhraseTags::parse(text) == wanted) return "";
  return wanted->text().empty() ? "must not hold {{" : "must hold " + wanted->text() + ", and no other {{";
}

std::string fault_in_phrase(std::string_view key, const std::string& text, const std::string& own) {
  if (trim(text).empty() || text.size() > kMaxBrandPhrase) return "must have 1 to 1000 bytes";
  if (key == "page.direction" && text != "ltr" && text != "rtl") return "must be ltr or rtl";
  return fault_in_tags(text, own);
}

// A line of the file alone: the file's own parser does not say which line is wrong.
std::optional<PhraseBook> parse_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  auto book = PhraseBook::parse(line);
  if (book) return std::move(book).value();
  return std::nullopt;
}

}  // namespace

BrandText parse_brand(std::string_view json, const PhraseBooks& known, Faults& faults) {
  BrandText out;
  const Section file(
      json, "",
      {{"name", kString, kOptional}, {"logo", kString, kOptional}, {"colors", kObject, kOptional}, {"links", kObject, kOptional}},
      faults);
  out.brand.name = read_name(file);
  out.logo_file = read_logo_file(file);
  out.brand.palette = read_palette(file, faults);
  read_links(file, known, out.brand);
  return out;
}

PhraseBook parse_brand_phrases(std::string_view text, const PhraseBook& own, Faults& faults) {
  PhraseBook book;
  if (text.size() > kMaxPhrasesFile) {
    faults.push_back("must have at most 128 KiB");
    return book;
  }
  for (int number = 1; !text.empty(); ++number) {
    const auto parsed = parse_line(cut_until(text, '\n'));
    if (!parsed) faults.push_back("line " + std::to_string(number) + " must be `key = text` in UTF-8");
    if (!parsed || parsed->all().empty()) continue;
    const auto& [key, phrase] = *parsed->all().begin();
    const auto* known = own.find(key);
    const auto fault = known == nullptr ? "is not a phrase of this language" : fault_in_phrase(key, phrase, *known);
    if (!fault.empty()) {
      faults.push_back(key + ": " + fault);
    } else if (!book.add(key, phrase)) {
      faults.push_back(key + ": is there more than once");
    }
  }
  return book;
}

}  // namespace rekey
