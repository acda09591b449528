// The parts of an XML document (XML 1.0, and Namespaces in XML 1.0) that svg_logo.cpp reads, and what makes them well-formed: a
// browser shows nothing of a document that is not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekey {

struct XmlAttribute {
  std::string name;
  std::string value;

  std::string prefix() const { return name.substr(0, local_at() == 0 ? 0 : local_at() - 1); }  // "" for none
  std::string local() const { return name.substr(local_at()); }

 private:
  std::size_t local_at() const { return name.rfind(':') + 1; }  // npos + 1 is 0
};

struct XmlTag {
  enum class Kind : unsigned char { kOpening, kClosing, kEmpty } kind = Kind::kOpening;
  std::string name;
  std::vector<XmlAttribute> attributes;

  // Returns: the value, or nullptr.
  const std::string* find(std::string_view wanted) const;
};

// One part, or two with a colon between them; in ASCII.
bool is_qualified_name(std::string_view name);

// Whether each `&` of a text begins a reference that needs no DOCTYPE: &amp; and its like, or a character's number.
bool has_known_references(std::string_view text);

// In: the attributes of <?xml ...?>. Returns: whether they say XML 1.0 in UTF-8.
bool is_xml_declaration(std::span<const XmlAttribute> attributes);

// The prefixes that the open elements have bound to namespaces.
class XmlPrefixes {
 public:
  // At an opening tag: binds what it declares. Returns: false for a declaration that is not allowed.
  bool enter(const XmlTag& tag);
  // At the tag that closes the innermost element.
  void leave();

  // Returns: the attribute's namespace and local name, by which two are the same; "" if its prefix is not bound.
  std::string expanded_name(const XmlAttribute& attribute) const;

 private:
  struct Bound {
    std::string prefix;
    std::string space;
  };
  bool bind(const XmlAttribute& declaration);

  std::vector<Bound> bound_;        // the innermost last
  std::vector<std::size_t> sizes_;  // of `bound_`, before each open element
};

}  // namespace rekey
