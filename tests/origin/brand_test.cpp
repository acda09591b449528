#include <catch2/catch.hpp>
#include <fstream>

#include "origin/mail/template_files.h"
#include "origin/mail/template_files_samples.h"
#include "templates/brand/brand_file.h"
#include "templates/site/files.h"
#include "templates/site/site.h"

using namespace rekey;
using Catch::Contains;

namespace fs = std::filesystem;

namespace {

// A copy of the shipped example that a test may change.
class BrandFolder {
 public:
  BrandFolder() {
    auto name = (fs::temp_directory_path() / "rekey-brand-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    fs::copy(default_templates_folder() / "brand-example", folder_,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  ~BrandFolder() { fs::remove_all(folder_); }

  const fs::path& path() const { return folder_; }
  void write(const fs::path& file, const std::string& text) const { write_file(folder_ / file, text); }
  LoadedBrand load() const { return load_brand(folder_, load_phrase_books(default_templates_folder() / "languages")); }
  Faults faults() const { return load().faults; }

 private:
  fs::path folder_;
};

const PhraseBooks& known() {
  static const PhraseBooks books = load_phrase_books(default_templates_folder() / "languages");
  return books;
}

Faults faults_of(std::string_view json) {
  Faults faults;
  parse_brand(json, known(), faults);
  return faults;
}

Faults faults_of_phrases(std::string_view text) {
  Faults faults;
  parse_brand_phrases(text, known().at("en"), faults);
  return faults;
}

Color color(std::string_view text) { return Color::parse(text).value(); }

std::string chunk(const std::string& type, const std::string& data) {
  const std::string size = {'\0', '\0', '\0', static_cast<char>(data.size())};
  return size + type + data + "\x01\x02\x03\x04";
}

// A PNG as far as its chunks go.
std::string png(char width, char height) {
  const std::string header =
      std::string("\0\0\0", 3) + width + std::string("\0\0\0", 3) + height + std::string("\x08\x06\0\0\0", 5);
  return std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) + chunk("IDAT", "pixels") + chunk("IEND", "");
}

std::string svg(const std::string& content) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 2 1\">" + content + "</svg>";
}

std::string fault_of_logo(std::string_view file, const std::string& body) {
  std::string fault;
  Logo::parse(file, body, fault);
  return fault;
}

}  // namespace

TEST_CASE("contrast is that of WCAG 2.2, by its known pairs", "[brand]") {
  CHECK(contrast(color("#000000"), color("#ffffff")) == Approx(21));
  CHECK(contrast(color("#ffffff"), color("#ffffff")) == Approx(1));
  CHECK(contrast(color("#ff0000"), color("#ffffff")) == Approx(3.998).margin(0.001));
  CHECK(contrast(color("#0000ff"), color("#ffffff")) == Approx(8.592).margin(0.001));
  CHECK(contrast(color("#00ff00"), color("#ffffff")) == Approx(1.372).margin(0.001));
  CHECK(contrast(color("#767676"), color("#FFFFFF")) >= 4.5);  // the lightest grey for text on white
  CHECK(contrast(color("#777777"), color("#ffffff")) < 4.5);
  CHECK(contrast(color("#949494"), color("#ffffff")) >= 3);
  CHECK(contrast(color("#959595"), color("#ffffff")) < 3);
}

TEST_CASE("a ratio just below a bound is not written as the bound", "[brand]") {
  CHECK(ratio_text(4.4999) == "4.49:1");
  CHECK(ratio_text(4.5) == "4.50:1");
  CHECK(ratio_text(3.09) == "3.09:1");
  CHECK(ratio_text(21) == "21.00:1");
}

TEST_CASE("a colour is # and six hex digits", "[brand]") {
  CHECK(color("#0aF9b1") == Color{0x0a, 0xf9, 0xb1});
  CHECK(color("#0AF9B1").text() == "#0af9b1");
  for (const auto* text : {"", "#", "#fff", "#fffffff", "ffffff", "#ggffff", "#ff ff0", "#\xc3\xa9zzzz", "red", "#fffff;"}) {
    CHECK_FALSE(Color::parse(text));
  }
}

