#include "templates/renderer.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace rekey;
using Catch::Contains;

TEST_CASE("a value is escaped for HTML if requested; three braces leave it unescaped", "[renderer]") {
  const TemplateValues values = {{"name", R"(<b a="1" c='2'>&)"}};
  CHECK(render_template("{{name}}", values, Escaping::kHtml) == "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
  CHECK(render_template("{{name}}", values, Escaping::kNone) == R"(<b a="1" c='2'>&)");
  CHECK(render_template("{{{name}}}", values, Escaping::kHtml) == R"(<b a="1" c='2'>&)");
}

TEST_CASE("a value that looks like a template stays text", "[renderer]") {
  CHECK(render_template("{{name}}", {{"name", "{{secret}}"}, {"secret", "x"}}, Escaping::kHtml) == "{{secret}}");
}

TEST_CASE("a section is shown if its value is not empty, an inverted one if it is", "[renderer]") {
  const auto text = "{{#name}}has {{name}}{{/name}}{{^name}}has none{{/name}}";
  CHECK(render_template(text, {{"name", "one"}}, Escaping::kHtml) == "has one");
  CHECK(render_template(text, {{"name", ""}}, Escaping::kHtml) == "has none");
}

TEST_CASE("a name with dots is looked up as a whole", "[renderer]") {
  CHECK(render_template("{{mail.a.b}}", {{"mail.a.b", "x"}}, Escaping::kNone) == "x");
}

TEST_CASE("a name without a value is an error that gives the name", "[renderer]") {
  const auto* text =
      GENERATE("{{gone}}", "{{{gone}}}", "{{#gone}}x{{/gone}}", "{{^gone}}x{{/gone}}", "{{#here}}{{gone}}{{/here}}");
  CHECK_THROWS_WITH(render_template(text, {{"here", "yes"}}, Escaping::kHtml), Contains("gone"));
}

TEST_CASE("a template that cannot be read is an error", "[renderer]") {
  const auto* text =
      GENERATE("{{name", "{{#name}}", "{{/name}}", "{{#name}}{{/other}}", "{{{name}}", "{{=<% %>=}}", "{{>name}}", "{{", "{{.}}");
  CHECK_THROWS_AS(render_template(text, {{"name", "x"}}, Escaping::kHtml), std::runtime_error);
}

TEST_CASE("a line with only a section's tag leaves no empty line and removes no other", "[renderer]") {
  const auto text = "a\n{{#name}}\nb\n  {{/name}}\n\nc\n";
  CHECK(render_template(text, {{"name", "x"}}, Escaping::kNone) == "a\nb\n\nc\n");
  CHECK(render_template(text, {{"name", ""}}, Escaping::kNone) == "a\n\nc\n");
}

TEST_CASE("consecutive sections leave no lines between them", "[renderer]") {
  const auto text = "{{#a}}\na\n{{/a}}\n{{#b}}\nb\n{{/b}}\nend";
  CHECK(render_template(text, {{"a", "x"}, {"b", ""}}, Escaping::kNone) == "a\nend");
  CHECK(render_template(text, {{"a", ""}, {"b", "x"}}, Escaping::kNone) == "b\nend");
  CHECK(render_template(text, {{"a", ""}, {"b", ""}}, Escaping::kNone) == "end");
}
