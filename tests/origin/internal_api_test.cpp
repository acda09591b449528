#include "origin/api/internal_api.h"

#include <catch2/catch.hpp>

#include "origin/ports/unavailable.h"
#include "shared/codec/encoding.h"
#include "tests/origin/use_case_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

const std::string kId = "AbCdEfGhIjKlMnOpQrStUv";
const std::string kOtherId = "BbCdEfGhIjKlMnOpQrStUv";
const std::string kHex(64, 'a');
const std::string kClient = R"({"ip":"2001:db8::1","user_agent":"Test","country":"DE","accept_language":"de"})";

KeyRing ring_of(const std::string& text) { return KeyRing::parse(text).value(); }
std::string key_of(char filling) { return to_base64url(as_bytes(std::string(32, filling))); }

// The input of `health` of an edge with these keys.
std::string health_input(const std::string& edge_origin_keys, const std::string& token_keys, const std::string& salt = kId) {
  const auto prints = [&](const std::string& ring) { return KeyFingerprints::of(ring_of(ring), salt).text(); };
  return R"({"edge_origin_keys":")" + prints(edge_origin_keys) + R"(","token_keys":")" + prints(token_keys) + "\"}";
}

struct ApiWorld : UseCaseWorld {
  InternalApiSettings settings{.registration = Registration::kOn, .product_name = "Rekey", .languages = {"en", "de"}};
  KeyRing edge_origin_keys = ring_of("1:" + key_of('e'));
  KeyRing token_keys = ring_of("2:" + key_of('u') + ",1:" + key_of('t'));
  InternalApi api{
      settings, {accounts, recovery, hasher, normalizer, guesses, clock, events, metrics}, {edge_origin_keys, token_keys}};

  // An API with other settings over the same world.
  InternalApi api_with(const InternalApiSettings& other) {
    return InternalApi{
        other, {accounts, recovery, hasher, normalizer, guesses, clock, events, metrics}, {edge_origin_keys, token_keys}};
  }

  InternalReply call(std::string_view use_case, const std::string& input, const std::string& id = kId) {
    return api.handle(use_case, envelope(id, kClient, input), id);
  }
  InternalReply send(std::string_view use_case, const std::string& body) { return api.handle(use_case, body, kId); }

  static std::string envelope(const std::string& id, const std::string& client, const std::string& input) {
    return R"({"version":1,"request_id":")" + id + R"(","client":)" + client + R"(,"input":)" + input + "}";
  }
};

TokenHash all_a() {
  TokenHash hash{};
  hash.fill(0xaa);
  return hash;
}

}  // namespace

