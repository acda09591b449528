// The templates and phrases of the mails, read from a folder when the origin starts: email/<kind>.{txt,html}, and one
// languages/<tag>.txt per language. A changed file takes effect at the next start, without a build.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "origin/ports/mail_templates.h"
#include "shared/phrase_book.h"
#include "templates/brand/brand.h"
#include "templates/folders.h"
#include "templates/renderer.h"

namespace rekey {

class TemplateFiles : public MailTemplates {
 public:
  TemplateFiles(TemplateFiles&&) = default;
  TemplateFiles& operator=(TemplateFiles&&) = default;

  // Reads all files, puts the brand's phrases into their places, and renders every mail in every language with sample values.
  // Throws: std::runtime_error with the name of a file that is missing, can't be read, or uses an unknown value.
  static TemplateFiles load(const std::filesystem::path& folder, Brand brand = {});

  std::span<const std::string_view> languages() const override { return tags_; }
  std::string phrase(std::string_view language, std::string_view name, const MailValues& values) const override;
  std::string country(std::string_view language, std::string_view code) const override;
  MailText fill(MailKind kind, std::string_view language, const MailValues& values) const override;

 private:
  struct Source {
    std::filesystem::path file;
    ParsedTemplate parsed;

    std::string fill(const MailValues& values) const;
  };
  struct Template {
    Source text;
    Source html;
  };
  struct Language {
    PhraseBook phrases;
    std::map<std::string, ParsedTemplate, std::less<>> parsed;  // those that hold {{name}}: each mail fills a dozen
  };

  explicit TemplateFiles(Brand brand) : brand_(std::move(brand)) {}
  void load_template(MailKind kind, const std::filesystem::path& stem);
  void load_language(const std::filesystem::path& file);
  void try_out(std::string_view tag, const std::filesystem::path& file) const;
  void order_languages();
  const Language& language(std::string_view tag) const;
  void add_look(std::string_view tag, MailValues& values) const;
  Language parse_phrases(const std::filesystem::path& file, std::string_view tag) const;
  static std::string fill_phrase(const Language& language, const std::string& key, const std::string& text,
                                 const MailValues& values);
  static void fill_phrases(const Language& language, const std::string& prefix, const MailValues& values, MailValues& out);
  static Source load_source(const std::filesystem::path& file, Escaping escaping);

  Brand brand_;
  std::map<std::string, Language, std::less<>> languages_;
  std::vector<std::string_view> tags_;  // views of the keys of languages_, which a move leaves in place
  std::map<MailKind, Template> templates_;
};

}  // namespace rekey
