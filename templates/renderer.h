// Fills Mustache templates (mustache(5), by kainjow-mustache, which renderer.cpp alone includes). Used for the mails when they
// are sent and for the pages when they are built.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace rekey {

using TemplateValues = std::map<std::string, std::string, std::less<>>;

enum class Escaping : unsigned char { kHtml, kNone };

// A template that was read once and is filled many times, from any thread; what it costs is the reading. Rules: render_template.
class ParsedTemplate {
 public:
  // Throws: std::runtime_error for a template that can't be read.
  ParsedTemplate(std::string_view text, Escaping escaping);

  // Throws: std::runtime_error for a name that is not among the values.
  std::string render(const TemplateValues& values) const;

 private:
  struct Tree;
  std::shared_ptr<Tree> tree_;
};

// In: `{{name}}` is replaced by the value, escaped for HTML where asked; `{{{name}}}` never escapes; `{{#name}}...{{/name}}`
// shows where the value is not empty, `{{^name}}...{{/name}}` where it is. Throws: std::runtime_error for a template that can't
// be read, or that names a value that is not there (the name is in the text).
std::string render_template(std::string_view text, const TemplateValues& values, Escaping escaping);

}  // namespace rekey
