#include "shared/language.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/shared/seeded_random.h"

namespace {

constexpr std::string_view kAvailable[] = {"en", "de", "de-at"};

}  // namespace

TEST_CASE("whatever the header says, one of the available languages is chosen", "[language]") {
  rekey_test::SeededRandom random(23);
  for (int round = 0; round < 50'000; ++round) {
    const std::string header = random.text_of("deatn-*,;q=01. ", random.below(40));
    const auto chosen = rekey::choose_language(header, kAvailable);
    REQUIRE(std::find(std::begin(kAvailable), std::end(kAvailable), chosen) != std::end(kAvailable));
  }
}

TEST_CASE("a header of any length costs no more than its first 256 bytes", "[language]") {
  const std::string header = "fr," + std::string(1'000'000, ' ') + "de";
  CHECK(rekey::choose_language(header, kAvailable) == "en");
  CHECK(rekey::choose_language("de," + header, kAvailable) == "de");
}

TEST_CASE("a header that was bounded once says the same when it is bounded again", "[language]") {
  const std::string wished = "de," + std::string(250, ' ') + "fr-quite-long;q=0.5";
  const std::string bounded(rekey::bound_accept_language(wished));
  CHECK(bounded == "de");
  CHECK(rekey::choose_language(bounded, kAvailable) == rekey::choose_language(wished, kAvailable));
  CHECK(rekey::bound_accept_language(std::string(300, 'x')).empty());
  CHECK(rekey::bound_accept_language(std::string(256, 'x')).size() == 256);
}
