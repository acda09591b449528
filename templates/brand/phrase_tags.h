// The tags of a phrase: {{name}}, and the sections {{#name}}...{{/name}} and {{^name}}...{{/name}}. By them brand_text.h compares
// a brand's phrase with the one that it replaces.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace rekey {

class PhraseTags {
 public:
  // Returns: nothing for other tags of mustache(5), for braces that are no tag, and for a section that is not closed.
  static std::optional<PhraseTags> parse(std::string_view text);

  // Whether both have the same tags within the same sections. Languages differ in order and repetition.
  // Why the sections: outside of its section a name would be written even when it has no value ("Dear ,").
  bool operator==(const PhraseTags& other) const { return placed_ == other.placed_; }
  // The tags without the words between them: "{{#username}}{{username}}{{/username}}"; "" for none.
  const std::string& text() const { return text_; }

 private:
  bool add(std::string_view tag);
  bool close(std::string_view name);
  void place(std::string_view tag);

  std::set<std::string, std::less<>> placed_;  // each tag, behind the sections around it
  std::string sections_;                       // that are open: "#a^b"
  std::string text_;
};

}  // namespace rekey
