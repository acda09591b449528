#include "origin/mail/mail_text.h"

#include <catch2/catch.hpp>

#include "origin/mail/mail_device.h"
#include "origin/mail/template_files.h"
#include "tests/origin/mail_fakes.h"

using namespace rekey;
using namespace rekey::test;
using namespace std::chrono_literals;

namespace {

const TemplateFiles& shipped() {
  static const auto files = TemplateFiles::load(default_templates_folder());
  return files;
}

std::string_view language_for(const std::string& stored, const std::string& accept) {
  User user;
  user.language = stored;
  RequestInfo request;
  request.accept_language = accept;
  return choose_mail_language(shipped(), user, request);
}

}  // namespace

TEST_CASE("durations are given in whole minutes where possible, with the right plural", "[mail_text][B5]") {
  CHECK(duration_words(shipped(), "en", 60s) == "1 minute");
  CHECK(duration_words(shipped(), "en", 3600s) == "60 minutes");
  CHECK(duration_words(shipped(), "en", 90s) == "90 seconds");
  CHECK(duration_words(shipped(), "en", 1s) == "1 second");
  CHECK(duration_words(shipped(), "de", 60s) == "1 Minute");
  CHECK(duration_words(shipped(), "de", 900s) == "15 Minuten");
}

TEST_CASE("times name their zone", "[mail_text]") {
  CHECK(time_words(shipped(), "en", kTestNow) == "21 November 2026, 03:35 UTC");
  CHECK(time_words(shipped(), "de", kTestNow) == "21. November 2026, 03:35 Uhr (UTC)");
}

TEST_CASE("the user's language takes precedence over the request's", "[mail_text]") {
  CHECK(language_for("de", "en") == "de");
  CHECK(language_for("de-at", "en") == "de");
  CHECK(language_for("", "de-CH, en;q=0.5") == "de");
  CHECK(language_for("fr", "de") == "de");
  CHECK(language_for("fr", "it") == "en");
  CHECK(language_for("", "") == "en");
}

TEST_CASE("common browsers and systems are recognised", "[mail_device]") {
  struct Row {
    const char* header;
    std::string_view browser;
    std::string_view system;
  };
  const auto row = GENERATE(
      Row{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox", "Windows"},
      Row{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "Chrome",
          "Linux"},
      Row{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 "
          "Edg/130.0",
          "Edge", "Windows"},
      Row{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
          "Safari", "macOS"},
      Row{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
          "Mobile/15E148 "
          "Safari/604.1",
          "Safari", "iPhone"},
      Row{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
          "Chrome", "Android"},
      Row{"curl/8.5.0", "curl", ""}, Row{"visit evil.test now", "", ""}, Row{"", "", ""});
  CAPTURE(row.header);
  CHECK(recognize_device(row.header).browser == row.browser);
  CHECK(recognize_device(row.header).system == row.system);
}

TEST_CASE("an address is shown without the part that identifies a single host", "[mail_device]") {
  CHECK(mask_address("203.0.113.77") == "203.0.113.*");
  CHECK(mask_address("2001:db8:12:3456::9") == "2001:db8:12:*");
  CHECK(mask_address("2001:db8::9") == "2001:db8:*");
  CHECK(mask_address("2001:DB8:1:2:3:4:5:6") == "2001:DB8:1:*");
  CHECK(mask_address("::1").empty());
  CHECK(mask_address("").empty());
  CHECK(mask_address("evil.test").empty());
  CHECK(mask_address("a:b:evil.test").empty());
}
