// The account as use cases and hooks see it, whatever table it stands in.
#pragma once

#include <string>

namespace rekey {

struct User {
  std::string id;              // of Rekey's own accounts a UUID, lower-case hex with hyphens
  std::string username;        // "" if it has none
  std::string email;           // as stored: mail goes here, never to a typed address
  std::string language;        // tag chosen when the account was made, "" if not known
  std::string sign_in_with{};  // how an account without a password signs in, such as "Google"; "" if not known
  bool is_active = true;
  bool is_verified = false;
  bool is_superuser = false;
  bool has_password = true;
};

// The hash of a password in PHC or crypt(3) form. Must not be logged.
struct PasswordHash {
  std::string text;
  bool operator==(const PasswordHash&) const = default;
};

}  // namespace rekey
