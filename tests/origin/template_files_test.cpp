#include "origin/mail/template_files.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "origin/mail/template_files_samples.h"

using namespace rekey;
using Catch::Contains;

namespace fs = std::filesystem;

namespace {

// A copy of the shipped templates that a test may break.
class TemplatesCopy {
 public:
  TemplatesCopy() {
    auto name = (fs::temp_directory_path() / "rekey-templates-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    for (const auto* part : {"email", "languages"}) {
      fs::copy(default_templates_folder() / part, folder_ / part, fs::copy_options::recursive);
    }
  }
  ~TemplatesCopy() { fs::remove_all(folder_); }

  const fs::path& folder() const { return folder_; }
  void append(const fs::path& file, const std::string& text) const { std::ofstream(folder_ / file, std::ios::app) << text; }
  void write(const fs::path& file, const std::string& text) const { std::ofstream(folder_ / file) << text; }

 private:
  fs::path folder_;
};

}  // namespace

TEST_CASE("the shipped templates hold English, the fallback, and German", "[template_files]") {
  const auto files = TemplateFiles::load(default_templates_folder());
  REQUIRE(files.languages().size() == 2);
  CHECK(files.languages()[0] == "en");
  CHECK(files.languages()[1] == "de");
}

TEST_CASE("a copied folder with changed texts is used without a build", "[template_files]") {
  const TemplatesCopy copy;
  copy.write("email/reset.txt", "{{username}}: {{link}}");
  const auto files = TemplateFiles::load(copy.folder());
  CHECK(files.fill(MailKind::kReset, "en", full_mail_samples(MailKind::kReset)).text ==
        "name: https://example.com/reset-password#token=a");
}

TEST_CASE("an added phrase file adds a language", "[template_files]") {
  const TemplatesCopy copy;
  fs::copy_file(copy.folder() / "languages/en.txt", copy.folder() / "languages/en-GB.txt");
  const auto files = TemplateFiles::load(copy.folder());
  CHECK(std::vector<std::string_view>(files.languages().begin(), files.languages().end()) ==
        std::vector<std::string_view>{"en", "de", "en-gb"});
  CHECK(files.country("en-gb", "DE") == "Germany");
  CHECK_FALSE(files.fill(MailKind::kReset, "en-gb", full_mail_samples(MailKind::kReset)).subject.empty());
}

TEST_CASE("a broken template stops the start with its file's name", "[template_files]") {
  const TemplatesCopy copy;
  const auto* file = GENERATE("email/reset.html", "email/reset.txt", "email/password_changed.html", "email/password_changed.txt");
  SECTION("not closed") { copy.append(file, "{{#username}}"); }
  SECTION("an unknown name") { copy.append(file, "{{usrname}}"); }
  SECTION("an unknown name in a section of a known value") { copy.append(file, "{{#place}}{{plaice}}{{/place}}"); }
  SECTION("an unknown name in a section of an unknown value") { copy.append(file, "{{^place}}{{plaice}}{{/place}}"); }
  SECTION("missing") { fs::remove(copy.folder() / file); }
  CHECK_THROWS_WITH(TemplateFiles::load(copy.folder()), Contains(file));
}

TEST_CASE("a broken phrase file stops the start with its name", "[template_files]") {
  const TemplatesCopy copy;
  SECTION("not a phrase") { copy.append("languages/de.txt", "nonsense\n"); }
  SECTION("an unknown name") { copy.append("languages/de.txt", "mail.reset.extra = {{nothing}}\n"); }
  SECTION("too few") { copy.write("languages/de.txt", "mail.reset.subject = x\n"); }
  CHECK_THROWS_WITH(TemplateFiles::load(copy.folder()), Contains("de.txt"));
}

TEST_CASE("a folder without languages stops the start", "[template_files]") {
  const TemplatesCopy copy;
  fs::remove_all(copy.folder() / "languages");
  CHECK_THROWS_WITH(TemplateFiles::load(copy.folder()), Contains("languages"));
}

TEST_CASE("countries have names in each language, unknown codes have none", "[template_files]") {
  const auto files = TemplateFiles::load(default_templates_folder());
  CHECK(files.country("en", "DE") == "Germany");
  CHECK(files.country("de", "DE") == "Deutschland");
  CHECK(files.country("en", "ZZ").empty());
  CHECK(files.country("en", "").empty());
}
