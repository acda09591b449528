#include "templates/site/pages.h"

#include <algorithm>
#include <stdexcept>

#include "templates/renderer.h"

namespace rekey {
namespace {

constexpr std::string_view kLayout = "layout";
constexpr std::string_view kSpokenPrefix = "page.say.";  // phrases for scripts, which layout.html passes on

std::string as_name(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return text;
}

std::string spoken_phrases(const PhraseBook& phrases) {
  std::string out;
  for (const auto& [key, text] : phrases.all()) {
    if (!key.starts_with(kSpokenPrefix)) continue;
    const TemplateValues values = {{"key", key.substr(kSpokenPrefix.size())}, {"text", text}};
    out += render_template("<p data-phrase=\"{{key}}\">{{text}}</p>\n", values, Escaping::kHtml);
  }
  return out;
}

TemplateValues values_of(const Language& language, const Assets& assets, const PageTemplates& templates) {
  TemplateValues values(language.phrases.all().begin(), language.phrases.all().end());
  values["language"] = language.tag;
  values["script_phrases"] = spoken_phrases(language.phrases);
  for (const auto* name : {"product_name", "password_min_length"}) values[name] = std::string("{{") + name + "}}";
  for (const auto& [name, asset] : assets) values["asset_" + as_name(name)] = asset.path;
  for (const auto& [name, text] : templates) values["is_" + as_name(name)] = "";
  return values;
}

std::string render_page(const PageTemplates& templates, const std::string& name, TemplateValues values) {
  const auto script = values.find("asset_" + as_name(name) + "_js");
  values["script"] = script == values.end() ? "" : script->second;
  values["is_" + as_name(name)] = "yes";
  const auto title = values.find("page." + as_name(name) + ".title");
  if (title == values.end()) throw std::runtime_error("no title for the page " + name);
  values["title"] = title->second;
  values["content"] = render_template(templates.find(name)->second, values, Escaping::kHtml);
  return render_template(templates.find(kLayout)->second, values, Escaping::kHtml);
}

}  // namespace

void render_pages(const PageTemplates& templates, const Language& language, const Assets& assets, Pages& out) {
  if (!templates.contains(kLayout)) throw std::runtime_error("no layout.html");
  const auto values = values_of(language, assets, templates);
  for (const auto& [name, text] : templates) {
    if (name != kLayout) out[name + "." + language.tag] = render_page(templates, name, values);
  }
}

}  // namespace rekey
