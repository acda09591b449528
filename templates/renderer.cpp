#include "templates/renderer.h"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <mutex>
#include <stdexcept>

#include "shared/codec/ascii.h"
#include "shared/codec/html.h"

namespace rekey {
namespace {

namespace mustache = kainjow::mustache;

// Finds names only in the values and refuses unknown ones; kainjow's own context would show nothing for them.
class StrictContext : public mustache::basic_context<std::string> {
 public:
  explicit StrictContext(const TemplateValues& values) : values_(values) {}

  void push(const mustache::data*) override {}
  void pop() override {}

  const mustache::data* get(const std::string& name) const override {
    const auto known = asked_.find(name);
    if (known != asked_.end()) return &known->second;
    const auto value = values_.find(name);
    if (value == values_.end()) throw std::runtime_error("no value for {{" + name + "}}");
    return &asked_.emplace(name, as_data(value->second)).first->second;
  }

  const mustache::data* get_partial(const std::string& name) const override {
    throw std::runtime_error("{{>" + name + "}}: partials are not supported");
  }

 private:
  static mustache::data as_data(const std::string& value) {
    return value.empty() ? mustache::data(false) : mustache::data(value);
  }

  const TemplateValues& values_;
  mutable std::map<std::string, mustache::data> asked_;
};

std::string keep(const std::string& text) { return text; }

// Replaces a line that holds only a section's tag. kainjow drops such a line only if the section shows, and then also an empty
// line after it; the mark prevents both, and is removed at the end.
constexpr char kMark = '\x01';

bool is_section_tag(std::string_view line) {
  return line.starts_with("{{") && line.ends_with("}}") && line.find("{{", 2) == std::string_view::npos && line.size() > 5 &&
         std::string_view("#^/").find(line[2]) != std::string_view::npos;
}

std::string mark_section_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    const auto tag = trim(line.ends_with('\n') ? line.substr(0, line.size() - 1) : line, " \t\r");
    if (is_section_tag(tag)) {
      out.append(tag) += kMark;
    } else {
      out += line;
    }
  }
  return out;
}

}  // namespace

// kainjow renders through non-const members: one at a time.
struct ParsedTemplate::Tree {
  explicit Tree(const std::string& text) : parsed(text) {}
  std::mutex mutex;
  mustache::mustache parsed;
};

ParsedTemplate::ParsedTemplate(std::string_view text, Escaping escaping) {
  if (text.find("{{=") != std::string_view::npos) throw std::runtime_error("{{=: other delimiters are not supported");
  tree_ = std::make_shared<Tree>(mark_section_lines(text));
  if (!tree_->parsed.is_valid()) throw std::runtime_error(tree_->parsed.error_message());
  tree_->parsed.set_custom_escape(escaping == Escaping::kHtml ? [](const std::string& value) { return escape_html(value); }
                                                              : keep);
}

std::string ParsedTemplate::render(const TemplateValues& values) const {
  StrictContext context(values);
  const std::lock_guard lock(tree_->mutex);
  auto out = tree_->parsed.render(context);
  std::erase(out, kMark);
  return out;
}

std::string render_template(std::string_view text, const TemplateValues& values, Escaping escaping) {
  return ParsedTemplate(text, escaping).render(values);
}

}  // namespace rekey
