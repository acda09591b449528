// Fills Mustache templates (mustache(5)) by kainjow-mustache, which only renderer.cpp includes. Used for mails when they are sent
// and for pages when they are built.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace rekey {

using TemplateValues = std::map<std::string, std::string, std::less<>>;

enum class Escaping : unsigned char { kHtml, kNone };

// A template that is parsed once and filled many times, from any thread: parsing is the expensive part. Rules: render_template.
class ParsedTemplate {
 public:
  // Throws: std::runtime_error for a malformed template.
  ParsedTemplate(std::string_view text, Escaping escaping);

  // Throws: std::runtime_error for a name that is not among the values.
  std::string render(const TemplateValues& values) const;

 private:
  struct Tree;
  std::shared_ptr<Tree> tree_;
};

// In: `{{name}}` becomes the value, escaped as `escaping` says; `{{{name}}}` is never escaped; `{{#name}}...{{/name}}` shows if
// the value is not empty, `{{^name}}...{{/name}}` if it is. Throws: std::runtime_error for a malformed template, or a missing
// value (the text names it).
std::string render_template(std::string_view text, const TemplateValues& values, Escaping escaping);

}  // namespace rekey
