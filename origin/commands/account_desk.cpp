#include "origin/commands/account_desk.h"

#include <algorithm>
#include <stdexcept>

#include "origin/commands/operator_name.h"
#include "origin/postgres/account_source.h"
#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"

namespace rekey {
namespace {

// A command may read a whole table, and waits for an account longer than a request would.
constexpr std::chrono::milliseconds kLongestStatement{60'000};
constexpr std::chrono::milliseconds kLongestLockWait{10'000};

PostgresPoolSettings one_connection(const Settings& settings) {
  PostgresPoolSettings pool;
  pool.database_url = settings.database_url.reveal();
  pool.size = 1;
  pool.timeouts = {kLongestStatement, kLongestLockWait, kLongestStatement, settings.database_connect};
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

bool is_uuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, kForm, [](char c, char form) { return form == '-' ? c == '-' : hex_value(to_lower(c)) >= 0; });
}

AccountDesk::AccountDesk(const Settings& settings)
    : pool_(one_connection(settings)),
      accounts_(pool_),
      operators_(pool_),
      history_(pool_),
      hasher_(settings.password_format, HashTurnSettings{}, random_, metrics_, log_),
      rules_(normalizer_, settings.product_name, settings.password_min_length, hasher_.most_bytes()),
      register_user_(accounts_, hasher_, rules_, Registration::kOn, {}, log_) {}

OperatorAct AccountDesk::new_act() { return {new_request_id(), operator_name()}; }

RegisterOutcome AccountDesk::add(std::string_view email, std::string_view username, std::string_view password) {
  require_own_accounts(pool_, "add to them");
  RequestInfo request;
  request.request_id = new_request_id();
  request.user_agent = "rekey-origin";
  return register_user_.run({require_username(username), require_email(email), password}, request);
}

std::optional<std::string> AccountDesk::find(std::string_view account) {
  const bool may_be_address = account.find('@') != account.npos;
  const auto email = EmailAddress::parse(account);
  if (may_be_address && email) {
    if (auto id = operators_.find_by_address(email.value())) return id;
  }
  auto id = operators_.find_by_id(std::string(account));
  if (!id && may_be_address) require_email(account);
  return id;
}

// The act's id is random, and new for each command.
PasswordHash AccountDesk::unmatched_hash(const OperatorAct& act) {
  if (foreign_accounts(pool_).empty()) return {"!" + act.request_id};
  return hasher_.hash_of_nobody(act.request_id);
}

// As the edge makes it: 22 characters for 128 random bits.
std::string AccountDesk::new_request_id() {
  ByteArray<16> bytes{};
  random_.fill(bytes);
  return to_base64url(bytes);
}

}  // namespace rekey
