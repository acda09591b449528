#include "shared/url.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using rekey::is_loopback;
using rekey::is_uri_text;
using rekey::parse_frontend_url;
using rekey::parse_page_url;
using rekey::same_origin;
using rekey::serialized_origin;
using rekey::Url;

TEST_CASE("this machine has a few names, and a host that merely begins or ends like one is another", "[url]") {
  for (const auto* host :
       {"127.0.0.1", "127.8.9.10", "127.255.255.255", "[::1]", "::1", "localhost", "LOCALHOST", "rekey.localhost"}) {
    CAPTURE(host);
    CHECK(is_loopback(host));
  }
  for (const auto* host : {"",
                           "127",
                           "128.0.0.1",
                           "127.name.example",
                           "127.0.0.1.example",
                           "127.0.0",
                           "127.0.0.256",
                           "127.0.0.1000",
                           "127.0.0.1.1",
                           "127.0.0.08",
                           "127.0.0.01",
                           "127.1",
                           "127...1",
                           "127.0.0.",
                           "::ffff:127.0.0.1",
                           "localhost.",
                           "localhost.example",
                           "notlocalhost",
                           ".localhost",
                           "[::2]",
                           "0.0.0.0",
                           "10.0.0.1"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("the front end is https, or http on this machine, with a port and nothing else", "[url]") {
  for (const auto* text : {"https://example.com", "https://example.com/", "https://example.com:8443", "http://localhost:8787",
                           "http://127.0.0.1:8787/", "http://[::1]:8787", "https://[2001:db8::1]"}) {
    CAPTURE(text);
    CHECK(parse_frontend_url(text));
  }
  for (const auto* text : {"",
                           "example.com",
                           "ftp://example.com",
                           "http://example.com",
                           "http://127.name.example",
                           "https://",
                           "https://:443",
                           "https://user@example.com",
                           "https://example.com:",
                           "https://example.com:port",
                           "https://example.com:65536",
                           "https://example.com:0443",
                           "https://example.com/app",
                           "https://example.com//",
                           "https://example.com?",
                           "https://example.com#",
                           "https://example.com/?a",
                           "https://exa mple.com",
                           "https://example.com\n",
                           "https://exa\"mple.com",
                           "HTTPS://example.com"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_frontend_url(text));
  }
}

TEST_CASE("an origin is written as browsers write it", "[url]") {
  const std::vector<std::pair<std::string, std::string>> origins{
      {"https://app.example.com", "https://app.example.com"},
      {"https://App.example.com:443/a?b", "https://app.example.com"},
      {"https://app.example.com:8443/", "https://app.example.com:8443"},
      {"http://localhost:80/a", "http://localhost"},
      {"http://localhost:443", "http://localhost:443"},
      {"https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"},
  };
  for (const auto& [url, origin] : origins) {
    CAPTURE(url);
    CHECK(serialized_origin(*Url::parse(url)) == origin);
  }
}

TEST_CASE("a URI has no character at which a mail program ends a link", "[url]") {
  CHECK(is_uri_text("https://a.example:1/-._~!$&'()*+,;=:@%20?a=[b]/?#c"));
  for (const char c : std::string("<>\"\\^`{}| \t\x7f\x80")) {
    CAPTURE(c);
    CHECK_FALSE(is_uri_text(std::string("https://a.example/") + c));
  }
}

TEST_CASE("a page of the application's may have any path, query and fragment", "[url]") {
  for (const auto* text : {"https://app.example.com", "https://app.example.com:8443/a/login?from=mail#top",
                           "http://localhost:3000/login", "http://127.0.0.1/", "https://[2001:db8::1]/login"}) {
    CAPTURE(text);
    CHECK(parse_page_url(text));
  }
  for (const auto* text : {"", "/login", "app.example.com", "http://app.example.com/login", "javascript:alert(1)", "https://",
                           "https:///login", "https://user@app.example.com/", "https://app.example.com:port/",
                           "https://app.example.com/a b", "https://a\"b.example/"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_page_url(text));
  }
}

TEST_CASE("a URL is split into its parts, undecoded", "[url]") {
  const auto url = Url::parse("https://example.com:8443//%66orgot/?a=b#c");
  REQUIRE(url);
  CHECK(url->authority == "example.com:8443");
  CHECK(url->host() == "example.com");
  CHECK(url->path == "//%66orgot/");
  CHECK(url->query == "?a=b");
}

TEST_CASE("an origin is scheme, host and port; the scheme's own port may be left out", "[url]") {
  const auto same = [](const char* a, const char* b) { return same_origin(*Url::parse(a), *Url::parse(b)); };
  CHECK(same("https://example.com", "https://EXAMPLE.com:443/path"));
  CHECK(same("http://example.com:80", "http://example.com"));
  CHECK_FALSE(same("https://example.com", "http://example.com"));
  CHECK_FALSE(same("https://example.com", "https://example.com:80"));
  CHECK_FALSE(same("https://example.com", "https://example.com.evil.test"));
}
