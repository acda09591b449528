// Answers in the form of fastapi-users' router, only for the routes under AUTH_PREFIX.
#pragma once

#include <span>
#include <string_view>

#include "edge/core/problem.h"

namespace rekey::edge {

// 422 {"detail": [{"loc": ["body", "email"], "msg": "...", "type": "..."}]}
Answer fastapi_invalid_fields(std::span<const FieldError> errors);
Answer fastapi_unreadable_json();
// 400 {"detail": "RESET_PASSWORD_BAD_TOKEN"}
Answer fastapi_bad_token();
// 400 {"detail": {"code": "RESET_PASSWORD_INVALID_PASSWORD", "reason": "..."}}
Answer fastapi_password_refused(std::string_view reason);
// The JSON body `null`.
Answer fastapi_null(std::uint16_t status, Event event);

}  // namespace rekey::edge
