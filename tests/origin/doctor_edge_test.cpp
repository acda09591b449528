// What `rekey-origin doctor` finds at FRONTEND_URL and at ORIGIN_LISTEN: our own, strangers, and nobody.
#include <catch2/catch.hpp>

#include "origin/api/internal_routes.h"
#include "origin/doctor/edge_check.h"
#include "origin/doctor/origin_check.h"
#include "origin/ports/unavailable.h"
#include "origin/system/system_random.h"
#include "shared/codec/json_writer.h"
#include "shared/edge_statement.h"
#include "shared/key_fingerprints.h"
#include "tests/origin/doctor_world.h"
#include "tests/origin/http_client.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/smtp_server.h"
#include "tests/origin/use_case_world.h"

namespace rekey::test {
namespace {

const std::string kEdgeKey = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kTokenKey = "1:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kAnotherKey = "AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

std::int64_t unix_now() { return SystemClock().now().time_since_epoch().count(); }

// An edge's settings and its origin's answer to /healthz.
struct EdgeState {
  std::string edge_origin_keys = kEdgeKey;
  std::string token_keys = kTokenKey;
  std::string frontend_url{};  // "" for its own
  std::string product_name = "Rekey";
  std::int64_t password_min_length = 8;
  std::int64_t session_minutes = 30;
  std::string password_format = "argon2id";
  std::string features = "all";
  std::string recovery = "on";
  std::int64_t clock_ahead = 0;
  std::int64_t version = kCallVersion;
  HttpAnswer health = {200, "application/json", R"({"status":"ok"})", {}};
  std::string allowed_origin{};
};

std::string statement(const EdgeState& state, std::string_view challenge, const std::string& url) {
  const auto prints = [&](const std::string& ring) {
    return KeyFingerprints::of(KeyRing::parse(ring).value(), challenge).text();
  };
  JsonWriter json;
  json.begin_object().key(kVersionName).integer(state.version).key(kUnixTimeName).integer(unix_now() + state.clock_ahead);
  json.member(kEdgeOriginKeysName, prints(state.edge_origin_keys)).member(kTokenKeysName, prints(state.token_keys));
  json.member(kFrontendUrlName, state.frontend_url.empty() ? url : state.frontend_url)
      .member(kProductNameName, state.product_name);
  json.key(kPasswordMinLengthName).integer(state.password_min_length);
  if (state.features == "all") json.key(kSessionMinutesName).integer(state.session_minutes);
  json.member(kPasswordFormatName, state.password_format);
  return json.member(kRecoveryName, state.recovery).end_object().take();
}

class StubEdge {
 public:
  explicit StubEdge(EdgeState state) : state_(std::move(state)) {}
  std::string url() const { return "http://127.0.0.1:" + std::to_string(front_.port()); }

 private:
  HttpAnswer answer(const HttpRequest& request) const {
    if (request.method == "OPTIONS") return preflight(request);
    const auto challenge = request.only(kChallengeHeader);
    if (!challenge) return state_.health;
    return {200, "application/json", statement(state_, *challenge, url()), {}};
  }

  HttpAnswer preflight(const HttpRequest& request) const {
    if (request.only("origin") == state_.allowed_origin) return {204, "", "", {}};
    return problem(403, "urn:rekey:problem:cross-site", "Calls from other sites are refused.");
  }

