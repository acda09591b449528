// Catch2 2's one header, by the headers and names of Catch2 3 (Debian 13). tests/CMakeLists.txt puts it in the include path for that
// version alone.
#pragma once

#include <catch2/catch_all.hpp>

using Catch::Approx;

namespace Catch {

using Matchers::EndsWith;
using Matchers::StartsWith;

inline auto Contains(const std::string& text) { return Matchers::ContainsSubstring(text); }

}  // namespace Catch
