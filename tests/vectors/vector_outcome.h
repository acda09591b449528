// The code's outcome for one record of a vector file, as text to be compared with the record's `expect`. One function for each
// file of vectors.
#pragma once

#include <string>

#include "shared/result.h"
#include "tests/vectors/vector_record.h"

namespace rekey_vectors {

// Returns: the error's word in the files about tokens and codes.
std::string token_error(rekey::Error error);

// In every build (vector_outcome_identity.cpp).
std::string email_outcome(const Record& record);     // `ok <normalized> <limiter key>` or `invalid`
std::string username_outcome(const Record& record);  // `ok` or `invalid`
std::string password_outcome(const Record& record);  // `ok` or the policy's word; takes `email`, `username`, `product`, `min`
std::string token_outcome(const Record& record);     // verifies, mints or reads the expiry, by `do`

// In the native and the edge build (vector_outcome_wire.cpp).
std::string json_outcome(const Record& record);       // the values, or the errors; `rules` as `name:kind?` with `?` for optional
std::string code_outcome(const Record& record);       // of a code or a recovery id, by `do`
std::string form_outcome(const Record& record);       // as json
std::string language_outcome(const Record& record);   // the tag; `available` is a list with commas
std::string rate_outcome(const Record& record);       // the decision by `limit`, `arrival` for the time `input`
std::string signature_outcome(const Record& record);  // signs or verifies the body `input`, by `do`

}  // namespace rekey_vectors
