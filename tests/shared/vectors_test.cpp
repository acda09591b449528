// The shared vectors in the native build; tests/vectors/run.test.mjs runs the same files in the modules of edge and pages.
#include <catch2/catch.hpp>

#include "tests/shared/test_file.h"
#include "tests/vectors/vector_record.h"
#include "tests/vectors/vector_run.h"

TEST_CASE("the native build agrees with every shared vector", "[vectors]") {
  std::size_t files = 0;
  for (const auto& path : rekey_test::list_files("tests/vectors", ".txt")) {
    if (path.filename() == "CMakeLists.txt") continue;
    const auto tally = rekey_vectors::run_vectors(path.stem().string(), rekey_test::read_file(path));
    REQUIRE(tally);
    INFO(path << ": " << tally->first_failure);
    CHECK(tally->failed == 0);
    CHECK(tally->passed > 0);
    ++files;
  }
  CHECK(files == 10);
}

TEST_CASE("a wrong vector fails", "[vectors]") {
  const auto tally = rekey_vectors::run_vectors(
      "username", "input = ada\nexpect = invalid\nwhy = wrong\n\ninput = ada\nexpect = ok\nwhy = right\n");
  REQUIRE(tally);
  CHECK(tally->failed == 1);
  CHECK(tally->passed == 1);
  CHECK(tally->first_failure == "input \"ada\": expected \"invalid\", got \"ok\" (wrong)");
}

TEST_CASE("a vector file that breaks the format fails", "[vectors]") {
  for (std::string_view text :
       {"", "# nothing\n", "input = a\nexpect = ok\n", "input = a\nwhy = b\n", "input=a\nexpect = ok\nwhy = b\n",
        "input = \\q\nexpect = ok\nwhy = b\n", "input = \\x0\nexpect = ok\nwhy = b\n", "input = a \nexpect = ok\nwhy = b\n",
        "input = a\ninput = b\nexpect = ok\nwhy = b\n", "input = \\{3*a\nexpect = ok\nwhy = b\n",
        "input = \\{x*a}\nexpect = ok\nwhy = b\n"}) {
    const auto tally = rekey_vectors::run_vectors("username", text);
    REQUIRE(tally);
    CHECK(tally->failed == 1);
  }
  CHECK_FALSE(rekey_vectors::run_vectors("unknown", "input = a\nexpect = ok\nwhy = b\n"));
}

TEST_CASE("escapes of the vector format stand for their bytes", "[vectors]") {
  const auto records = rekey_vectors::read_records("input = \\x00\\n\\r\\t\\\\\\{3*a\\x41}b\nexpect =\nwhy = \\x20\n");
  REQUIRE(records);
  CHECK(records->at(0)["input"] == std::string("\0\n\r\t\\aAaAaAb", 12));
  CHECK(records->at(0)["expect"].empty());
  CHECK(records->at(0)["why"] == " ");
  CHECK(rekey_vectors::escape(std::string_view("\0a\\", 3)) == "\\x00a\\\\");
}
