#include "origin/commands/account_desk.h"

#include <stdexcept>

#include "shared/codec/encoding.h"

namespace rekey {
namespace {

PostgresPoolSettings one_connection(const Settings& settings) {
  PostgresPoolSettings pool;
  pool.database_url = settings.database_url.reveal();
  pool.size = 1;
  return pool;
}

Username require_username(std::string_view text) {
  auto name = Username::parse(text);
  if (!name)
    throw std::runtime_error(
        "a user name has 3 to 30 letters and digits, at most one - or _ between them, and no more than four digits in a row");
  return std::move(name).value();
}

}  // namespace

EmailAddress require_email(std::string_view text) {
  auto email = EmailAddress::parse(text);
  if (!email) throw std::runtime_error("the address must have the form name@example.com and at most 120 characters");
  return std::move(email).value();
}

AccountDesk::AccountDesk(const Settings& settings)
    : pool_(one_connection(settings)),
      accounts_(pool_),
      hasher_(settings.argon2, HashTurnSettings{}, random_, metrics_, log_),
      rules_(normalizer_, settings.product_name, settings.password_min_length),
      register_user_(accounts_, hasher_, rules_, Registration::kOn, {}, log_) {}

RegisterOutcome AccountDesk::add(std::string_view email, std::string_view username, std::string_view password) {
  return register_user_.run({require_username(username), require_email(email), password}, new_request());
}

// A request id as the edge makes it: 22 characters for 128 random bits.
RequestInfo AccountDesk::new_request() {
  ByteArray<16> bytes{};
  random_.fill(bytes);
  RequestInfo request;
  request.request_id = to_base64url(bytes);
  request.user_agent = "rekey-origin";
  return request;
}

}  // namespace rekey
