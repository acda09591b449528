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

// Of the pages that FEATURES=recovery leaves out.
constexpr std::string_view kSpokenOfAccounts[] = {
    "bad_credentials",
    "current_password_missing",
    "current_password_wrong",
    "logged_out",
    "logout_failed",
    "password_changed",
    "password_missing",
    "password_reset",
    "registered",
    "session_over",
    "taken",
    "username_invalid",
    "username_missing",
};

std::string section(std::string_view name, const std::string& content) {
  return "{{#" + std::string(name) + "}}" + content + "{{/" + std::string(name) + "}}";
}

std::string spoken_phrases(const PhraseBook& phrases) {
  std::string out;
  for (const auto& [key, text] : phrases.all()) {
    if (!key.starts_with(kSpokenPrefix)) continue;
    const TemplateValues values = {{"key", key.substr(kSpokenPrefix.size())}, {"text", text}};
    const auto line = render_template("<p data-phrase=\"{{key}}\">{{text}}</p>\n", values, Escaping::kHtml);
    out +=
        std::ranges::find(kSpokenOfAccounts, values.at("key")) == std::end(kSpokenOfAccounts) ? line : section("accounts", line);
  }
  return out;
}

// Some by its settings, the others by the form that a browser without scripts has sent (edge/host/page_form.js).
constexpr const char* kEdgeSections[] = {
    "accounts",
    "login_url",
    "recovery_off",
    "past_ask",
    "at_sent",
    "at_set",
    "at_done",
    "typed_email",
    "typed_code",
    "recovery_id",
    "said_bad_token",
    "said_invalid_email",
    "said_repeat_differs",
    "said_too_short",
    "said_too_long",
    "said_too_many_bytes",
    "said_not_text",
    "said_common",
    "said_personal",
    "said_rate_limited",
    "said_unavailable",
    "said_cross_site",
    "said_unexpected",
    "refused_email",
    "refused_code",
    "refused_new_password",
    "refused_repeat_password",
};

// What the edge fills and decides stays in the page.
void add_placeholders(TemplateValues& values) {
  for (const std::string name : {"product_name", "password_min_length", "login_url", "typed_email", "typed_code", "recovery_id"})
    values[name] = "{{" + name + "}}";
  for (const std::string name : kEdgeSections) {
    values["if_" + name] = "{{#" + name + "}}";
    values["unless_" + name] = "{{^" + name + "}}";
    values["end_" + name] = "{{/" + name + "}}";
  }
}

void add_frame(const PageFrame& frame, TemplateValues& values) {
  values["logo"] = frame.logo.path;
  values["logo_width"] = std::to_string(frame.logo.width);
  values["logo_height"] = std::to_string(frame.logo.height);
  values["help_link"] = frame.links.help;
  values["privacy_link"] = frame.links.privacy;
  values["links"] = frame.links.help.empty() ? frame.links.privacy : frame.links.help;
}

TemplateValues values_of(const PageFrame& frame, const Assets& assets, const PageTemplates& templates) {
  const auto& language = frame.language;
  TemplateValues values(language.phrases.all().begin(), language.phrases.all().end());
  values["language"] = language.tag;
  values["script_phrases"] = spoken_phrases(language.phrases);
  add_placeholders(values);
  for (const auto& [name, asset] : assets) values["asset_" + as_name(name)] = asset.path;
  for (const auto& [name, text] : templates) values["is_" + as_name(name)] = "";
  add_frame(frame, values);
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

void render_pages(const PageTemplates& templates, const PageFrame& frame, const Assets& assets, Pages& out) {
  if (!templates.contains(kLayout)) throw std::runtime_error("no layout.html");
  const auto values = values_of(frame, assets, templates);
  for (const auto& [name, text] : templates) {
    if (name != kLayout) out[name + "." + frame.language.tag] = render_page(templates, name, values);
  }
}

}  // namespace rekey
