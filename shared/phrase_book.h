// The phrases of one language, from templates/languages/<tag>.txt. The origin reads them for mails, the page renderer for pages.
// One phrase per line, `key = text`; blank lines and lines that begin with `#` are skipped; a text may hold {{name}} for the
// template.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "shared/result.h"

namespace rekey {

class PhraseBook {
 public:
  // Errors: kWrongShape for a line without ` = `, an empty or repeated key, a key outside [a-z0-9_.],
  // invalid UTF-8 or a control character.
  static Result<PhraseBook> parse(std::string_view text);

  // Returns: false for a key that is there already; the book is then unchanged.
  bool add(std::string_view key, std::string_view text) { return phrases_.emplace(key, text).second; }
  // Does nothing for a key that is not there.
  void replace(std::string_view key, std::string_view text);

  // Returns: the phrase, or nullptr.
  const std::string* find(std::string_view key) const;
  const std::map<std::string, std::string, std::less<>>& all() const { return phrases_; }

 private:
  std::map<std::string, std::string, std::less<>> phrases_;
};

}  // namespace rekey
