// All routes of the API, each one's rules in the source that bears its name.
#pragma once

#include <span>

#include "edge/core/feature.h"

namespace rekey::edge {

// forgot_password.cpp: accepted for any address; over the account's limit the call is marked, and nobody sees it.
Prepared prepare_forgot_password(const Context& context);
std::optional<Answer> conclude_forgot_password(const Context& context, const OriginOutcome& outcome);

// reset_password.cpp: the token's spelling, MAC and expiry are judged here; the origin gets its hash.
Prepared prepare_reset_password(const Context& context);
std::optional<Answer> conclude_reset_password(const Context& context, const OriginOutcome& outcome);

// cancel_reset.cpp: ends a token for whoever holds it and knows the address; the answer doesn't tell whether they did.
Prepared prepare_cancel_reset(const Context& context);
std::optional<Answer> conclude_cancel_reset(const Context& context, const OriginOutcome& outcome);

// register.cpp
Prepared prepare_register(const Context& context);
std::optional<Answer> conclude_register(const Context& context, const OriginOutcome& outcome);

// login.cpp: by JSON for pages (cookie), by form for OAuth2 clients (RFC 6749, section 4.3; bearer token).
Prepared prepare_login(const Context& context);
std::optional<Answer> conclude_login(const Context& context, const OriginOutcome& outcome);
Prepared prepare_token(const Context& context);
std::optional<Answer> conclude_token(const Context& context, const OriginOutcome& outcome);

// logout.cpp: 204 and no cookie left, whoever asks.
Prepared prepare_logout(const Context& context);
std::optional<Answer> conclude_logout(const Context& context, const OriginOutcome& outcome);

// me.cpp
Prepared prepare_me(const Context& context);
std::optional<Answer> conclude_me(const Context& context, const OriginOutcome& outcome);

// change_password.cpp
Prepared prepare_change_password(const Context& context);
std::optional<Answer> conclude_change_password(const Context& context, const OriginOutcome& outcome);

// health.cpp: 200 only while an origin and its database answer.
Prepared prepare_health(const Context& context);
std::optional<Answer> conclude_health(const Context& context, const OriginOutcome& outcome);

std::span<const Feature> features();

}  // namespace rekey::edge
