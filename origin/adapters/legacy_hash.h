// Password hashes of earlier systems, in crypt(3) form: bcrypt ($2a$ $2b$ $2y$), yescrypt ($y$), sha512crypt ($6$). Verified,
// never written: a right password is hashed anew at once. legacy_hash.cpp alone includes crypt.h. Safe from every thread.
#pragma once

#include <string>
#include <string_view>

namespace rekey {

// Whether the stored text is of a form that matches_legacy_hash() knows, with a cost that an honest system would choose.
// Why the bound: a row with bcrypt cost 31 would hold a slot for days.
bool is_legacy_hash(std::string_view stored);

// Returns: whether the password makes this hash. False for other forms.
// A password with a NUL matches nothing: crypt(3) would stop reading there.
bool matches_legacy_hash(std::string_view password, const std::string& stored);

}  // namespace rekey