TEST_CASE("an accent that is allowed has enough contrast in each colour that is derived from it", "[brand]") {
  for (int red = 0; red < 256; red += 15) {
    for (int green = 0; green < 256; green += 15) {
      for (int blue = 0; blue < 256; blue += 15) {
        const Color accent{static_cast<std::uint8_t>(red), static_cast<std::uint8_t>(green), static_cast<std::uint8_t>(blue)};
        Palette palette;
        (contrast(accent, {255, 255, 255}) >= 4.5 ? palette.light : palette.dark).accent = accent;
        if (!find_weak_contrasts(palette).empty()) continue;
        for (const auto& page : {light_colors(palette), dark_colors(palette)}) {
          if (contrast(page.accent, page.sheet) < 4.5 || contrast(page.accent_strong, page.sheet) < 4.5 ||
              contrast(page.accent_strong, page.accent_wash) < 4.5 || contrast(page.accent, page.ground) < 3)
            FAIL(accent.text());
        }
      }
    }
  }
}

TEST_CASE("the colours without a brand are those of pages.css, and strong enough", "[brand]") {
  const auto css = read_file(default_templates_folder() / "pages/pages.css");
  CHECK(find_weak_contrasts({}).empty());
  for (const auto& page : {light_colors({}), dark_colors({})}) {
    CHECK_THAT(css, Contains("--ground: " + page.ground.text() + ";") && Contains("--accent: " + page.accent.text() + ";"));
  }
  CHECK_THAT(css, Contains("--soft: #505b6b;") && Contains("--soft: #abb5c3;") && Contains("--sheet: #1b212a;"));
}

TEST_CASE("the shipped example is a brand without faults", "[brand]") {
  const auto loaded = BrandFolder().load();
  CHECK(loaded.faults == Faults{});
  CHECK(loaded.brand.name == "Example Library");
  REQUIRE(loaded.brand.logo);
  CHECK(loaded.brand.logo->width == 48);
  CHECK(loaded.brand.logo->height == 32);
  CHECK(loaded.brand.palette.dark.accent == color("#f0a6d2"));
  CHECK(loaded.brand.links_in("en").privacy == "https://www.example.com/privacy");
  CHECK(loaded.brand.links_in("de").privacy == "https://www.example.com/datenschutz");
  CHECK(loaded.brand.links_in("de").help == "https://www.example.com/help");
  CHECK(loaded.brand.phrases.size() == 2);
}

TEST_CASE("everything in brand.json may be missing, but not the file", "[brand]") {
  CHECK(faults_of("{}") == Faults{});
  CHECK(faults_of(R"({"colors": {}, "links": {}})") == Faults{});
  const BrandFolder folder;
  fs::remove(folder.path() / "brand.json");
  CHECK(folder.faults() == Faults{"brand.json: can't be read"});
}

TEST_CASE("all faults of a brand are named at once, each by file and key", "[brand]") {
  const BrandFolder folder;
  folder.write("brand.json", R"json({
    "nmae": "x", "name": "", "logo": "logo.svg",
    "colors": {"light": {"accent": "#ffcc00", "backgruond": "#fff"}, "dark": {"accent": "pink"}, "sepia": {}},
    "links": {"help": "javascript:alert(1)", "privacy": 7, "fr": {"help": "https://x.test"}, "de": {"help": "http://x.test"}}})json");
  folder.write("logo.svg", svg("<script>1</script>"));
  folder.write("languages/en.txt", "page.start.heading = Welcome\nnonsense\npage.strat.text = x\n");
  folder.write("languages/fr.txt", "page.start.heading = Bienvenue\n");
  const std::string link = "must be https://... or mailto:address in ASCII, with at most 500 characters";
  CHECK(folder.faults() ==
        Faults{"brand.json: nmae: is unknown; known are name, logo, colors, links", "brand.json: name: must have 1 to 60 bytes",
               "brand.json: colors.sepia: is unknown; known are light, dark",
               "brand.json: colors.light.backgruond: is unknown; known are accent, background",
               "brand.json: colors.dark.accent: must be #rrggbb",
               "brand.json: colors.light.accent: #ffcc00 and the sheet #ffffff have a contrast of 1.51:1, and need 4.50:1",
               "brand.json: colors.light.background: #f3f5f8 and the accent #ffcc00 have a contrast of 1.38:1, and need 3.00:1",
               "brand.json: links.privacy: must be a string", "brand.json: links.fr: is unknown; known are help, privacy, de, en",
               "brand.json: links.help: " + link, "brand.json: links.de.help: " + link,
               "logo.svg: has <script>, which a logo may not have",
               "languages/en.txt: page.start.heading: must hold {{product_name}}, and no other {{",
               "languages/en.txt: line 2 must be `key = text` in UTF-8",
               "languages/en.txt: page.strat.text: is not a phrase of this language",
               "languages/fr.txt: there is no such language; known are de, en"});
}