  EdgeState state_;
  FrontWorld front_{{}, [this](const HttpRequest& request) { return answer(request); }};
};

EdgeExamination examination_at(const std::string& url, Running running = Running::kNo, const SettingMap& changes = {}) {
  auto given = changes;
  given["FRONTEND_URL"] = url;
  SystemRandom random;
  return examine_edge(doctor_settings(given), running, kDoctorPatience, SystemClock(), random);
}

std::string cause_at(const std::string& url) { return causes_in(examination_at(url).findings); }
std::string cause_of(const EdgeState& state, Running running = Running::kNo) {
  const StubEdge edge(state);
  return causes_in(examination_at(edge.url(), running).findings);
}

// A site that gives each request this answer.
std::string cause_of_site(const HttpAnswer& answer) {
  const FrontWorld site({}, [&](const HttpRequest&) { return answer; });
  return cause_at("http://127.0.0.1:" + std::to_string(site.port()));
}

HttpAnswer problem_of(int status, const std::string& type) { return problem(status, "urn:rekey:problem:" + type, "See there."); }

}  // namespace

TEST_CASE("doctor knows its own edge by its keys", "[doctor][doctor_edge]") {
  const StubEdge edge({});
  const auto examination = examination_at(edge.url() + "/");
  CHECK(causes_in(examination.findings) == "");
  REQUIRE(examination.clock_ahead);
  CHECK(std::abs(examination.clock_ahead->count()) <= 1);
}

TEST_CASE("an edge that can't be reached from here is a note", "[doctor][doctor_edge]") {
  CHECK(cause_at("http://localhost:" + port_of_nobody()) == "(nobody)");
  CHECK(cause_at("https://accounts..invalid") == "(host)");
}

TEST_CASE("an edge that gives no answer is a note", "[doctor][doctor_edge]") {
  const auto silent = open_listener(*ListenAddress::parse("127.0.0.1:0"));
  CHECK(cause_at("http://127.0.0.1:" + std::to_string(port_of(silent))) == "(silent)");
}

TEST_CASE("broken: another site answers at FRONTEND_URL", "[doctor][doctor_edge]") {
  CHECK(cause_of_site({200, "text/html", "<html>", {}}) == "another");
  CHECK(cause_of_site({200, "application/json", R"({"status":"ok"})", {}}) == "another");
  CHECK(cause_of_site({404, "text/html", "<html>", {}}) == "another");
  const SmtpServer relay;
  CHECK(cause_at("http://127.0.0.1:" + std::to_string(relay.port())) == "another");
}

TEST_CASE("broken: a proxy without an edge answers at FRONTEND_URL", "[doctor][doctor_edge]") {
  CHECK(cause_of_site({502, "text/html", "<html>", {}}) == "broken");
  CHECK(cause_of_site(problem_of(503, "unavailable")) == "broken");
}

TEST_CASE("broken: FRONTEND_URL redirects", "[doctor][doctor_edge]") {
  CHECK(cause_of_site({301, "text/html", "", {{"Location", "https://www.example.com/healthz"}}}) == "redirect");
}

TEST_CASE("broken: the proxy before the edge does not tell it that the call came over https", "[doctor][doctor_edge]") {
  CHECK(cause_of_site(problem_of(403, "https-required")) == "forwarded_proto");
}

TEST_CASE("broken: FRONTEND_URL is https, and the server there speaks plain http", "[doctor][doctor_edge]") {
  const FrontWorld site;
  CHECK(cause_at("https://127.0.0.1:" + std::to_string(site.port())) == "tls");
}

TEST_CASE("broken: the certificate at FRONTEND_URL is not valid", "[doctor][doctor_edge]") {
  const Certificate certificate;
  const SmtpServer site({.tls = SmtpTls::kImplicit}, &certificate);  // shakes hands like any server
  CHECK(cause_at("https://127.0.0.1:" + std::to_string(site.port())) == "certificate");
}

TEST_CASE("broken: the edge has another key for its calls", "[doctor][doctor_edge]") {
  CHECK(cause_of({.edge_origin_keys = "1:" + kAnotherKey}) == "other_keys");
  CHECK(cause_of({.edge_origin_keys = "2:" + kAnotherKey + "," + kEdgeKey}) == "other_keys");  // signs with a key unknown here
}

TEST_CASE("broken: the edge has another key for tokens, so it refuses every link", "[doctor][doctor_edge]") {
  CHECK(cause_of({.token_keys = "1:" + kAnotherKey}) == "other_keys");
  CHECK(cause_of({.token_keys = "2:" + kAnotherKey}) == "other_keys");
  CHECK(cause_of({.edge_origin_keys = "1:" + kAnotherKey, .token_keys = "2:" + kAnotherKey}) == "other_keys other_keys");
}

TEST_CASE("broken: after the wrong order of a change of keys the links have a key that the edge lacks", "[doctor][doctor_edge]") {
  const StubEdge edge({});
  const SettingMap rotated{{"RESET_PASSWORD_TOKEN_SECRET", "2:" + kAnotherKey + "," + kTokenKey}};
  CHECK(causes_in(examination_at(edge.url(), Running::kNo, rotated).findings) == "other_keys");
}

TEST_CASE("a change of keys under way is a note", "[doctor][doctor_edge]") {
  CHECK(cause_of({.edge_origin_keys = kEdgeKey + ",2:" + kAnotherKey}) == "(rotation)");
  CHECK(cause_of({.token_keys = kTokenKey + ",2:" + kAnotherKey}) == "(rotation)");
  CHECK(cause_of({.token_keys = "2:" + kAnotherKey + "," + kTokenKey}) == "(rotation)");
}

TEST_CASE("broken: a setting that must be the same differs at the edge", "[doctor][doctor_edge]") {
  CHECK(cause_of({.frontend_url = "https://www.example.com"}) == "setting");
  CHECK(cause_of({.product_name = "Example"}) == "setting");
  CHECK(cause_of({.password_min_length = 12}) == "setting");
  CHECK(cause_of({.session_minutes = 60}) == "setting");
  CHECK(cause_of({.password_format = "bcrypt-2y"}) == "setting");
  CHECK(cause_of({.features = "recovery"}) == "setting");
  CHECK(cause_of({.recovery = "off"}) == "setting");
  const StubEdge edge({.session_minutes = 60});
  CHECK_THAT(texts_in(examination_at(edge.url()).findings), Catch::EndsWith("ACCESS_TOKEN_EXPIRE_MINUTES\n"));
}

TEST_CASE("with FEATURES=recovery the edge tells nothing of sessions, and doctor misses nothing", "[doctor][doctor_edge]") {
  const SettingMap recovery{{"FEATURES", "recovery"}};
  const StubEdge alone({.features = "recovery"});
  CHECK(causes_in(examination_at(alone.url(), Running::kNo, recovery).findings) == "");
  CHECK_THAT(texts_in(examination_at(alone.url()).findings), Catch::EndsWith("FEATURES\n"));
  const StubEdge all({});
  CHECK_THAT(texts_in(examination_at(all.url(), Running::kNo, recovery).findings), Catch::EndsWith("FEATURES\n"));
}

TEST_CASE("a page of RESET_PAGE_URL that may not call the edge is a note", "[doctor][doctor_edge]") {
  const StubEdge edge({.allowed_origin = "https://shop.example.com"});
  const auto examined = [&](const std::string& page) {
    return examination_at(edge.url(), Running::kNo, {{"RESET_PAGE_URL", page}}).findings;
  };
  for (const auto* page : {"https://shop.example.com/new", "https://Shop.example.com:443/new?a=b", ""}) {
    CAPTURE(page);
    CHECK(causes_in(examined(page)) == "");
  }
  CHECK(causes_in(examined(edge.url() + "/another-page")) == "");
  for (const auto* page : {"https://shop.example.com:8443/new", "https://www.shop.example.com/new", "http://localhost/new"}) {
    CAPTURE(page);
    CHECK(causes_in(examined(page)) == "(reset_page)");
  }
  CHECK_THAT(texts_in(examined("https://Shop.example.com:8443/new")), Catch::EndsWith("https://shop.example.com:8443\n"));
}

TEST_CASE("an edge of a neighbouring version is a note", "[doctor][doctor_edge]") {
  CHECK(cause_of({.version = kCallVersion + 1}) == "(upgrade)");
  CHECK(cause_of({.version = kCallVersion - 1}) == "(upgrade)");
}

TEST_CASE("broken: edge and origin are more than one version apart", "[doctor][doctor_edge]") {
  CHECK(cause_of({.version = kCallVersion + 2}) == "other_version");
  CHECK(cause_of({.version = kCallVersion - 2}) == "other_version");
  CHECK(cause_of({.health = problem_of(503, "other-version")}) == "origin_version");
}

TEST_CASE("broken: the edge calls an origin with other keys, or with another clock", "[doctor][doctor_edge]") {
  CHECK(cause_of({.health = problem_of(503, "other-keys")}) == "origin_keys");
  CHECK(cause_of({.health = problem_of(503, "clocks-apart")}) == "clocks");
}

TEST_CASE("broken: the edge reaches no origin although one runs here", "[doctor][doctor_edge]") {
  CHECK(cause_of({.health = problem_of(503, "unavailable")}, Running::kYes) == "no_origin");
  CHECK(cause_of({.health = problem_of(503, "unavailable")}, Running::kNo) == "(no_origin)");
}

TEST_CASE("doctor reads the edge's clock", "[doctor][doctor_edge]") {
  for (const int ahead : {-3600, 3600}) {
    const StubEdge edge({.clock_ahead = ahead});
    const auto read = examination_at(edge.url()).clock_ahead;
    REQUIRE(read);
    CHECK(std::abs(read->count() - ahead) <= 1);
  }
}

namespace {

// An origin's API on a port, with these keys.
class StubOrigin {
 public:
  StubOrigin(const std::string& edge_origin_keys, const std::string& token_keys)
      : edge_origin_(KeyRing::parse(edge_origin_keys).value()), tokens_(KeyRing::parse(token_keys).value()) {}
  std::string listen() const { return "127.0.0.1:" + std::to_string(front_.port()); }

