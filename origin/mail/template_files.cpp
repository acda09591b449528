#include "origin/mail/template_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "origin/mail/template_files_samples.h"
#include "shared/codec/ascii.h"
#include "templates/renderer.h"

namespace rekey {
namespace {

namespace fs = std::filesystem;

constexpr std::array kKinds = {std::pair{MailKind::kReset, std::string_view("reset")},
                               std::pair{MailKind::kPasswordChanged, std::string_view("password_changed")},
                               std::pair{MailKind::kSessionReused, std::string_view("session_reused")},
                               std::pair{MailKind::kSignIn, std::string_view("sign_in")}};
constexpr std::string_view kFallbackLanguage = "en";
constexpr std::string_view kMailPhrases = "mail.";  // the others are of pages

std::string name_of(MailKind kind) {
  return std::string(std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& known) { return known.first == kind; })->second);
}

[[noreturn]] void fail_in(const fs::path& file, const std::string& what) {
  throw std::runtime_error(file.string() + ": " + what);
}

std::string load_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) fail_in(file, "can't be read");
  return text;
}

PhraseBook load_phrases(const fs::path& file) {
  auto phrases = PhraseBook::parse(load_text(file));
  if (!phrases) fail_in(file, "must hold one `key = text` per line, each key once");
  return std::move(phrases).value();
}

std::vector<fs::path> language_files(const fs::path& folder) {
  std::error_code missing;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  if (missing || files.empty()) fail_in(folder, "has no language file <tag>.txt");
  return files;
}

}  // namespace

std::string TemplateFiles::Source::fill(const MailValues& values) const {
  try {
    return parsed.render(values);
  } catch (const std::runtime_error& error) {
    fail_in(file, error.what());
  }
}

TemplateFiles::Language TemplateFiles::parse_phrases(const fs::path& file, std::string_view tag) const {
  Language language{load_phrases(file), {}};
  brand_.apply(tag, language.phrases);
  for (const auto& [key, text] : language.phrases.all()) {
    if (!key.starts_with(kMailPhrases) || text.find("{{") == std::string::npos) continue;
    try {
      language.parsed.emplace(key, ParsedTemplate(text, Escaping::kNone));
    } catch (const std::runtime_error& error) {
      fail_in(file, key + ": " + error.what());
    }
  }
  return language;
}

std::string TemplateFiles::fill_phrase(const Language& language, const std::string& key, const std::string& text,
                                       const MailValues& values) {
  const auto parsed = language.parsed.find(key);
  if (parsed == language.parsed.end()) return text;
  try {
    return parsed->second.render(values);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(key + ": " + error.what());
  }
}

void TemplateFiles::fill_phrases(const Language& language, const std::string& prefix, const MailValues& values, MailValues& out) {
  const auto& all = language.phrases.all();
  for (auto at = all.lower_bound(prefix); at != all.end() && at->first.starts_with(prefix); ++at) {
    out[at->first] = fill_phrase(language, at->first, at->second, values);
  }
}

TemplateFiles::Source TemplateFiles::load_source(const fs::path& file, Escaping escaping) {
  const auto text = load_text(file);
  try {
    return {file, ParsedTemplate(text, escaping)};
  } catch (const std::runtime_error& error) {
    fail_in(file, error.what());
  }
}

TemplateFiles TemplateFiles::load(const fs::path& folder, Brand brand) {
  TemplateFiles files(std::move(brand));
  for (const auto& [kind, name] : kKinds) files.load_template(kind, folder / "email" / name);
  for (const auto& file : language_files(folder / "languages")) files.load_language(file);
  files.order_languages();
  return files;
}

void TemplateFiles::load_template(MailKind kind, const fs::path& stem) {
  templates_.emplace(kind, Template{load_source(fs::path(stem).concat(".txt"), Escaping::kNone),
                                    load_source(fs::path(stem).concat(".html"), Escaping::kHtml)});
}

void TemplateFiles::load_language(const fs::path& file) {
  const auto tag = to_lower(file.stem().string());
  languages_[tag] = parse_phrases(file, tag);
  try_out(tag, file);
}

// Why: a broken template must fail the origin's start, not the first mail.
void TemplateFiles::try_out(std::string_view tag, const fs::path& file) const {
  try {
    for (const auto& word : sample_words()) phrase(tag, word, sample_word_values());
    for (const auto& known : kKinds) {
      fill(known.first, tag, full_mail_samples(known.first));
      fill(known.first, tag, sparse_mail_samples(known.first));
    }
  } catch (const std::runtime_error& error) {
    fail_in(file, error.what());
  }
}

void TemplateFiles::order_languages() {
  if (languages_.contains(kFallbackLanguage)) tags_.push_back(kFallbackLanguage);
  for (const auto& [tag, language] : languages_) {
    if (tag != kFallbackLanguage) tags_.push_back(tag);
  }
}

const TemplateFiles::Language& TemplateFiles::language(std::string_view tag) const {
  const auto found = languages_.find(tag);
  if (found == languages_.end()) throw std::runtime_error("no such language");
  return found->second;
}

std::string TemplateFiles::phrase(std::string_view tag, std::string_view name, const MailValues& values) const {
  const auto key = std::string(kMailPhrases) + std::string(name);
  const auto& known = language(tag);
  const auto* text = known.phrases.find(key);
  if (text == nullptr) throw std::runtime_error("no phrase " + key);
  return fill_phrase(known, key, *text, values);
}

std::string TemplateFiles::country(std::string_view tag, std::string_view code) const {
  const auto* name = language(tag).phrases.find("mail.country." + to_lower(code));
  return name == nullptr ? "" : *name;
}

// A picture is only shown if it is a PNG: most mail programs show no SVG. It is loaded from the site.
void TemplateFiles::add_look(std::string_view tag, MailValues& values) const {
  const bool has_logo = brand_.logo && brand_.logo->is_png();
  const auto links = brand_.links_in(tag);
  values["logo_path"] = has_logo ? brand_.logo->path : "";
  values["logo_width"] = has_logo ? std::to_string(brand_.logo->width) : "";
  values["logo_height"] = has_logo ? std::to_string(brand_.logo->height) : "";
  values["help_link"] = links.help;
  values["privacy_link"] = links.privacy;
  values["accent"] = brand_.palette.light.accent.text();
  values["background"] = brand_.palette.light.background.text();
  values["dark_accent"] = brand_.palette.dark.accent.text();
  values["dark_background"] = brand_.palette.dark.background.text();
}

MailText TemplateFiles::fill(MailKind kind, std::string_view tag, const MailValues& values) const {
  auto all = values;
  all["language"] = tag;
  add_look(tag, all);
  const auto prefix = "mail." + name_of(kind) + ".";
  const auto& known = language(tag);
  fill_phrases(known, "mail.common.", values, all);
  fill_phrases(known, prefix, values, all);
  const auto subject = all.find(prefix + "subject");
  if (subject == all.end()) throw std::runtime_error("no phrase " + prefix + "subject");
  const auto& source = templates_.at(kind);
  return {subject->second, source.text.fill(all), source.html.fill(all)};
}

}  // namespace rekey