TEST_CASE("each use case answers with its outcomes as DESIGN.md lists them", "[internal_api]") {
  ApiWorld world;
  const std::string ada = R"("username":"ada","email":"ada@example.com")";
  const std::string user =
      R"("user":{"id":"id of ada","username":"ada","email":"ada@example.com","is_active":true,"is_verified":false,"is_superuser":false})";

  CHECK(world.call("register", "{" + ada + R"(,"password":"correct horse"})").body ==
        R"({"outcome":"created",)" + user + R"(,"version":1})");
  CHECK(world.call("register", "{" + ada + R"(,"password":"correct horse"})").body == R"({"outcome":"taken","version":1})");
  CHECK(world.call("register", "{" + ada + R"(,"password":"short"})").body ==
        R"({"outcome":"password_refused","reason":"too_short","version":1})");

  const std::string session = R"("session":")" + kHex + "\"";
  CHECK(world.call("login", R"({"email":"ada@example.com","password":"wrong",)" + session + "}").body ==
        R"({"outcome":"bad_credentials","version":1})");
  CHECK(world.call("me", "{" + session + R"(,"renewal":""})").body == R"({"outcome":"no_session","version":1})");
  const std::string proven = R"({"outcome":"ok","account":"ada@example.com","version":1})";
  CHECK(world.call("login", R"({"email":"ADA@example.com","password":"correct horse",)" + session + "}").body == proven);
  CHECK(world.call("me", "{" + session + R"(,"renewal":""})").body ==
        R"({"outcome":"ok",)" + user + R"(,"renewed":false,"version":1})");
  CHECK(world.call("me", "{" + session + R"(,"renewal":")" + std::string(64, 'b') + "\"}").body ==
        R"({"outcome":"ok",)" + user + R"(,"renewed":true,"version":1})");

  const auto change = [&](const std::string& current, const std::string& replacement, const std::string& id = kId) {
    return world
        .call("change-password",
              "{" + session + R"(,"current_password":")" + current + R"(","new_password":")" + replacement + "\"}", id)
        .body;
  };
  CHECK(change("wrong", "a good new one") == R"({"outcome":"wrong_password","version":1})");
  CHECK(change("correct horse", "password") == R"({"outcome":"password_refused","reason":"common","version":1})");
  CHECK(change("correct horse", "a good new one") == R"({"outcome":"ok","version":1})");
  CHECK(world.call("logout", "{" + session + "}").body == R"({"outcome":"ok","version":1})");
  CHECK(change("a good new one", "another new one", kOtherId) == R"({"outcome":"no_session","version":1})");

  CHECK(world.call("forgot-password", R"({"email":"ada@example.com","suppress":true})").body ==
        R"({"outcome":"accepted","version":1})");
  CHECK(world.recovery.requests.at(0).second == ForgotMark::kSuppressed);

  world.recovery.issue(all_a(), "ada");
  const std::string token = R"("token":")" + kHex + "\"";
  CHECK(world.call("reset-password", "{" + token + R"(,"new_password":"ada@example.com"})").body ==
        R"({"outcome":"password_refused","reason":"personal","version":1})");
  CHECK(world.call("reset-password", "{" + token + R"(,"new_password":"a good new one"})").body == proven);
  CHECK(world.call("reset-password", "{" + token + R"(,"new_password":"a good new one"})", kOtherId).body ==
        R"({"outcome":"bad_token","version":1})");
  CHECK(world.call("cancel-reset", "{" + token + R"(,"email":"ada@example.com"})").body == R"({"outcome":"ok","version":1})");
  CHECK(world.call("health", health_input("1:" + key_of('e'), "2:" + key_of('u') + ",1:" + key_of('t'))).body ==
        R"({"outcome":"ok","version":1})");
}

TEST_CASE("with FEATURES=recovery calls of accounts are unknown use cases", "[internal_api]") {
  ApiWorld world;
  InternalApiSettings settings = world.settings;
  settings.features = FeatureSet::kRecovery;
  settings.registration = Registration::kOff;
  auto api = world.api_with(settings);
  const auto answer = [&](std::string_view use_case, const std::string& input) {
    return api.handle(use_case, ApiWorld::envelope(kId, kClient, input), kId);
  };
  const auto unknown = answer("no-such-call", "{}");
  CHECK(unknown.status == 404);
  const std::string session = R"("session":")" + kHex + "\"";
  for (const auto& [use_case, input] : std::initializer_list<std::pair<std::string_view, std::string>>{
           {"register", R"({"username":"ada","email":"ada@example.com","password":"correct horse"})"},
           {"login", R"({"email":"ada@example.com","password":"correct horse",)" + session + "}"},
           {"logout", "{" + session + "}"},
           {"me", "{" + session + R"(,"renewal":""})"},
           {"change-password", "{" + session + R"(,"current_password":"a","new_password":"b"})"},
           {"login", "{}"}}) {
    INFO(use_case);
    CHECK(answer(use_case, input).status == 404);
    CHECK(answer(use_case, input).body == unknown.body);
  }
  CHECK(answer("forgot-password", R"({"email":"ada@example.com","suppress":false})").body ==
        R"({"outcome":"accepted","version":1})");
  CHECK(answer("reset-password", R"({"token":")" + kHex + R"(","new_password":"a good new one"})").status == 200);
  CHECK(answer("cancel-reset", R"({"token":")" + kHex + R"(","email":"ada@example.com"})").status == 200);
  CHECK(answer("health", health_input("1:" + key_of('e'), "2:" + key_of('u'))).status == 200);
}

