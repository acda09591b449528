// What `rekey-origin doctor` finds at the receivers of webhooks.
#include <catch2/catch.hpp>

#include "origin/doctor/webhook_check.h"
#include "tests/origin/doctor_world.h"
#include "tests/origin/http_client.h"
#include "tests/origin/smtp_server.h"

namespace rekey::test {
namespace {

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::vector<Finding> findings_at(const std::string& urls, const SettingMap& changes = {}) {
  auto given = changes;
  given["WEBHOOK_URLS"] = urls;
  given["WEBHOOK_SECRETS"] = kSecret;
  return examine_webhooks(doctor_settings(given), kDoctorPatience);
}

std::string cause_at(const std::string& urls, const SettingMap& changes = {}) { return causes_in(findings_at(urls, changes)); }

std::string local(std::uint16_t port, const std::string& scheme = "http") {
  return scheme + "://127.0.0.1:" + std::to_string(port) + "/";
}

std::string cause_of_answer(const HttpAnswer& answer) {
  const FrontWorld receiver({}, [&](const HttpRequest&) { return answer; });
  return cause_at(local(receiver.port()));
}

}  // namespace

TEST_CASE("a receiver that answers is well, whatever it thinks of a GET", "[doctor][doctor_webhook]") {
  for (const int status : {200, 204, 400, 401, 404, 405}) CHECK(cause_of_answer({status, "text/plain", "", {}}) == "");
}

TEST_CASE("broken: a receiver redirects, is gone, or fails", "[doctor][doctor_webhook]") {
  CHECK(cause_of_answer({308, "text/plain", "", {{"Location", "https://www.example.com/"}}}) == "redirect");
  CHECK(cause_of_answer({410, "text/plain", "", {}}) == "(gone)");
  CHECK(cause_of_answer({503, "text/plain", "", {}}) == "(fails)");
}

TEST_CASE("broken: nobody is there, or nobody answers", "[doctor][doctor_webhook]") {
  CHECK(cause_at("http://localhost:" + port_of_nobody() + "/") == "not_listening");
  CHECK(cause_at("https://hooks..invalid/") == "host");
  const auto silent = open_listener(*ListenAddress::parse("127.0.0.1:0"));
  CHECK(cause_at(local(port_of(silent))) == "silent");
}

TEST_CASE("broken: a receiver's address is private, unless that is allowed", "[doctor][doctor_webhook]") {
  CHECK(cause_at("https://10.0.0.1/") == "private");
  CHECK(cause_at("https://169.254.169.254/latest/meta-data/") == "private");
  CHECK(cause_at("https://[::ffff:127.0.0.1]/") == "private");
  CHECK(cause_at("http://127.1:" + port_of_nobody() + "/", {{"WEBHOOK_ALLOW_PRIVATE", "on"}}) == "not_listening");
}

TEST_CASE("broken: what answers is no receiver, or its certificate is not trusted", "[doctor][doctor_webhook]") {
  const SmtpServer relay;
  CHECK(cause_at(local(relay.port())) == "broke");
  const FrontWorld plain;
  CHECK(cause_at(local(plain.port(), "https")) == "tls");
  const Certificate certificate;
  const SmtpServer tls({.tls = SmtpTls::kImplicit}, &certificate);
  CHECK(cause_at(local(tls.port(), "https")) == "certificate");
  CHECK(cause_at(local(tls.port(), "https"), {{"WEBHOOK_CA_FILE", "/nowhere/ca.pem"}}) == "ca_file");
}

TEST_CASE("a finding names the URL by its number, and quotes nothing of it", "[doctor][doctor_webhook]") {
  const FrontWorld well;
  const auto text = texts_in(findings_at(local(well.port()) + "," + local(well.port()) + "x,https://10.0.0.1/a-secret-path"));
  CHECK_THAT(text, Catch::Contains("URL 3 of WEBHOOK_URLS"));
  CHECK_THAT(text, !Catch::Contains("a-secret-path"));
}

}  // namespace rekey::test
