#include "shared/codec/html.h"

namespace rekey {
namespace {

// An apostrophe is not written &apos;: HTML 4 lacks it, and some mail clients show it literally.
std::string_view escaped(const char& c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {&c, 1};
  }
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string html;
  html.reserve(text.size() + text.size() / 8);
  for (const char& c : text) html += escaped(c);
  return html;
}

}  // namespace rekey
