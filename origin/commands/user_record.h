// Judges a record of another system's accounts: what may become a row of `users`. No text quotes a value of the record.
#pragma once

#include <string>
#include <variant>

#include "origin/commands/user_file.h"
#include "origin/ports/random.h"
#include "origin/postgres/user_import.h"

namespace rekey {

// A password hash that no log-in could verify: the account is refused, or must get a new password by a reset.
enum class UnknownHash : std::uint8_t { kRefuse, kReset };

// Returns: the account, or what is wrong with the record.
// A record without `username` gets a random one. One without `password_hash` has no password if `sign_in_with` says how else it
// signs in; otherwise it gets a hash that no password matches, so that only a reset opens the account. Absent booleans: active,
// not verified, no superuser.
std::variant<ImportedUser, std::string> judge_record(const UserRecord& record, UnknownHash unknown, Random& random);

// Returns: a stored hash that no password matches.
std::string unusable_hash(Random& random);

}  // namespace rekey
