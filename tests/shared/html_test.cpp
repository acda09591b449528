#include "shared/codec/html.h"

#include <catch2/catch.hpp>

TEST_CASE("text in HTML can neither open a tag nor end an attribute", "[html]") {
  CHECK(rekey::escape_html("<a href=\"x\" title='y'>&amp;") == "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;");
  CHECK(rekey::escape_html("plain \xc3\xa9").compare("plain \xc3\xa9") == 0);
  CHECK(rekey::escape_html("").empty());
}
