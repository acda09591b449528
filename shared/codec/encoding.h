// base64url without padding and base64 with padding (RFC 4648, sections 5 and 4), and lower-case hex.
// Strict: one spelling per value. Spare bits, wrong padding, white space and other characters are refused.
#pragma once

#include <optional>
#include <string>

#include "shared/codec/bytes.h"
#include "shared/codec/utf8.h"  // count_code_points
#include "shared/result.h"

namespace rekey {

std::string to_base64url(Bytes bytes);
std::string to_base64(Bytes bytes);
std::string to_hex(Bytes bytes);

// In: `out` must be exactly as long as the decoded value.
// Errors: kInvalidEncoding; `out` is then unspecified and must not be used.
Error from_base64url(std::string_view text, MutableBytes out);
Error from_base64(std::string_view text, MutableBytes out);
Error from_hex(std::string_view text, MutableBytes out);

// Returns: the decoded size of unpadded base64url of this length, or nothing for an impossible length.
std::optional<std::size_t> base64url_decoded_size(std::size_t text_size);

}  // namespace rekey
