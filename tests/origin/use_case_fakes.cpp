#include "tests/origin/use_case_fakes.h"

#include <algorithm>

namespace rekey::test {

namespace {

User user_named(const std::string& name) {
  return {.id = "id of " + name, .username = name, .email = name + "@example.com", .language = ""};
}

template <class Map, class Key>
int count_of(const Map& map, Key key) {
  const auto found = map.find(key);
  return found == map.end() ? 0 : found->second;
}

}  // namespace

void FakeMetrics::count(Counter counter, Label label) {
  const std::lock_guard lock(mutex_);
  ++counts_[counter];
  ++labelled_[{counter, std::string(word_of(label))}];
}

void FakeMetrics::observe(Timing timing, std::chrono::nanoseconds) {
  const std::lock_guard lock(mutex_);
  ++observations_[timing];
}

void FakeMetrics::request_done(std::string_view use_case, std::string_view outcome, std::chrono::nanoseconds duration) {
  const std::lock_guard lock(mutex_);
  requests_.push_back({std::string(use_case), std::string(outcome), duration});
}

std::vector<FakeMetrics::Request> FakeMetrics::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int FakeMetrics::counted(Counter counter) const {
  const std::lock_guard lock(mutex_);
  return count_of(counts_, counter);
}

int FakeMetrics::counted(Counter counter, const std::string& label) const {
  const std::lock_guard lock(mutex_);
  return count_of(labelled_, std::pair(counter, label));
}

void FakeMetrics::ended(Ended what, MailEnd end) {
  const std::lock_guard lock(mutex_);
  ++ends_[{what, end}];
}

int FakeMetrics::counted(Ended what, MailEnd end) const {
  const std::lock_guard lock(mutex_);
  return count_of(ends_, std::pair(what, end));
}

int FakeMetrics::observed(Timing timing) const {
  const std::lock_guard lock(mutex_);
  return count_of(observations_, timing);
}

void FakeEventLog::record(Event event, std::string_view request_id, std::span<const EventField> fields) {
  events_.push_back(event);
  text_.append(request_id).append("\n");
  for (const EventField& field : fields) {
    const auto value = field.kind == EventField::Kind::kText ? field.text : std::to_string(field.number);
    text_.append(field.name).append("=").append(value).append("\n");
  }
}

int FakeEventLog::count(Event event) const { return static_cast<int>(std::count(events_.begin(), events_.end(), event)); }

std::optional<std::string> FakeNormalizer::nfc(std::string_view text) const {
  if (text.find('\xFF') != std::string_view::npos) return std::nullopt;
  std::string out(text);
  for (std::size_t at = 0; (at = out.find("a+", at)) != std::string::npos;) out.replace(at, 2, "A");
  return out;
}

std::optional<PasswordHash> FakeHasher::hash(std::string_view password, const std::function<bool()>& still_wanted) {
  before_turn();
  if (!still_wanted()) return std::nullopt;
  ++hashed;
  return PasswordHash{"new:" + std::string(password)};
}

PasswordMatch FakeHasher::verify(std::string_view password, const PasswordHash& stored, Admits admits) {
  ++verified;
  last_verified = stored.text;
  if (admits == Admits::kNone) return PasswordMatch::kNo;
  if (stored.text == "new:" + std::string(password)) return PasswordMatch::kYes;
  return stored.text == "old:" + std::string(password) ? PasswordMatch::kYesAndOutdated : PasswordMatch::kNo;
}

PasswordHash FakeHasher::hash_of_nobody(std::string_view) { return {"nobody"}; }

Account& FakeAccounts::add(const std::string& name, const std::string& hash) {
  all.push_back({user_named(name), {hash}});
  return all.back();
}

std::optional<User> FakeAccounts::insert_user(const NewUser& user, const RequestInfo&) {
  if (find_account(user.email)) return std::nullopt;
  Account& account = add(std::string(user.username.text()), user.password_hash.text);
  account.user.email = std::string(user.email.text());
  account.user.language = user.language;
  return account.user;
}

std::optional<Account> FakeAccounts::find_account(const EmailAddress& email) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Account& a) { return a.user.email == email.normalized(); });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

bool FakeAccounts::open_session(const std::string& user_id, const PasswordHash& verified,
                                const std::optional<PasswordHash>& upgraded, const NewSession& session, const RequestInfo&) {
  before_write();
  for (Account& account : all) {
    if (account.user.id != user_id || account.password_hash != verified) continue;
    if (upgraded) account.password_hash = *upgraded;
    sessions[session.token_hash] = user_id;
    return true;
  }
  return false;
}

std::optional<SessionUser> FakeAccounts::find_session(const TokenHash& token, const std::optional<NewSession>& renewal) {
  const auto session = sessions.find(token);
  if (session == sessions.end()) return std::nullopt;
  const std::string user_id = session->second;
  if (renewal) sessions[renewal->token_hash] = user_id;
  const auto account = std::find_if(all.begin(), all.end(), [&](const Account& a) { return a.user.id == user_id; });
  return SessionUser{*account, renewal.has_value()};
}

void FakeAccounts::note_refused_log_in(const EmailAddress& email, const RequestInfo& request) {
  refused.push_back(request.request_id + " " + std::string(email.text()));
}

void FakeAccounts::end_session(const TokenHash& token, const RequestInfo&) { sessions.erase(token); }

bool FakeAccounts::change_password(const std::string& user_id, const PasswordHash& verified, const PasswordHash& replacement,
                                   const TokenHash& kept_session, const RequestInfo& request) {
  before_write();
  if (changed.contains(request.request_id)) return false;
  for (Account& account : all) {
    if (account.user.id != user_id || account.password_hash != verified) continue;
    account.password_hash = replacement;
    changed.insert(request.request_id);
    std::erase_if(sessions, [&](const auto& session) { return session.second == user_id && session.first != kept_session; });
    return true;
  }
  return false;
}

void FakeRecovery::issue(const TokenHash& token, const std::string& name) {
  live[token] = {user_named(name), {"new:old password"}};
  issued[token] = 1;
}

Inserted FakeRecovery::insert_reset_request(const EmailAddress& email, ForgotMark mark, const RequestInfo&) {
  before_insert();
  requests.emplace_back(email.normalized(), mark);
  return Inserted::kYes;
}

std::optional<Account> FakeRecovery::find_reset_token(const TokenHash& token) {
  const auto found = live.find(token);
  return found == live.end() ? std::nullopt : std::optional(found->second);
}

bool FakeRecovery::consume_reset_token(const TokenHash& token, const PasswordHash&, const RequestInfo& request) {
  before_use();
  const auto found = live.find(token);
  if (found == live.end()) return false;
  reset[request.request_id] = found->second.user.email;
  live.erase(found);
  return true;
}

std::optional<std::string> FakeRecovery::find_reset(const RequestInfo& request) {
  const auto found = reset.find(request.request_id);
  return found == reset.end() ? std::nullopt : std::optional(found->second);
}

CodeVerdict FakeRecovery::try_code(const CodeTry& attempt, std::uint32_t, const RequestInfo&) {
  const auto found = codes.find(attempt.prints.text());
  return {found == codes.end() ? std::nullopt : std::optional(found->second), misses};
}

bool FakeRecovery::cancel_reset_token(const TokenHash& token, const EmailAddress& email, const RequestInfo&) {
  const auto found = live.find(token);
  const bool cancelled = found != live.end() && found->second.user.email == email.normalized();
  if (cancelled) live.erase(found);
  return cancelled;
}

}  // namespace rekey::test