TEST_CASE("with RECOVERY=off each call that asks for a link or uses one ends alike, and touches nothing; cancelling works",
          "[internal_api]") {
  ApiWorld world;
  InternalApiSettings settings = world.settings;
  settings.recovery_switch = Recovery::kOff;
  auto api = world.api_with(settings);
  world.call("register", R"({"username":"ada","email":"ada@example.com","password":"correct horse"})");
  world.recovery.issue(all_a(), "ada");
  const auto answer = [&](std::string_view use_case, const std::string& input) {
    return api.handle(use_case, ApiWorld::envelope(kId, kClient, input), kId).body;
  };
  const std::string off = R"({"outcome":"recovery_off","version":1})";
  for (const std::string email : {"ada@example.com", "nobody@example.com", "no address"}) {
    CHECK(answer("forgot-password", R"({"email":")" + email + R"(","suppress":false})") == off);
  }
  CHECK(world.recovery.requests.empty());
  for (const std::string password : {"a good new one", "short"}) {
    CHECK(answer("reset-password", R"({"token":")" + kHex + R"(","new_password":")" + password + "\"}") == off);
    CHECK(answer("reset-password", R"({"token":")" + std::string(64, 'b') + R"(","new_password":")" + password + "\"}") == off);
  }
  const std::string login = R"({"email":"ada@example.com","password":"correct horse","session":")" + kHex + "\"}";
  const std::string proven = R"({"outcome":"ok","account":"ada@example.com","version":1})";
  CHECK(answer("login", login) == proven);
  CHECK(world.call("reset-password", R"({"token":")" + kHex + R"(","new_password":"a good new one"})").body ==
        proven);  // the link is alive once recovery is on again
  world.recovery.issue(all_a(), "ada");
  CHECK(answer("cancel-reset", R"({"token":")" + kHex + R"(","email":"ada@example.com"})") == R"({"outcome":"ok","version":1})");
  CHECK_FALSE(world.recovery.find_reset_token(all_a()));
}

TEST_CASE("C04, C05: a code is checked and used by its prints, and only by whole ones", "[internal_api]") {
  ApiWorld world;
  InternalApiSettings settings = world.settings;
  settings.missed_codes_a_day = 2400;
  auto api = world.api_with(settings);
  const std::string right = "2:0011223344556677,1:8899aabbccddeeff";
  world.recovery.issue(all_a(), "ada");
  world.recovery.codes[right] = all_a();
  const auto answer = [&](std::string_view use_case, const std::string& input, const std::string& id = kId) {
    return api.handle(use_case, ApiWorld::envelope(id, kClient, input), id);
  };
  const auto of_code = [&](const std::string& recovery, const std::string& code) {
    return R"("recovery":")" + recovery + R"(","code":")" + code + "\"";
  };
  const std::string password = R"(,"new_password":"a good new one"})";
  const std::string bad = R"({"outcome":"bad_token","version":1})";
  const std::string ok = R"({"outcome":"ok","version":1})";
  CHECK(answer("check-code", "{" + of_code(kOtherId, "2:ffffffffffffffff") + "}").body == bad);
  CHECK(answer("reset-password", R"({"token":"",)" + of_code(kOtherId, "2:ffffffffffffffff") + password).body == bad);
  CHECK(answer("check-code", "{" + of_code(kOtherId, right) + "}").body == ok);
  for (const auto& [recovery, code] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", right}, {"short", right}, {kOtherId, ""}, {kOtherId, "2:00"}, {kOtherId, "12345678"}}) {
    INFO(recovery << " " << code);
    CHECK(answer("check-code", "{" + of_code(recovery, code) + "}").status == 422);
    CHECK(answer("reset-password", R"({"token":"",)" + of_code(recovery, code) + password).status == 422);
  }
  CHECK(answer("check-code", "{}").status == 422);
  CHECK(answer("reset-password", R"({"token":"")" + password).status == 422);
  CHECK(answer("reset-password", R"({"token":"",)" + of_code(kOtherId, right) + password).body ==
        R"({"outcome":"ok","account":"ada@example.com","version":1})");
  CHECK(answer("check-code", "{" + of_code(kOtherId, right) + "}", kOtherId).body == bad);
  settings.recovery_switch = Recovery::kOff;
  auto off = world.api_with(settings);
  const auto input = "{" + of_code(kOtherId, right) + "}";
  CHECK(off.handle("check-code", ApiWorld::envelope(kId, kClient, input), kId).body ==
        R"({"outcome":"recovery_off","version":1})");
}

