// The account as use cases and hooks see it: the fields of fastapi-users' model, and the name.
#pragma once

#include <string>

namespace rekey {

struct User {
  std::string id;        // UUID, lower-case hex with hyphens
  std::string username;  // shared/username.h
  std::string email;     // shared/email_address.h, as registered: mail goes here, never to a typed address
  std::string language;  // tag chosen when the account was made, "" if not known
  bool is_active = true;
  bool is_verified = false;
  bool is_superuser = false;
};

// The hash of a password in PHC or crypt(3) form. Must not be logged.
struct PasswordHash {
  std::string text;
  bool operator==(const PasswordHash&) const = default;
};

}  // namespace rekey
