// The account as the use cases and the hooks see it: the fields of fastapi-users' model, and the name.
#pragma once

#include <string>

namespace rekey {

struct User {
  std::string id;        // UUID, lower-case hex with hyphens
  std::string username;  // shared/username.h
  std::string email;     // shared/email_address.h, as it was registered: mail goes here, never to what was typed
  std::string language;  // tag chosen when the account was made, "" where not known
  bool is_active = true;
  bool is_verified = false;
  bool is_superuser = false;
};

// The hash of a password in PHC or crypt(3) form. Not for logs.
struct PasswordHash {
  std::string text;
  bool operator==(const PasswordHash&) const = default;
};

}  // namespace rekey