TEST_CASE("health names the keys that differ, as far as calls or links break by it", "[internal_api][health]") {
  ApiWorld world;  // EDGE_ORIGIN_KEYS 1:e, RESET_PASSWORD_TOKEN_SECRET 2:u,1:t
  const auto e = "1:" + key_of('e');
  const auto t = "1:" + key_of('t');
  const auto u = "2:" + key_of('u');
  const auto answer = [&](const std::string& edge_origin, const std::string& tokens) {
    return world.call("health", health_input(edge_origin, tokens)).body;
  };
  const std::string ok = R"({"outcome":"ok","version":1})";
  const std::string other_tokens = R"({"outcome":"other_keys","reason":"RESET_PASSWORD_TOKEN_SECRET","version":1})";
  const std::string other_edge = R"({"outcome":"other_keys","reason":"EDGE_ORIGIN_KEYS","version":1})";

  CHECK(answer(e, u) == ok);
  CHECK(answer(e, t + "," + u) == ok);
  CHECK(answer(e + ",2:" + key_of('f'), u) == ok);            // a change of keys that has begun at the edge
  CHECK(answer(e, u + ",3:" + key_of('v')) == ok);            // the same
  CHECK(answer(e, t) == other_tokens);                        // the edge refuses links of this origin
  CHECK(answer(e, "2:" + key_of('x')) == other_tokens);       // the same id, another key
  CHECK(answer(e, "3:" + key_of('u')) == other_tokens);       // the same key under another id
  CHECK(answer(e, u + ",1:" + key_of('x')) == other_tokens);  // links break when key 1 signs
  CHECK(answer("2:" + key_of('f') + ",1:" + key_of('x'), u) == other_edge);
  CHECK(world.events.count(Event::kOtherKeys) == 5);
  CHECK(world.metrics.counted(Counter::kAlarms, "other_keys") == 5);
}

TEST_CASE("health accepts no fingerprints of another call, and none that are no list", "[internal_api][health]") {
  ApiWorld world;
  const auto e = "1:" + key_of('e');
  const auto u = "2:" + key_of('u');
  CHECK(world.call("health", health_input(e, u, "AbCdEfGhIjKlMnOpQrStUw")).body.find("other_keys") != std::string::npos);
  CHECK(world.call("health", R"({"edge_origin_keys":"","token_keys":""})").status == 422);
  CHECK(world.call("health", R"({"edge_origin_keys":"1:0123456789abcdef","token_keys":"x"})").status == 422);
  CHECK(world.call("health", "{}").status == 422);
}

TEST_CASE("registration answers that it is off", "[internal_api]") {
  ApiWorld world;
  InternalApi off(
      {.product_name = "Rekey"},
      {world.accounts, world.recovery, world.hasher, world.normalizer, world.guesses, world.clock, world.events, world.metrics},
      {world.edge_origin_keys, world.token_keys});
  const std::string input = R"({"username":"ada","email":"ada@example.com","password":"correct horse"})";
  CHECK(off.handle("register", ApiWorld::envelope(kId, kClient, input), kId).body ==
        R"({"outcome":"registration_off","version":1})");
}

TEST_CASE("P04: a password of more bytes than the hasher takes is refused, with a reason of its own", "[internal_api]") {
  ApiWorld world;
  world.hasher.most = 72;
  const InternalApiSettings settings{.registration = Registration::kOn, .product_name = "Rekey"};
  InternalApi api(
      settings,
      {world.accounts, world.recovery, world.hasher, world.normalizer, world.guesses, world.clock, world.events, world.metrics},
      {world.edge_origin_keys, world.token_keys});
  const auto registered = [&](std::size_t size) {
    const std::string account = R"({"username":"ada","email":"ada@example.com","password":")" + std::string(size, 'x') + "\"}";
    return api.handle("register", ApiWorld::envelope(kId, kClient, account), kId).body;
  };
  CHECK(registered(73) == R"({"outcome":"password_refused","reason":"too_many_bytes","version":1})");
  CHECK(world.hasher.hashed == 0);
  CHECK(registered(72).starts_with(R"({"outcome":"created")"));
}