 private:
  KeyRing edge_origin_;
  KeyRing tokens_;
  UseCaseWorld world_;
  SystemClock clock_;
  CallEvents call_events_{world_.events};
  InternalApi api_{{.product_name = "Rekey"},
                   {world_.accounts, world_.recovery, world_.hasher, world_.normalizer, world_.guesses, world_.clock,
                    call_events_, world_.metrics},
                   {edge_origin_, tokens_}};
  InternalRoutes routes_{{api_, edge_origin_, clock_, call_events_, world_.metrics}};
  FrontWorld front_{{}, [this](const HttpRequest& request) { return routes_.answer(request); }};
};

OriginExamination origin_at(const std::string& listen, const Clock& clock = SystemClock(), const SettingMap& changes = {}) {
  auto given = changes;
  given["ORIGIN_LISTEN"] = listen;
  SystemRandom random;
  return examine_origin(doctor_settings(given), kDoctorPatience, clock, random);
}

std::string cause_at_origin(const std::string& listen) { return causes_in(origin_at(listen).findings); }

}  // namespace

TEST_CASE("doctor knows its own origin by its answer to a signed call", "[doctor][doctor_origin]") {
  const StubOrigin origin(kEdgeKey, kTokenKey);
  const auto examination = origin_at(origin.listen());
  CHECK(causes_in(examination.findings) == "");
  CHECK(examination.running == Running::kYes);
}

TEST_CASE("an origin that does not run is no fault while its ports are free", "[doctor][doctor_origin]") {
  const auto examination = origin_at("127.0.0.1:" + port_of_nobody());
  CHECK(causes_in(examination.findings) == "");
  CHECK(examination.running == Running::kNo);
}

TEST_CASE("broken: another program has the origin's port", "[doctor][doctor_origin]") {
  const SmtpServer relay;
  CHECK(cause_at_origin("127.0.0.1:" + std::to_string(relay.port())) == "port");
  const FrontWorld site({}, [](const HttpRequest&) { return HttpAnswer{404, "text/html", "<html>", {}}; });
  CHECK(cause_at_origin("127.0.0.1:" + std::to_string(site.port())) == "another_program");
}

TEST_CASE("broken: another program has the operator's port", "[doctor][doctor_origin]") {
  const SmtpServer relay;
  const auto examination =
      origin_at("127.0.0.1:" + port_of_nobody(), SystemClock(), {{"OPS_LISTEN", "127.0.0.1:" + std::to_string(relay.port())}});
  CHECK(causes_in(examination.findings) == "port");
  CHECK_THAT(texts_in(examination.findings), Catch::Contains("in use by another process"));
}

TEST_CASE("broken: ORIGIN_LISTEN is no address of this machine", "[doctor][doctor_origin]") {
  CHECK(cause_at_origin("192.0.2.1:8080") == "port");
}

TEST_CASE("broken: the origin that runs was started with other keys", "[doctor][doctor_origin]") {
  const StubOrigin other_edge_keys("1:" + kAnotherKey, kTokenKey);
  CHECK(cause_at_origin(other_edge_keys.listen()) == "other_keys");
  const StubOrigin other_token_keys(kEdgeKey, "1:" + kAnotherKey);
  CHECK(cause_at_origin(other_token_keys.listen()) == "other_keys");
  CHECK(origin_at(other_token_keys.listen()).running == Running::kYes);
}

TEST_CASE("broken: the origin that runs has another clock", "[doctor][doctor_origin]") {
  const StubOrigin origin(kEdgeKey, kTokenKey);
  CHECK(causes_in(origin_at(origin.listen(), HandClock()).findings) == "clock");
}

TEST_CASE("broken: the origin that runs is more than one version away", "[doctor][doctor_origin]") {
  const auto cause_of_answer = [](const HttpAnswer& answer) {
    const FrontWorld origin({}, [&](const HttpRequest&) { return answer; });
    return cause_at_origin("127.0.0.1:" + std::to_string(origin.port()));
  };
  CHECK(cause_of_answer(problem_of(400, "other-version")) == "other_version");
  CHECK(cause_of_answer({200, "application/json", R"({"version":9,"result":"ok"})", {}}) == "other_version");
  CHECK(cause_of_answer({200, "application/json", R"({"outcome":"ok","version":2,"new":1})", {}}) == "");
}

TEST_CASE("broken: the origin that runs has lost its database", "[doctor][doctor_origin]") {
  const FrontWorld origin({}, [](const HttpRequest&) { return unavailable_problem("Try again in a moment."); });
  CHECK(cause_at_origin("127.0.0.1:" + std::to_string(origin.port())) == "unavailable");
}

}  // namespace rekey::test
