// The operator's commands over a new database, run as from a shell: words in; exit code, output and errors out.
#pragma once

#include <string>
#include <vector>

#include "origin/settings/settings.h"
#include "tests/origin/store_world.h"

namespace rekey::test {

struct DeskAnswer {
  int exit_code = 0;
  std::string out;
  std::string err;
};

class DeskWorld {
 public:
  DeskWorld();

  // In: the words behind the program's name; `input` is its standard input. Throws: as the command.
  DeskAnswer run(const std::vector<std::string>& words, const std::string& input = "") const;

  StoreWorld stores;
  SettingMap values;  // of the settings

 private:
  Settings settings() const;
};

// Returns: the text between the first `before` and the next `after` behind it; fails the test if there is none.
std::string between(const std::string& text, const std::string& before, const std::string& after);

// Returns: the number of rows in a list of JSON.
std::size_t rows_in(const std::string& json);

}  // namespace rekey::test