TEST_CASE("a brand with a fault is no brand", "[brand]") {
  const BrandFolder folder;
  folder.write("languages/en.txt", "nonsense\n");
  const auto loaded = folder.load();
  CHECK(loaded.faults.size() == 1);
  CHECK(loaded.brand.name.empty());
  CHECK_FALSE(loaded.brand.logo);
}

TEST_CASE("a logo is a file of the folder itself", "[brand]") {
  for (const auto* name : {"../logo.svg", "/etc/logo.svg", ".logo.svg", "", "a b.svg", "languages/logo.svg", "logo.svg\\u0000"}) {
    CHECK(faults_of("{\"logo\": \"" + std::string(name) + "\"}").size() == 1);
  }
  CHECK(faults_of(R"({"logo": "My_Logo-2.SVG"})") == Faults{});
}

TEST_CASE("a file that is no JSON object is one fault", "[brand]") {
  for (const auto* text : {"", "{", "{}{}", "\xff", "{'name': 'x'}"})
    CHECK(faults_of(text) == Faults{"must be one JSON document in UTF-8"});
  CHECK(faults_of("[]") == Faults{"must be a JSON object"});
  CHECK(faults_of("\"" + std::string(40'000, 'x') + "\"") == Faults{"must have at most 32 KiB and 8 levels"});
  CHECK(faults_of(R"({"name": "a", "name": "b"})") == Faults{"name: is there more than once"});
  CHECK(faults_of(R"({"name": "a\nb"})") == Faults{"name: must not hold control characters"});
  CHECK(faults_of(R"({"name": "{{link}}"})") == Faults{"name: must not hold {{"});
}

TEST_CASE("links are https or mailto", "[brand]") {
  for (const auto* link : {"https://example.com", "https://example.com/a?b=c#d", "mailto:help@example.com"}) {
    CHECK(faults_of("{\"links\": {\"help\": \"" + std::string(link) + "\"}}") == Faults{});
  }
  for (const auto* link : {"", "http://example.com", "//example.com", "/help", "javascript:1", "data:text/html,x",
                           "mailto:", "mailto:a@b.test?cc=c@d.test", "https://", "https://user@example.com",
                           "https://example.com/a b", "HTTPS", "ftp://example.com"}) {
    CHECK(faults_of("{\"links\": {\"help\": \"" + std::string(link) + "\"}}").size() == 1);
  }
}

TEST_CASE("a phrase keeps the names that its language's own has", "[brand]") {
  CHECK(faults_of_phrases("# a comment\n\nmail.reset.subject = New password, {{product_name}}\r\n") == Faults{});
  CHECK(faults_of_phrases("page.login.submit = Enter\n") == Faults{});
  for (const auto* text : {"none", "{{product_name}} {{username}}", "{{#product_name}}x{{/product_name}}", "{{{product_name}}}",
                           "{{product_name", "{{&product_name}}", "{{product_name}} {{", "{{> product_name}}"}) {
    CHECK(faults_of_phrases("mail.reset.subject = " + std::string(text) + "\n") ==
          Faults{"mail.reset.subject: must hold {{product_name}}, and no other {{"});
  }
  CHECK(faults_of_phrases("page.login.submit = {{link}}\n") == Faults{"page.login.submit: must not hold {{"});
}

TEST_CASE("a phrase keeps the sections of its language's own, and each name within them", "[brand]") {
  const std::string key = "mail.common.greeting";
  for (const auto* text : {"Dear{{#username}} {{username}}{{/username}},",
                           "{{#username}}{{username}}, d{{/username}}D{{#username}}{{username}}{{/username}}!"}) {
    CHECK(faults_of_phrases(key + " = " + text + "\n") == Faults{});
  }
  for (const auto* text :
       {"Dear reader,", "Dear {{username}},", "Hi {{email}},", "Hi {{link}},", "Dear{{#username}} {{username}},",
        "Dear {{username}}{{/username}},", "Dear{{/username}} {{username}}{{#username}},",
        "Dear{{^username}} {{username}}{{/username}},", "Dear{{#username}} reader{{/username}},",
        "{{#username}}{{username}}{{/username}}{{link}}", "{{#username}}{{username}}{{link}}{{/username}}",
        "{{#username}}{{#username}}{{username}}{{/username}}{{/username}}", "{{#username}}{{username}}{{/link}}",
        "{{#username}}{{username}}{{/username}}{{username}}", "{{#username}}{{{username}}}{{/username}}",
        "{{#}}{{username}}{{/}}"}) {
    INFO(text);
    CHECK(faults_of_phrases(key + " = " + text + "\n") ==
          Faults{key + ": must hold {{#username}}{{username}}{{/username}}, and no other {{"});
  }
}

TEST_CASE("a phrase can't take the place of one with other tags than names and sections", "[brand]") {
  PhraseBook own;
  own.add("mail.reset.intro", "{{{product_name}}}");
  Faults faults;
  CHECK(parse_brand_phrases("mail.reset.intro = {{link}}\n", own, faults).all().empty());
  CHECK(faults ==
        Faults{"mail.reset.intro: can't be replaced: the language's own has other tags than {{name}} and {{#name}}...{{/name}}"});
}

TEST_CASE("a mail that uses a value of another kind of mail fails the start, not the first such mail", "[brand]") {
  for (const auto* text : {"Hi {{link}},", "Hi {{sign_in_with}},", "Hi{{#by_reset}} you{{/by_reset}},", "Hi {{email}},"}) {
    INFO(text);
    Brand brand;
    brand.phrases["en"].add("mail.common.greeting", text);
    CHECK_THROWS_WITH(TemplateFiles::load(default_templates_folder(), brand),
                      Contains("en.txt: mail.common.greeting: no value for"));
  }
}

TEST_CASE("a phrase is a line of text, given once, and the direction is a direction", "[brand]") {
  CHECK(faults_of_phrases("page.login.submit =  \n") == Faults{"page.login.submit: must have 1 to 1000 bytes"});
  CHECK(faults_of_phrases("page.login.submit = " + std::string(1'001, 'x')) ==
        Faults{"page.login.submit: must have 1 to 1000 bytes"});
  CHECK(faults_of_phrases("page.login.submit = a\npage.login.submit = b\n") ==
        Faults{"page.login.submit: is there more than once"});
  CHECK(faults_of_phrases("page.login.submit = \xff\n") == Faults{"line 1 must be `key = text` in UTF-8"});
  CHECK(faults_of_phrases("page.direction = rtl\n") == Faults{});
  CHECK(faults_of_phrases("page.direction = up\n") == Faults{"page.direction: must be ltr or rtl"});
  CHECK(faults_of_phrases(std::string(200'000, '#')) == Faults{"must have at most 128 KiB"});
}

TEST_CASE("a PNG logo is measured, and keeps its shape within its bounds", "[brand]") {
  std::string fault;
  const auto wide = Logo::parse("Logo.PNG", png(100, 10), fault);
  REQUIRE(wide);
  CHECK(wide->width == 160);
  CHECK(wide->height == 16);
  CHECK(wide->is_png());
  CHECK_THAT(wide->path, Catch::Matchers::Matches("/assets/logo\\.[0-9a-f]{16}\\.png"));
  const auto square = Logo::parse("logo.png", png(7, 7), fault);
  REQUIRE(square);
  CHECK(square->width == 32);
  CHECK(square->height == 32);
}

TEST_CASE("a PNG that is cut, long, huge or none is refused", "[brand]") {
  const auto good = png(10, 10);
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(fault_of_logo("logo.png", good.substr(0, size)) != "");
  CHECK(fault_of_logo("logo.png", good + "<script>") == "has bytes after the picture's end");
  CHECK(fault_of_logo("logo.png", svg("")) == "is not a PNG file");
  CHECK(fault_of_logo("logo.svg", good) == "must be UTF-8 without control characters");
  CHECK(fault_of_logo("logo.gif", good) == "must be a file *.svg or *.png");
  CHECK(fault_of_logo("logo.png", png(0, 10)) == "must have 1 to 4096 pixels on each side");
  CHECK_THAT(fault_of_logo("logo.png", png(110, 10)), Contains("10 times as wide"));
  CHECK_THAT(fault_of_logo("logo.png", png(2, 10)), Contains("4 times as high"));
  CHECK(fault_of_logo("logo.png", good + std::string(kMaxLogoSize, ' ')) == "must have at most 128 KiB");
}

TEST_CASE("an SVG logo of shapes, gradients, text and rules for the dark scheme is taken", "[brand]") {
  for (const auto& body : {svg("<rect width='2' height='1' fill='url(#g)'/>"),
                           svg("<use href=\"#a\"/><use xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='#b'/>"),
                           svg("<g xmlns:i='urn:i' i:label='x'><g i:label='y' xml:space='preserve'/></g>"),
                           svg("<text>A &amp; B &lt; &#67; &#x1F600; ]] ></text><!----><!-- - -->"),
                           "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8' standalone='no' ?>" + svg(""),
                           svg("<style>@media (prefers-color-scheme: dark) { .a { fill: #fff } }</style><g class=\"a\"/>"),
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made by hand -->\n" +
                               svg("<title>A &amp; B</title>\n<path d=\"M0 0\"/>") + "\n",
                           std::string("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20px\" height=\"10\"/>")}) {
    CHECK(fault_of_logo("logo.svg", body) == "");
  }
}

TEST_CASE("an SVG logo that runs or loads something is refused", "[brand]") {
  const auto* content = GENERATE(
      "<script>alert(1)</script>", "<SCRIPT/>", "<svg:script xmlns:svg='http://www.w3.org/2000/svg'/>",
      "<g onload=\"alert(1)\"/>", "<g ONCLICK='x'/>", "<a href='#x'><g/></a>", "<foreignObject/>",
      "<image href='https://evil.test/x.png'/>", "<iframe src='x'/>", "<use href='https://evil.test/x.svg#a'/>",
      "<use href='data:image/svg+xml,x'/>", "<use xlink:href='//evil.test/a'/>", "<rect fill='url(https://evil.test/a)'/>",
      "<rect style='fill: URL( \"https://evil.test\" )'/>", "<rect style='fill: u\\72l(//evil.test)'/>",
      "<rect fill='&#117;rl(https://evil.test)'/>", "<style>@import 'https://evil.test/a.css';</style>",
      "<style>@font-face { src: url(//evil.test) }</style>", "<style>g { fill: url(//evil.test) }</style>",
      "<style>&lt;g</style>", "<style>g { fill: \\75rl(//evil.test) }</style>",
      "<style>a{fill:u<!-- -->rl(https://evil.test/x#a)}</style>", "<style>@im<!-- -->port '//evil.test';</style>",
      "<style><!-- a{fill:red} --></style>", "<g style=\"background: image-set('//evil.test' 1x)\"/>",
      "<set attributeName='href' to='x'/>", "<animate attributeName='href' values='x'/>", "<g xml:base='https://evil.test'/>",
      "<g xmlns='http://www.w3.org/1999/xhtml'/>", "<![CDATA[<script/>]]>", "<?xml-stylesheet href='https://evil.test'?>",
      "<feImage href='https://evil.test'/>", "<style><g/></style>");
  INFO(content);
  CHECK(fault_of_logo("logo.svg", svg(content)) != "");
}

TEST_CASE("an SVG logo that is broken, or no picture, is refused", "[brand]") {
  for (const std::string& body :
       {std::string(""), std::string("x"), std::string("<svg"), std::string("<svg>"), svg("<g>"), svg("</g>"), svg("<g></svg>"),
        svg("<g x=1/>"), svg("<g x/>"), svg("<g x='<'/>"), svg("<g a='1'b='2'/>"), svg("") + svg(""), svg("") + "x",
        std::string("<html/>"), std::string("<!DOCTYPE svg [<!ENTITY x 'y'>]>") + svg(""),
        std::string("<svg viewBox=\"0 0 1 1\"/>"), std::string("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), svg("\x01")}) {
    INFO(body);
    CHECK(fault_of_logo("logo.svg", body) != "");
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep = "<g>" + deep + "</g>";
  CHECK(fault_of_logo("logo.svg", svg(deep)) == "is nested too deeply");
  for (const auto* view : {"0 0 0 1", "0 0 1", "0 0 1 inf", "0 0 1 nan", "0 0 -1 -1", "0 0 100% 1", "0 0 11 1"}) {
    INFO(view);
    CHECK(fault_of_logo("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"" + std::string(view) + "\"/>") != "");
  }
}

TEST_CASE("an SVG logo that no browser shows is refused: it is not well-formed XML", "[brand]") {
  const auto* content = GENERATE(
      "<title>A & B</title>", "<title>&nbsp;</title>", "<title>&amp</title>", "<title>&#;</title>", "<title>&#x;</title>",
      "<title>&#0;</title>", "<title>&#xD800;</title>", "<title>&#x110000;</title>", "<title>&#99999999999999999999;</title>",
      "<title>&#xFFFF;</title>", "<title>&#-1;</title>", "<title>]]></title>", "<title>\xef\xbf\xbf</title>",
      "<g inkscape:label='x'/>", "<use xlink:href='#a'/>", "<g xmlns:i='urn:i'/><g i:label='x'/>", "<g xmlns:i='' i:a='x'/>",
      "<g xmlns:i='&x;'/>", "<g xmlns:xml='urn:i'/>", "<g xmlns:xmlns='urn:i'/>", "<g xmlns:i='http://www.w3.org/2000/xmlns/'/>",
      "<g xmlns:i='http://www.w3.org/XML/1998/namespace'/>", "<g id='a' id='b'/>",
      "<g xmlns:i='urn:i' xmlns:j='urn:i' i:a='' j:a=''/>", "<g :a='x'/>", "<g a:='x'/>", "<g xmlns:a='urn:i' a:b:c='x'/>",
      "<g 1a='x'/>", "<g -a='x'/>", "<g xmlns:i='urn:i' i:1='x'/>", "<!-- a -- b -->", "<!-->", "<!--->", "<!-- --->");
  INFO(content);
  CHECK(fault_of_logo("logo.svg", svg(content)) != "");
}

TEST_CASE("an SVG logo has the declaration of XML at its very begin, and in its form, or none", "[brand]") {
  for (const std::string declaration :
       {"<?xml version='1.0'?>", "<?xml version=\"1.0\" standalone='yes'?>", "<?xml version='1.0' encoding='UTF-8'?>\n"}) {
    CHECK(fault_of_logo("logo.svg", declaration + svg("")) == "");
  }
  for (const std::string declaration :
       {" <?xml version='1.0'?>", "<?xml?>", "<?xml version='1.1'?>", "<?xml encoding='UTF-8'?>", "<?xml version='1.0' x='y'?>",
        "<?xml version='1.0' encoding='ISO-8859-1'?>", "<?xml version='1.0' encoding='UTF-16'?>", "<?xml version='1.0'",
        "<?xml version='1.0'>", "<?xml version='1.0' version='1.0'?>", "<?xml version='1.0' standalone='no' encoding='UTF-8'?>",
        "<?xml version='1.0' standalone='maybe'?>", "<?xml version='1.0'? >"}) {
    INFO(declaration);
    CHECK(fault_of_logo("logo.svg", declaration + svg("")) != "");
  }
}

TEST_CASE("mails have the brand's colours, links and phrases, in both parts", "[brand]") {
  const auto brand = BrandFolder().load().brand;
  const auto files = TemplateFiles::load(default_templates_folder(), brand);
  for (const auto kind : {MailKind::kReset, MailKind::kPasswordChanged, MailKind::kSignIn}) {
    auto values = full_mail_samples(kind);
    values["product_name"] = brand.name;
    const auto mail = files.fill(kind, "de", values);
    CHECK_THAT(mail.html, Contains("#f7f2f5") && Contains("#f0a6d2") && Contains("#1a1017"));
    if (kind != MailKind::kSignIn) CHECK_THAT(mail.html, Contains("#8a1c5b"));  // it has no link of its own
    CHECK_THAT(mail.html, !Contains("#1f5fbf") && !Contains("<img"));           // few mail programs show SVG
    CHECK_THAT(mail.html, Contains("href=\"https://www.example.com/datenschutz\"") && Contains(">Fragen Sie uns</a>"));
    CHECK_THAT(mail.text, Contains("Fragen Sie uns: https://www.example.com/help\n"));
    CHECK_THAT(mail.text, Contains("Datenschutz: https://www.example.com/datenschutz\n"));
    if (kind == MailKind::kReset) CHECK(mail.subject == "Ihr neues Passwort für die Example Library");
  }
}

TEST_CASE("mails show a PNG logo from the site, and are whole without it", "[brand]") {
  Brand brand;
  std::string fault;
  brand.logo = Logo::parse("logo.png", png(20, 10), fault);
  REQUIRE(brand.logo);
  const auto mail =
      TemplateFiles::load(default_templates_folder(), brand).fill(MailKind::kReset, "en", full_mail_samples(MailKind::kReset));
  CHECK_THAT(mail.html,
             Contains("<img src=\"https://example.com" + brand.logo->path + "\" alt=\"\" width=\"64\" height=\"32\"") &&
                 Contains(">Product</td>"));
  CHECK_THAT(mail.text, !Contains("assets"));
}

TEST_CASE("without a brand mails have neither logo nor footer links", "[brand]") {
  const auto files = TemplateFiles::load(default_templates_folder());
  const auto mail = files.fill(MailKind::kReset, "en", full_mail_samples(MailKind::kReset));
  CHECK_THAT(mail.html, Contains("#1f5fbf") && !Contains("<img") && !Contains("Privacy"));
  CHECK_THAT(mail.text, !Contains("Privacy"));
}

TEST_CASE("a phrase of a brand is escaped in HTML like any other", "[brand]") {
  Brand brand;
  brand.phrases["en"].add("mail.reset.heading", "<b>\"New\" & safe</b>");
  const auto mail =
      TemplateFiles::load(default_templates_folder(), brand).fill(MailKind::kReset, "en", full_mail_samples(MailKind::kReset));
  CHECK_THAT(mail.html, Contains("&lt;b&gt;&quot;New&quot; &amp; safe&lt;/b&gt;") && !Contains("<b>"));
}

TEST_CASE("a site is only written over a site", "[brand]") {
  const BrandFolder folder;
  Site site;
  site.assets["a.css"] = {"/assets/a.1.css", "text/css", "a"};
  CHECK_THROWS_WITH(write_site(site, folder.path()), Contains("holds other files than a site"));
  CHECK_FALSE(fs::exists(folder.path() / "assets"));
  write_site(site, folder.path() / "new");
  CHECK(read_file(folder.path() / "new/assets/a.1.css") == "a");
}

TEST_CASE("a running edge keeps its assets when its site is written anew, until the site after that", "[brand]") {
  const BrandFolder folder;
  const auto target = folder.path() / "site";
  const auto write = [&](const std::string& path) {
    Site site;
    site.assets["a.css"] = {path, "text/css", path};
    write_site(site, target);
  };
  write("/assets/a.1.css");
  write("/assets/a.2.css");
  CHECK(fs::exists(target / "assets/a.1.css"));
  write("/assets/a.3.css");
  CHECK_FALSE(fs::exists(target / "assets/a.1.css"));
  CHECK(fs::exists(target / "assets/a.2.css"));
  CHECK(fs::exists(target / "assets/a.3.css"));
}
