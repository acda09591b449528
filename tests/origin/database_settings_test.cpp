#include "origin/database_settings.h"

#include <catch2/catch.hpp>

namespace rekey::test {
namespace {

const std::string kKey = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

Settings impatient() {
  const auto anywhere = ListenAddress::parse("127.0.0.1:0").value();
  const auto keys = KeyRing::parse(kKey).value();
  Settings settings{{}, SecretText("host=db"), anywhere, anywhere, keys, keys, {}};
  settings.database_pool_size = 10;
  settings.database_connect = std::chrono::seconds(7);
  settings.database_wait = std::chrono::milliseconds(250);
  settings.database_statement = std::chrono::milliseconds(100);
  return settings;
}

}  // namespace

TEST_CASE("DATABASE_STATEMENT_MS bounds the statements of calls; the worker may get more time by it, not less",
          "[database_settings]") {
  const PostgresTimeouts usual;
  const auto calls = request_pool_settings(impatient()).timeouts;
  CHECK(calls.statement == std::chrono::milliseconds(100));
  CHECK(calls.lock == std::chrono::milliseconds(75));
  CHECK(worker_pool_settings(impatient()).timeouts.statement == usual.statement);
  CHECK(worker_pool_settings(impatient()).timeouts.lock == usual.lock);
  CHECK(database_access(impatient()).timeouts.statement == usual.statement);
  auto patient = impatient();
  patient.database_statement = std::chrono::seconds(40);
  CHECK(worker_pool_settings(patient).timeouts.statement == std::chrono::seconds(40));
  CHECK(worker_pool_settings(patient).timeouts.lock == std::chrono::seconds(30));
}

TEST_CASE("both pools and a single connection wait as long as DATABASE_CONNECT_SECONDS says", "[database_settings]") {
  const std::chrono::seconds seven(7);
  CHECK(request_pool_settings(impatient()).timeouts.connect == seven);
  CHECK(worker_pool_settings(impatient()).timeouts.connect == seven);
  CHECK(database_access(impatient()).timeouts.connect == seven);
}

TEST_CASE("the mail worker has a fifth of the connections, one at least", "[database_settings]") {
  auto settings = impatient();
  CHECK(request_pool_settings(settings).size == 8);
  CHECK(worker_pool_settings(settings).size == 2);
  settings.database_pool_size = 2;
  CHECK(request_pool_settings(settings).size == 1);
  CHECK(worker_pool_settings(settings).size == 1);
}

}  // namespace rekey::test