TEST_CASE("input that the edge would never send is refused, and nothing is done", "[internal_api]") {
  ApiWorld world;
  const std::string good = R"({"email":"ada@example.com","suppress":false})";
  const auto status = [&](const std::string& body) { return world.send("forgot-password", body).status; };
  const auto with_input = [&](const std::string& input) { return status(ApiWorld::envelope(kId, kClient, input)); };
  const auto with_client = [&](const std::string& client) { return status(ApiWorld::envelope(kId, client, good)); };

  CHECK(status("") == 400);
  CHECK(status("{") == 400);
  CHECK(status("[]") == 422);
  CHECK(status("{}") == 422);
  CHECK(status(std::string(40000, ' ')) == 413);
  CHECK(status(ApiWorld::envelope("AbCdEfGhIjKlMnOpQrStUw", kClient, good)) == 422);  // not the nonce
  CHECK(with_client("{}") == 422);
  CHECK(with_client(R"({"ip":"x y","user_agent":"","country":"","accept_language":""})") == 422);
  CHECK(with_client(R"({"ip":"","user_agent":"","country":"de","accept_language":""})") == 422);
  CHECK(with_input("{}") == 422);
  CHECK(with_input(R"({"email":"ada@example.com"})") == 422);
  CHECK(with_input(R"({"email":"ada@example.com","suppress":"no"})") == 422);
  CHECK(with_input(R"({"email":["ada@example.com"],"suppress":false})") == 422);
  CHECK(with_input(R"({"email":"ada@example.com","suppress":false,"user_id":1})") == 422);
  CHECK(with_input(R"({"email":"a@example.com","\u0065mail":"b@example.com","suppress":false})") == 422);
  CHECK(with_input(R"({"email":"v@example.com\u0000e","suppress":false})") == 422);       // S20
  CHECK(with_input(R"({"email":"v@x.test\r\nBcc: e@x.test","suppress":false})") == 422);  // U13
  CHECK(with_input(R"({"email":"no address","suppress":false})") == 422);
  CHECK(world.recovery.requests.empty());
  CHECK(world.events.count(Event::kShapeRejected) == 18);
  CHECK(with_input(good) == 200);
}

namespace {

std::string with_version(const std::string& version, const std::string& addition = "") {
  return R"({"version":)" + version + R"(,"request_id":")" + kId + R"(","client":)" + kClient +
         R"(,"input":{"email":"ada@example.com","suppress":false)" + addition + "}" + addition + "}";
}

}  // namespace

TEST_CASE("calls of an edge of the version before and of the next one are carried out", "[internal_api][version]") {
  ApiWorld world;
  for (const auto* version : {"0", "1", "2"}) {
    const auto reply = world.send("forgot-password", with_version(version));
    CHECK(reply.body == R"({"outcome":"accepted","version":1})");
  }
  CHECK(world.recovery.requests.size() == 3);
}

TEST_CASE("unknown fields of a newer edge, and of an older one, are ignored; of this version they are refused",
          "[internal_api][version]") {
  ApiWorld world;
  const std::string addition = R"(,"hint":{"new":true})";
  CHECK(world.send("forgot-password", with_version("2", addition)).status == 200);
  CHECK(world.send("forgot-password", with_version("1", addition)).status == 422);
  CHECK(world.send("forgot-password", with_version("0", addition)).status == 200);
  CHECK(world.recovery.requests.size() == 2);
}

TEST_CASE("a call that is more than one version away is refused by name, whatever its form, and nothing is done",
          "[internal_api][version]") {
  ApiWorld world;
  for (const std::string& body :
       {with_version("3"), with_version("-1"), with_version("9000000000"), std::string(R"({"version":7,"call":["x"]})")}) {
    const auto reply = world.send("forgot-password", body);
    CHECK(reply.status == 400);
    CHECK(reply.outcome == "other_version");
    CHECK(reply.body.find("\"urn:rekey:problem:other-version\"") != std::string::npos);
  }
  CHECK(world.recovery.requests.empty());
  CHECK(world.metrics.counted(Counter::kAlarms, "other_version") == 4);
}

