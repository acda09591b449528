// What the answer to a request costs. The two kinds wait apart and have threads of their own, so that a flood of the one keeps
// nobody from the other.
#pragma once

#include <cstdint>

namespace rekey {

enum class Effort : std::uint8_t {
  kLight,  // a statement or two
  kHeavy,  // a slow hash as well: a core for tens of milliseconds
};

}  // namespace rekey
