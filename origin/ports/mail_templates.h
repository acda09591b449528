// The texts of the mails in all languages, to be filled with values. Read once at the start (origin/mail/template_files.h), then
// immutable: safe from every thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace rekey {

enum class MailKind : std::uint8_t { kReset, kPasswordChanged, kSessionReused, kSignIn };

using MailValues = std::map<std::string, std::string, std::less<>>;

struct MailText {
  std::string subject;  // one line
  std::string text;
  std::string html;
};

class MailTemplates {
 public:
  virtual ~MailTemplates() = default;

  // Lower-case tags, the fallback first, never empty. Every `language` below is one of them.
  virtual std::span<const std::string_view> languages() const = 0;

  // The phrase `mail.<name>` with its values filled in, not escaped.
  // Throws: std::runtime_error for a missing phrase or value; the samples at the start have shown that none is missing.
  virtual std::string phrase(std::string_view language, std::string_view name, const MailValues& values) const = 0;

  // In: ISO 3166-1 alpha-2. Returns: the country's name, or "" if this language has none.
  virtual std::string country(std::string_view language, std::string_view code) const = 0;

  // Throws: as phrase().
  virtual MailText fill(MailKind kind, std::string_view language, const MailValues& values) const = 0;
};

}  // namespace rekey
