// Views of bytes, wiping, and constant-time comparison. Used everywhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rekey {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;

inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Overwrites the bytes with zeros, in a way that the optimiser can't remove.
void wipe(MutableBytes bytes);

// Returns: whether both hold the same bytes.
// Time: depends on the lengths only, never on the contents.
bool equal_in_constant_time(Bytes a, Bytes b);

}  // namespace rekey
