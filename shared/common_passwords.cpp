#include "shared/common_passwords.h"

#include "common_passwords_table.inc"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

// The table is the sorted list, front-coded: a byte below 32 starts an entry, and is one more than the number of bytes shared
// with the previous entry; the bytes up to the next such byte are the rest of the entry.
constexpr std::string_view kTable(kCommonPasswordsTable, sizeof kCommonPasswordsTable - 1);

bool begins_entry(char c) { return static_cast<unsigned char>(c) < 32; }

std::string_view cut_rest_of_entry(std::string_view& table) {
  std::size_t end = 0;
  while (end < table.size() && !begins_entry(table[end])) ++end;
  const std::string_view rest = table.substr(0, end);
  table.remove_prefix(end);
  return rest;
}

std::size_t match_ignoring_case(std::string_view entry, std::string_view password) {
  std::size_t matched = 0;
  while (matched < entry.size() && matched < password.size() && entry[matched] == to_lower(password[matched])) ++matched;
  return matched;
}

}  // namespace

bool is_common_password(std::string_view password) {
  std::size_t matched = 0;  // how many bytes of the password the current entry begins with
  for (std::string_view table = kTable; !table.empty();) {
    const auto shared = static_cast<std::size_t>(table.front()) - 1;
    table.remove_prefix(1);
    const std::string_view rest = cut_rest_of_entry(table);
    if (shared > matched) continue;
    matched = shared + match_ignoring_case(rest, password.substr(shared));
    if (matched == password.size() && matched == shared + rest.size()) return true;
  }
  return false;
}

}  // namespace rekey
