#include "shared/common_passwords.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <sstream>
#include <string>

#include "tests/shared/seeded_random.h"
#include "tests/shared/test_file.h"

using rekey::is_common_password;

namespace {

std::set<std::string> read_list() {
  std::istringstream text(rekey_test::read_file("shared/common_passwords.txt"));
  std::set<std::string> list;
  for (std::string line; std::getline(text, line);) list.insert(line);
  return list;
}

}  // namespace

TEST_CASE("every entry of the list is common, in lower and in upper case", "[common_passwords]") {
  const auto list = read_list();
  CHECK(list.size() == 3000);
  for (std::string entry : list) {
    REQUIRE(entry.size() >= 8);
    REQUIRE(is_common_password(entry));
    for (char& c : entry) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    REQUIRE(is_common_password(entry));
  }
}

TEST_CASE("an entry that is cut, lengthened, joined or changed in one character is not common", "[common_passwords]") {
  const auto list = read_list();
  rekey_test::SeededRandom random(14);
  const auto check = [&](const std::string& text) {
    if (is_common_password(text) != (list.count(text) == 1)) FAIL(text);
  };
  std::string previous;
  for (const std::string& entry : list) {
    for (std::size_t size = 0; size < entry.size(); ++size) check(entry.substr(0, size));
    check(entry + "0");
    check(" " + entry);
    check(previous + entry);
    check(entry.substr(1));
    std::string other = entry;
    other[random.below(other.size())] = "abcdefghijklmnopqrstuvwxyz0123456789"[random.below(36)];
    check(other);
    previous = entry;
  }
}

TEST_CASE("bytes that the packed list uses as marks match nothing", "[common_passwords]") {
  CHECK_FALSE(is_common_password(""));
  CHECK_FALSE(is_common_password("password\x04"));
  CHECK_FALSE(is_common_password(std::string("password\0", 9)));
  CHECK_FALSE(is_common_password("\x01password"));
  CHECK_FALSE(is_common_password(std::string(100'000, 'a')));
}
