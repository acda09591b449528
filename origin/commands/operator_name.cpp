#include "origin/commands/operator_name.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "shared/codec/ascii.h"

namespace rekey {

std::string operator_name() {
  constexpr std::size_t kMostCharacters = 64;
  const char* const caller = std::getenv("SUDO_USER");
  if (caller != nullptr && *caller != '\0') return printable(caller, kMostCharacters);
  const passwd* const user = ::getpwuid(::geteuid());
  return user != nullptr ? printable(user->pw_name, kMostCharacters) : std::to_string(::geteuid());
}

}  // namespace rekey