TEST_CASE("all calls of an edge that is too far away are counted, and one a minute is written down", "[internal_api][version]") {
  ApiWorld world;
  const auto send = [&] { world.send("forgot-password", with_version("9")); };
  send();
  send();
  world.clock.pass(std::chrono::milliseconds(59'999));
  send();
  CHECK(world.events.count(Event::kOtherVersion) == 1);
  world.clock.pass(std::chrono::milliseconds(1));
  send();
  send();
  CHECK(world.events.count(Event::kOtherVersion) == 2);
  CHECK(world.metrics.counted(Counter::kAlarms, "other_version") == 5);
}

TEST_CASE("a call without a version, or with a broken one, is malformed", "[internal_api][version]") {
  ApiWorld world;
  const auto body = with_version("1");
  CHECK(world.send("forgot-password", "{" + body.substr(body.find(',') + 1)).status == 422);
  for (const auto* version : {R"("1")", "1.5", "null", R"(1,"version":2)"}) {
    CHECK(world.send("forgot-password", with_version(version)).status == 422);
  }
  CHECK(world.recovery.requests.empty());
}

TEST_CASE("a token or session is given by exactly 64 lower-case hex digits", "[internal_api]") {
  ApiWorld world;
  world.recovery.issue(all_a(), "ada");
  for (const std::string& hash :
       {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'), std::string(64, 'g')}) {
    CHECK(world.call("reset-password", R"({"token":")" + hash + R"(","new_password":"a good new one"})").status == 422);
    CHECK(world.call("logout", R"({"session":")" + hash + "\"}").status == 422);
  }
  CHECK(world.call("me", R"({"session":")" + kHex + R"(","renewal":"x"})").status == 422);
  CHECK(world.recovery.live.size() == 1);
}

TEST_CASE("a refusal names the field and repeats none of its value", "[internal_api]") {
  ApiWorld world;
  const auto reply = world.call("forgot-password", R"({"email":"secret nonsense","suppress":false})");
  CHECK(reply.outcome == "problem_422");
  CHECK(reply.body.find(R"("errors":[{"pointer":"/input/email")") != std::string::npos);
  CHECK(reply.body.find("secret") == std::string::npos);
}

TEST_CASE("texts of the client that are only displayed are cut and cleaned, not refused", "[internal_api]") {
  ApiWorld world;
  const std::string client =
      R"({"ip":"","user_agent":")" + std::string(300, 'u') + R"(\u00e9","country":"","accept_language":"\u00e9"})";
  CHECK(
      world.send("forgot-password", ApiWorld::envelope(kId, client, R"({"email":"ada@example.com","suppress":false})")).status ==
      200);
}

TEST_CASE("an unknown use case is not found", "[internal_api]") {
  ApiWorld world;
  CHECK(world.call("drop-tables", "{}").status == 404);
  CHECK(world.call("", "{}").status == 404);
  CHECK(world.call("Login", "{}").status == 404);
}

TEST_CASE("Unavailable passes through to the server, and the token stays alive", "[internal_api]") {
  ApiWorld world;
  world.recovery.issue(all_a(), "ada");
  world.hasher.before_turn = []() { throw Unavailable("no room"); };
  CHECK_THROWS_AS(world.call("reset-password", R"({"token":")" + kHex + R"(","new_password":"a good new one"})"), Unavailable);
  CHECK(world.recovery.live.size() == 1);
}

namespace {

// Remembers one call.
class OneAnswer final : public AnswerStore {
 public:
  BegunCall begin(const CallRepeat& repeat, const std::string& request_id) override {
    if (!known_) known_ = repeat;
    if (known_->body != repeat.body) return {BegunCall::Kind::kOtherBody, request_id, {}};
    if (kept) return {BegunCall::Kind::kAnswered, request_id, *kept};
    return {BegunCall::Kind::kRun, request_id, {}};
  }
  void keep(const CallRepeat&, const CallAnswer& answer) override { kept = answer; }

  std::optional<CallAnswer> kept;

 private:
  std::optional<CallRepeat> known_;
};

struct RepeatingApi : ApiWorld {
  OneAnswer answers;
  InternalApi api{settings,
                  {accounts, recovery, hasher, normalizer, guesses, clock, events, metrics, &answers},
                  {edge_origin_keys, token_keys}};

  std::string body_of(std::string_view use_case, const std::string& input, const std::string& repeat,
                      const std::string& id = kId) {
    auto body = envelope(id, kClient, input);
    body.pop_back();
    return api.handle(use_case, body + R"(,"repeat":")" + repeat + "\"}", id).body;
  }
};

const std::string kRepeat = kHex + std::string(64, 'b');

}  // namespace

TEST_CASE("R12: a registration under an Idempotency-Key gets the same account again", "[internal_api][repeated_calls]") {
  RepeatingApi world;
  const std::string input = R"({"username":"ada","email":"ada@example.com","password":"correct horse"})";
  const auto first = world.body_of("register", input, kRepeat);
  CHECK(first.find("\"created\"") != std::string::npos);
  CHECK(world.body_of("register", input, kRepeat, kOtherId) == first);
  CHECK(world.answers.kept->detail == "id of ada");
  CHECK(world.body_of("register", input, kHex + std::string(64, 'c')) == R"({"outcome":"other_body","version":1})");
}

TEST_CASE("R12: a reset under an Idempotency-Key names the same account again, and keeps nothing of it",
          "[internal_api][repeated_calls]") {
  RepeatingApi world;
  world.recovery.issue(all_a(), "ada");
  const std::string input = R"({"token":")" + kHex + R"(","new_password":"a good new one"})";
  const auto first = world.body_of("reset-password", input, kRepeat);
  CHECK(first == R"({"outcome":"ok","account":"ada@example.com","version":1})");
  CHECK(world.body_of("reset-password", input, kRepeat, kOtherId) == first);
  CHECK(world.answers.kept->detail == kId);
  world.recovery.reset.clear();
  CHECK(world.body_of("reset-password", input, kRepeat, kOtherId) == R"({"outcome":"ok","version":1})");
}

TEST_CASE("the account is named by its address in lower case, and only if somebody could log in to it", "[internal_api]") {
  CHECK(proven_account_reply("A.da+x@Example.com").body == R"({"outcome":"ok","account":"a.da+x@example.com","version":1})");
  for (const std::string_view address : {"", "ada", "\"ada\"@example.com"}) {
    CHECK(proven_account_reply(address).body == R"({"outcome":"ok","version":1})");
  }
}

TEST_CASE("R12: a refused password is refused again with its reason", "[internal_api][repeated_calls]") {
  RepeatingApi world;
  const std::string input = R"({"username":"ada","email":"ada@example.com","password":"short"})";
  const auto first = world.body_of("register", input, kRepeat);
  CHECK(first == R"({"outcome":"password_refused","reason":"too_short","version":1})");
  CHECK(world.body_of("register", input, kRepeat, kOtherId) == first);
}

TEST_CASE("R12: a switch of the operator's is no answer of the call's", "[internal_api][repeated_calls]") {
  RepeatingApi world;
  InternalApi off({.registration = Registration::kOff, .product_name = "Rekey"},
                  {world.accounts, world.recovery, world.hasher, world.normalizer, world.guesses, world.clock, world.events,
                   world.metrics, &world.answers},
                  {world.edge_origin_keys, world.token_keys});
  auto body = ApiWorld::envelope(kId, kClient, R"({"username":"ada","email":"ada@example.com","password":"correct horse"})");
  body.pop_back();
  CHECK(off.handle("register", body + R"(,"repeat":")" + kRepeat + "\"}", kId).body ==
        R"({"outcome":"registration_off","version":1})");
  CHECK_FALSE(world.answers.kept);
}

