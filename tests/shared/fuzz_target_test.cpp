// A short run of every fuzz target: its seeds, the inputs of all vectors, mutations of both, and random bytes; every run is the
// same.
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/shared/seeded_random.h"
#include "tests/shared/test_file.h"
#include "tests/vectors/vector_record.h"

extern "C" {

int fuzz_brand(const std::uint8_t* data, std::size_t size);
int fuzz_email(const std::uint8_t* data, std::size_t size);
int fuzz_form(const std::uint8_t* data, std::size_t size);
int fuzz_http_framing(const std::uint8_t* data, std::size_t size);
int fuzz_language(const std::uint8_t* data, std::size_t size);
int fuzz_message_signature(const std::uint8_t* data, std::size_t size);
int fuzz_phrase_book(const std::uint8_t* data, std::size_t size);
int fuzz_recovery_code(const std::uint8_t* data, std::size_t size);
int fuzz_stored_hash(const std::uint8_t* data, std::size_t size);
int fuzz_strict_json(const std::uint8_t* data, std::size_t size);
int fuzz_token(const std::uint8_t* data, std::size_t size);

}  // extern "C"

namespace {

using FuzzTarget = int (*)(const std::uint8_t*, std::size_t);

// On the heap and of the exact size, so that AddressSanitizer sees a read beyond the end.
void feed(FuzzTarget target, const std::string& input) {
  const std::vector<std::uint8_t> exact(input.begin(), input.end());
  REQUIRE(target(exact.data(), exact.size()) == 0);
}

std::vector<std::string> read_vector_inputs() {
  std::vector<std::string> inputs;
  for (const auto& path : rekey_test::list_files("tests/vectors", ".txt")) {
    if (path.filename() == "CMakeLists.txt") continue;
    const auto records = rekey_vectors::read_records(rekey_test::read_file(path));
    REQUIRE(records);
    for (const auto& record : *records) inputs.push_back(record["input"]);
  }
  return inputs;
}

std::vector<std::string> read_seeds(const std::string& stem) {
  std::vector<std::string> seeds;
  for (const auto& path : rekey_test::list_files("tests/fuzz/corpus/" + stem, "")) seeds.push_back(rekey_test::read_file(path));
  REQUIRE_FALSE(seeds.empty());
  return seeds;
}

void run(const std::string& stem, FuzzTarget target) {
  rekey_test::SeededRandom random(24);
  const auto seeds = read_seeds(stem);
  const auto inputs = read_vector_inputs();
  for (const std::string& input : inputs) feed(target, input);
  for (int round = 0; round < 3000; ++round) {
    feed(target, seeds[static_cast<std::size_t>(round) % seeds.size()]);
    feed(target, random.mutate(seeds[random.below(seeds.size())]));
    feed(target, random.mutate(inputs[random.below(inputs.size())]));
    feed(target, random.bytes(random.below(100)));
  }
}

}  // namespace

TEST_CASE("the claims about a brand's files hold for any bytes", "[fuzz][brand]") { run("brand", fuzz_brand); }
TEST_CASE("the claims about addresses hold for any bytes", "[fuzz][email_address]") { run("email", fuzz_email); }
TEST_CASE("the claims about forms hold for any bytes", "[fuzz][form]") { run("form", fuzz_form); }
TEST_CASE("the claims about HTTP requests hold for any bytes", "[fuzz][http_framing]") { run("http_framing", fuzz_http_framing); }
TEST_CASE("the claims about languages hold for any bytes", "[fuzz][language]") { run("language", fuzz_language); }
TEST_CASE("the claims about signatures hold for any bytes", "[fuzz][message_signature]") {
  run("message_signature", fuzz_message_signature);
}
TEST_CASE("the claims about phrases hold for any bytes", "[fuzz][phrase_book]") { run("phrase_book", fuzz_phrase_book); }
TEST_CASE("the claims about codes hold for any bytes", "[fuzz][recovery_code]") { run("recovery_code", fuzz_recovery_code); }
TEST_CASE("the claims about stored hashes hold for any bytes", "[fuzz][stored_hash]") { run("stored_hash", fuzz_stored_hash); }
TEST_CASE("the claims about JSON hold for any bytes", "[fuzz][strict_json]") { run("strict_json", fuzz_strict_json); }
TEST_CASE("the claims about tokens hold for any bytes", "[fuzz][token]") { run("token", fuzz_token); }
