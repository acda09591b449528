#include "origin/use_cases/register_user.h"

#include "shared/language.h"

namespace rekey {

namespace {
using Kind = RegisterOutcome::Kind;
constexpr auto kAlways = [] { return true; };
}  // namespace

RegisterOutcome RegisterUser::run(const RegisterInput& input, const RequestInfo& request) {
  if (registration_ == Registration::kOff) return {Kind::kRegistrationOff, {}, Error::kNone};
  const auto password = rules_.accept(input.password, input.email.text(), input.username.text());
  if (!password) return {Kind::kPasswordRefused, {}, password.error()};
  const auto hash = hasher_.hash(password->reveal(), kAlways);
  auto user = accounts_.insert_user({input.username, input.email, hash.value(), language_for(request)}, request);
  if (!user) return {Kind::kTaken, {}, Error::kNone};
  events_.write(Event::kRegistered, request.request_id, {{"user_id", user->id}});
  return {Kind::kCreated, std::move(user), Error::kNone};
}

// "" if the client sent no Accept-Language: mails then choose by their request's.
std::string RegisterUser::language_for(const RequestInfo& request) const {
  if (languages_.empty() || request.accept_language.empty()) return "";
  const std::vector<std::string_view> available(languages_.begin(), languages_.end());
  return std::string(choose_language(request.accept_language, available));
}

}  // namespace rekey