TEST_CASE("R12: a malformed repeat, and one of a use case that has none, is refused", "[internal_api][repeated_calls]") {
  RepeatingApi world;
  const std::string input = R"({"username":"ada","email":"ada@example.com","password":"correct horse"})";
  for (const auto& repeat : {std::string(), kHex, kRepeat + "a", std::string(128, 'A')}) {
    CHECK(world.body_of("register", input, repeat).find("/repeat") != std::string::npos);
  }
  CHECK(world.body_of("logout", R"({"session":")" + kHex + "\"}", kRepeat).find("/repeat") != std::string::npos);
}

TEST_CASE("an owner's sessions are listed with devices in words of our own", "[internal_api][own_sessions]") {
  ApiWorld world;
  world.accounts.add("ada", "hash");
  world.accounts.sessions[all_a()] = world.accounts.all.front().user.id;
  const std::chrono::sys_seconds start{std::chrono::seconds(1'893'456'000)};
  world.accounts.listed = {{.id = "an id",
                            .is_own = true,
                            .user_agent = "<b>Firefox/140 Linux",
                            .country = "DE",
                            .started_at = start,
                            .renewed_at = std::nullopt,
                            .expires_at = start + std::chrono::minutes(30)}};
  const std::string session = R"("session":")" + kHex + "\"";
  CHECK(world.call("sessions", "{" + session + "}").body ==
        R"({"outcome":"ok","own":{"sessions":[{"id":"an id","current":true,"browser":"Firefox","system":"Linux","country":"DE",)"
        R"("started_at":"2030-01-01T00:00:00Z","renewed_at":null,"expires_at":"2030-01-01T00:30:00Z"}]},"version":1})");
  CHECK(world.call("end-sessions", "{" + session + R"(,"chosen":"an id"})").body == R"({"outcome":"ok","version":1})");
  CHECK(world.accounts.chosen == std::vector<std::string>{"an id"});
  const std::string none = R"("session":")" + std::string(64, 'b') + "\"";
  CHECK(world.call("sessions", "{" + none + "}").body == R"({"outcome":"no_session","version":1})");
  CHECK(world.call("end-sessions", "{" + none + R"(,"chosen":""})").body == R"({"outcome":"no_session","version":1})");
}
