#include "origin/http/listen_address.h"

#include <catch2/catch.hpp>

namespace rekey::test {

TEST_CASE("a listener is called from this machine at its address, on loopback where it listens on all", "[listen_address]") {
  const auto url = [](std::string_view text) { return ListenAddress::parse(text)->url(8081); };
  CHECK(url("127.0.0.1:8080") == "http://127.0.0.1:8081");
  CHECK(url("192.0.2.7:0") == "http://192.0.2.7:8081");
  CHECK(url("0.0.0.0:8080") == "http://127.0.0.1:8081");
  CHECK(url("[::]:8080") == "http://[::1]:8081");
  CHECK(url("[2001:db8::1]:8080") == "http://[2001:db8::1]:8081");
}

}  // namespace rekey::test
