// The common parts of the fuzz targets: the function that libFuzzer calls, and `must`, which traps where a claim fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/codec/bytes.h"

// Returns: 0. Traps where a claim doesn't hold.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace rekey_fuzz {

inline void must(bool holds) {
  if (!holds) __builtin_trap();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) { return rekey::as_text({data, size}); }

}  // namespace rekey_fuzz
