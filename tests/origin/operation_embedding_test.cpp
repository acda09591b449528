// The whole origin as a library: over a real database, called as the edge calls it, with an embedder's hooks instead of mails.
#include <catch2/catch.hpp>
#include <future>
#include <latch>

#include "origin/commands/account_desk.h"
#include "origin/origin.h"
#include "shared/codec/encoding.h"
#include "shared/key_fingerprints.h"
#include "shared/message_signature.h"
#include "tests/embedding/program/memory_store.h"
#include "tests/origin/database.h"
#include "tests/origin/http_client.h"
#include "tests/origin/race_start.h"

namespace rekey::test {
namespace {

constexpr std::chrono::seconds kPatience{20};

Settings settings_over(const std::string& database_url) {
  SettingTexts texts = gather_settings(
      {
          {"DATABASE_URL", database_url},
          {"EDGE_ORIGIN_KEYS", "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
          {"RESET_PASSWORD_TOKEN_SECRET", "1:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
          {"SEED_SECRET", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
          {"ORIGIN_LISTEN", "127.0.0.1:0"},
          {"OPS_LISTEN", "127.0.0.1:0"},
          {"FRONTEND_URL", "http://localhost:1"},
          {"MAIL_SERVER", "127.0.0.1"},
          {"MAIL_TLS", "none"},
          {"MAIL_FROM", "rekey@example.com"},
          {"MAIL_SENDERS", "1"},
          {"ARGON2_MEMORY_KIB", "7168"},
          {"LOG_LEVEL", "error"},
      },
      {}, [](const auto&) { return std::nullopt; });
  return interpret_settings(texts).value();
}

std::string health_input(const Settings& settings, const std::string& id) {
  const auto prints = [&id](const KeyRing& ring) { return KeyFingerprints::of(ring, id).text(); };
  return R"({"edge_origin_keys":")" + prints(settings.edge_origin_keys) + R"(","token_keys":")" + prints(settings.token_keys) +
         "\"}";
}

// The events that the hooks got. Each promise is set once.
struct Told {
  std::promise<TokenHash> token;
  std::promise<std::string> user_of_token;
  std::promise<RequestInfo> change;
};

class TakeToken : public AfterForgotPassword {
 public:
  explicit TakeToken(Told& told) : told_(told) {}
  MailOutcome after_forgot_password(const ForgotPasswordEvent& event) override {
    told_.user_of_token.set_value(event.user.email);
    told_.token.set_value(event.token.hash());
    return {MailVerdict::kTaken, 250, "taken"};
  }

 private:
  Told& told_;
};

class TakeChange : public AfterResetPassword {
 public:
  explicit TakeChange(Told& told) : told_(told) {}
  MailOutcome after_reset_password(const PasswordChangedEvent& event) override {
    told_.change.set_value(event.request);
    return {MailVerdict::kTaken, 250, "taken"};
  }

 private:
  Told& told_;
};

// Keeps the first mail.
class TakeMail : public Mailer {
 public:
  explicit TakeMail(std::promise<Mail>& first) : first_(first) {}
  MailOutcome send(const Mail& mail) override {
    first_.set_value(mail);
    return {MailVerdict::kTaken, 250, "taken"};
  }
  void end_by(std::chrono::steady_clock::time_point) override {}

 private:
  std::promise<Mail>& first_;
};

OriginParts hooked(Told& told) {
  OriginParts parts;
  parts.after_forgot_password = [&](Mailer&) { return std::make_unique<TakeToken>(told); };
  parts.after_reset_password = [&](Mailer&) { return std::make_unique<TakeChange>(told); };
  return parts;
}

// Blocks every verification until it is released.
class HeldHasher : public PasswordHasher {
 public:
  std::optional<PasswordHash> hash(std::string_view, const std::function<bool()>&) override { return std::nullopt; }
  PasswordMatch verify(std::string_view, const PasswordHash&, Admits) override { return hold(); }
  PasswordHash hash_of_nobody(std::string_view) override { return {"nobody"}; }
  void expect(const std::vector<std::string>&) override {}

  std::atomic<int> held{0};
  std::latch released{1};

 private:
  PasswordMatch hold() {
    ++held;
    released.wait();
    return PasswordMatch::kNo;
  }
};

// Does not answer until it is released.
class HangingStore : public MemoryStore {
 public:
  explicit HangingStore(std::latch& released) : released_(released) {}
  void ping() override { released_.wait(); }

 private:
  std::latch& released_;
};

std::string numbered_id(std::size_t number) {
  const auto digits = std::to_string(number);
  return std::string(22 - digits.size(), 'D') + digits;
}

TokenHash plant_token(const TestDatabase& database) {
  const TokenHash token{7};
  database.execute(
      "WITH delivery AS (INSERT INTO deliveries (kind, user_id, reset_request, state, due_at, deliver_by, token_hash, "
      "request_id, "
      "client_ip, user_agent, country, accept_language, ended_at) SELECT 'reset', id, 0, 'sent', NULL, now(), '\\x" +
      to_hex(token) +
      "', 'planted', '', '', '', '', now() FROM users RETURNING id, user_id, token_hash) INSERT INTO reset_tokens "
      "(token_hash, user_id, delivery, account_fingerprint, expires_at) SELECT delivery.token_hash, users.id, delivery.id, "
      "account_fingerprint(password_hash, email), now() + interval '30 minutes' FROM users JOIN delivery ON users.id::text = "
      "user_id");
  return token;
}

class RunningOrigin {
 public:
  RunningOrigin(const Settings& settings, const OriginParts& parts)
      : keys_(settings.edge_origin_keys), origin_(settings, parts), thread_([this] { origin_.run(); }) {}
  ~RunningOrigin() {
    origin_.stop();
    thread_.join();
  }

  std::string call(const std::string& use_case, const std::string& input, const std::string& id) {
    const auto path = "/internal/" + use_case;
    const auto body = R"({"version":1,"request_id":")" + id +
                      R"(","client":{"ip":"192.0.2.1","user_agent":"Phone","country":"","accept_language":""},"input":)" + input +
                      "}";
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch().count();
    const auto fields = sign_call(keys_.signing_key(), {"POST", path, body}, static_cast<UnixSeconds>(now), id);
    return RawClient(origin_.port())
        .ask("POST " + path + " HTTP/1.1\r\nHost: origin\r\nContent-Type: application/json\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\nContent-Digest: " + fields.content_digest +
             "\r\nSignature-Input: " + fields.signature_input + "\r\nSignature: " + fields.signature + "\r\n\r\n" + body);
  }

  std::string look(const std::string& path) {
    return RawClient(origin_.ops_port()).ask("GET " + path + " HTTP/1.1\r\nHost: ops\r\n\r\n");
  }

 private:
  KeyRing keys_;
  Origin origin_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("A6, A7, A10: an embedder's hooks get a token that works, and the changed password's event",
          "[operation_embedding][A6][A7][A10]") {
  const TestDatabase database;
  const auto settings = settings_over(database.url());
  AccountDesk(settings).add("ada@example.com", "ada", "correct horse battery staple");
  Told told;
  RunningOrigin origin(settings, hooked(told));

  CHECK_THAT(origin.call("forgot-password", R"({"email":"ADA@example.com","suppress":false})", "AAAAAAAAAAAAAAAAAAAAAA"),
             Catch::EndsWith(R"({"outcome":"accepted","version":1})"));
  auto token = told.token.get_future();
  REQUIRE(token.wait_for(kPatience) == std::future_status::ready);
  CHECK(told.user_of_token.get_future().get() == "ada@example.com");

  const auto reset = R"({"token":")" + to_hex(token.get()) + R"(","new_password":"another horse, another staple"})";
  CHECK_THAT(origin.call("reset-password", reset, "BBBBBBBBBBBBBBBBBBBBBB"),
             Catch::EndsWith(R"({"outcome":"ok","account":"ada@example.com","version":1})"));
  CHECK_THAT(origin.call("reset-password", reset, "CCCCCCCCCCCCCCCCCCCCCC"),
             Catch::EndsWith(R"({"outcome":"bad_token","version":1})"));
  auto change = told.change.get_future();
  REQUIRE(change.wait_for(kPatience) == std::future_status::ready);
  const auto request = change.get();
  CHECK(request.request_id == "BBBBBBBBBBBBBBBBBBBBBB");
  CHECK(request.user_agent == "Phone");

  CHECK(status_of(origin.look("/readyz")) == 200);
  CHECK_THAT(origin.look("/metrics"), Catch::Contains(R"(rekey_requests_total{outcome="ok",use_case="reset-password"} 1)"));
}

TEST_CASE("A6, A10: the built-in mail goes out by an embedder's mailer, of which each sender thread has its own",
          "[operation_embedding][A6][A10]") {
  const TestDatabase database;
  auto settings = settings_over(database.url());
  settings.mail_senders = 3;
  AccountDesk(settings).add("ada@example.com", "ada", "correct horse battery staple");
  std::promise<Mail> first;
  std::atomic<int> mailers{0};
  OriginParts parts;
  parts.mailer = [&] {
    ++mailers;
    return std::make_unique<TakeMail>(first);
  };
  RunningOrigin origin(settings, parts);
  origin.call("forgot-password", R"({"email":"ada@example.com","suppress":false})", "AAAAAAAAAAAAAAAAAAAAAA");
  auto mail = first.get_future();
  REQUIRE(mail.wait_for(kPatience) == std::future_status::ready);
  const auto sent = mail.get();
  CHECK(sent.to == "ada@example.com");
  CHECK_THAT(sent.text, Catch::Contains("http://localhost:1/reset-password#token="));
  CHECK(mailers == 3);
}

TEST_CASE("E02: an origin knows the kinds of its stored hashes from its start", "[operation_embedding][E02]") {
  const TestDatabase database;
  const auto settings = settings_over(database.url());
  AccountDesk(settings).add("ada@example.com", "ada", "correct horse battery staple");
  database.execute("UPDATE users SET password_hash = '$2b$04$' || repeat('a', 21) || 'u' || repeat('b', 31)");
  Told told;
  RunningOrigin origin(settings, hooked(told));

  const auto log_in = R"({"email":"nobody@example.com","password":"x","session":")" + to_hex(TokenHash{1}) + R"("})";
  CHECK_THAT(origin.call("login", log_in, "DDDDDDDDDDDDDDDDDDDDDD"),
             Catch::EndsWith(R"({"outcome":"bad_credentials","version":1})"));
  CHECK_THAT(origin.look("/metrics"), Catch::Contains(R"(rekey_hashes_total{what="bcrypt"} 1)") &&
                                          Catch::Contains(R"(rekey_hashes_total{what="argon2id"} 1)"));
}

TEST_CASE("R01, D05: of forty simultaneous resets one wins, and no other is turned away", "[operation_embedding][R01][D05]") {
  const TestDatabase database;
  const auto settings = settings_over(database.url());
  AccountDesk(settings).add("ada@example.com", "ada", "correct horse battery staple");
  const auto reset = R"({"token":")" + to_hex(plant_token(database)) + R"(","new_password":"another horse, another staple"})";
  RunningOrigin origin(settings, {});
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  run_at_once(40, [&](std::size_t number) {  // a lane turns away what waits for two seconds
    const auto answer = origin.call("reset-password", reset, numbered_id(number));
    won += answer.ends_with(R"({"outcome":"ok","account":"ada@example.com","version":1})") ? 1 : 0;
    lost += answer.ends_with(R"({"outcome":"bad_token","version":1})") ? 1 : 0;
  });
  CHECK(won == 1);
  CHECK(lost == 39);
}

TEST_CASE("D05: while all hashing threads are busy, calls that need no hash are answered", "[operation_embedding][D05]") {
  const TestDatabase database;
  auto settings = settings_over(database.url());
  settings.hash_parallel = 2;
  AccountDesk(settings).add("ada@example.com", "ada", "correct horse battery staple");
  HeldHasher hasher;
  OriginParts parts;
  parts.hasher = &hasher;
  RunningOrigin origin(settings, parts);
  const auto session = to_hex(TokenHash{9});
  const auto log_in = R"({"email":"ada@example.com","password":"correct","session":")" + session + R"("})";
  std::vector<std::jthread> flood;
  for (std::size_t i = 0; i < 100; ++i) flood.emplace_back([&, i] { origin.call("login", log_in, numbered_id(i)); });
  while (hasher.held < 8) std::this_thread::yield();
  CHECK_THAT(origin.call("me", R"({"session":")" + session + R"(","renewal":""})", numbered_id(101)),
             Catch::EndsWith(R"({"outcome":"no_session","version":1})"));
  CHECK_THAT(origin.call("forgot-password", R"({"email":"ada@example.com","suppress":true})", numbered_id(102)),
             Catch::EndsWith(R"({"outcome":"accepted","version":1})"));
  CHECK_THAT(origin.call("cancel-reset", R"({"token":")" + session + R"(","email":"ada@example.com"})", numbered_id(103)),
             Catch::EndsWith(R"({"outcome":"ok","version":1})"));
  CHECK_THAT(origin.call("health", health_input(settings, numbered_id(104)), numbered_id(104)),
             Catch::EndsWith(R"({"outcome":"ok","version":1})"));
  CHECK(hasher.held == 8);
  hasher.released.count_down();
}

TEST_CASE("a database that hangs keeps back its own gauges alone: metrics, health and readiness are answered",
          "[operation_embedding][metrics]") {
  const TestDatabase database;
  Told told;
  RunningOrigin origin(settings_over(database.url()), hooked(told));
  CHECK_THAT(origin.look("/metrics"),
             Catch::Contains("rekey_database_up 1\n") && Catch::Contains(R"(rekey_reset_requests{state="queued"} 0)") &&
                 Catch::Contains(R"(rekey_pool_size{pool="requests"} 8)") &&
                 Catch::Contains(R"(rekey_pool_size{pool="mail"} 2)") &&
                 Catch::Contains("\nrekey_database_clock_ahead_seconds ") && Catch::Contains(R"(rekey_build_info{origin=")"));
  PostgresConnection holder(database.url_for_tests());
  holder.begin();
  holder.run_script("LOCK TABLE gauge_lease");
  CHECK_THAT(origin.look("/metrics"),
             Catch::Contains("rekey_database_up 0\n") && Catch::Contains(R"(rekey_unavailable_total{what="metrics"} 1)") &&
                 Catch::Contains("rekey_hash_queue_places") && !Catch::Contains("rekey_reset_requests{") &&
                 !Catch::Contains("rekey_database_clock_ahead_seconds"));
  CHECK(status_of(origin.look("/healthz")) == 200);
  CHECK(status_of(origin.look("/readyz")) == 200);
  holder.roll_back();
  while (origin.look("/metrics").find("rekey_database_up 1\n") == std::string::npos) continue;  // the run under way may fail yet
}

TEST_CASE("readiness is refused in time while the store hangs, and hides nothing else", "[operation_embedding]") {
  std::latch released(1);
  Told told;
  HangingStore store(released);
  OriginParts parts = hooked(told);
  parts.store = &store;
  RunningOrigin origin(settings_over("unused"), parts);
  for (int i = 0; i < 4; ++i) CHECK(status_of(origin.look("/readyz")) == 503);
  CHECK(status_of(origin.look("/healthz")) == 200);
  CHECK_THAT(origin.look("/metrics"), !Catch::Contains("rekey_database_up") && Catch::Contains("rekey_connections"));
  released.count_down();
}

TEST_CASE("F19: the origin does not start on a database with another schema", "[operation_embedding][F19][B16]") {
  const TestDatabase database(TestDatabase::Schema::kEmpty);
  CHECK_THROWS_WITH(Origin(settings_over(database.url())), Catch::Contains("migrate"));
}

}  // namespace rekey::test
