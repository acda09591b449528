#include <catch2/catch.hpp>

#include "origin/webhooks/webhook_secret.h"
#include "origin/webhooks/webhook_sender.h"
#include "origin/webhooks/webhook_settings.h"
#include "shared/codec/encoding.h"

using namespace rekey;

namespace {

// Of the specification's libraries.
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr SignedWebhook kWebhook{"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"};
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

WebhookSecret secret(std::string_view text) { return WebhookSecret::parse(text).value(); }

std::string secret_of(std::size_t size, char byte = 'k') { return "whsec_" + to_base64(as_bytes(std::string(size, byte))); }

std::string sign(std::vector<WebhookSecret> secrets, const SignedWebhook& webhook = kWebhook) {
  return sign_webhook(secrets, webhook);
}

std::string sign_parts(std::string_view id, std::string_view timestamp, std::string_view body) {
  return sign({secret(kSecret)}, {id, timestamp, body});
}

}  // namespace

TEST_CASE("a signature is that of the specification's libraries", "[webhook_signature]") {
  CHECK(sign({secret(kSecret)}) == kSignature);
}

TEST_CASE("each part and each byte of it changes the signature", "[webhook_signature]") {
  const auto& [id, timestamp, body] = kWebhook;
  CHECK(sign_parts("msg_p5jXN8AQM9LWM0D4loKWxJel", timestamp, body) != kSignature);
  CHECK(sign_parts(id, "1614265331", body) != kSignature);
  CHECK(sign_parts(id, timestamp, R"({"test": 2432232315})") != kSignature);
  CHECK(sign({secret(secret_of(24))}) != kSignature);
}

TEST_CASE("two secrets give two signatures, in their order, each of its own", "[webhook_signature]") {
  const auto other = secret(secret_of(32));
  CHECK(sign({secret(kSecret), other}) == std::string(kSignature) + " " + sign({other}));
}

TEST_CASE("a secret has 24 to 64 bytes and one spelling", "[webhook_signature]") {
  for (const std::size_t size : {24U, 25U, 26U, 63U, 64U}) CHECK(secret(secret_of(size)).key().size() == size);
  for (const std::size_t size : {0U, 23U, 65U}) CHECK_FALSE(WebhookSecret::parse(secret_of(size)));
  CHECK_FALSE(WebhookSecret::parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  CHECK_FALSE(WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw "));
  CHECK_FALSE(WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"));
  CHECK_FALSE(WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-"));
  CHECK_FALSE(WebhookSecret::parse("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
}

TEST_CASE("a body has type, timestamp and data", "[webhook_signature]") {
  CHECK(webhook_body("password.changed", "2026-11-22T08:00:00.000000Z", R"({"account_id": "7"})") ==
        R"({"type":"password.changed","timestamp":"2026-11-22T08:00:00.000000Z","data":{"account_id": "7"}})");
}

TEST_CASE("only 2xx is delivered, and only 410 ends the subscription", "[webhook_signature]") {
  using enum WebhookVerdict;
  const auto verdict = [](int status) { return judge_webhook({WebEnd::kAnswer, status, ""}).verdict; };
  for (const int status : {200, 201, 202, 204, 299}) CHECK(verdict(status) == kDelivered);
  CHECK(verdict(410) == kGone);
  for (const int status : {400, 413, 422}) CHECK(verdict(status) == kRefused);
  for (const int status : {0, 199, 300, 301, 302, 307, 308, 401, 403, 404, 409, 411, 429, 500, 502, 503})
    CHECK(verdict(status) == kTryLater);
  CHECK(judge_webhook({WebEnd::kAnswer, 308, ""}).reason == "redirect");
  CHECK(judge_webhook({WebEnd::kForbiddenAddress, 0, ""}).reason == "private_address");
}

TEST_CASE("a status counts, however the rest of the answer ends", "[webhook_signature]") {
  using enum WebhookVerdict;
  for (const auto end : {WebEnd::kTimedOut, WebEnd::kBroke, WebEnd::kCutOff}) {
    const auto verdict = [end](int status) { return judge_webhook({end, status, ""}).verdict; };
    CHECK(verdict(200) == kDelivered);
    CHECK(verdict(410) == kGone);
    CHECK(verdict(422) == kRefused);
    CHECK(verdict(500) == kTryLater);
  }
  CHECK(judge_webhook({WebEnd::kTimedOut, 103, ""}).reason == "timed_out");
  CHECK(judge_webhook({WebEnd::kTimedOut, 103, ""}).status == 0);
  CHECK(judge_webhook({WebEnd::kBroke, 0, ""}).verdict == kTryLater);
}

TEST_CASE("a webhook goes to https, to this machine, or where the operator allows it", "[webhook_signature]") {
  const auto reach = [](std::string_view url) { return reach_of_webhook(url, WebhookNetwork::kPublic); };
  CHECK(reach("https://hooks.example.com/rekey?source=1") == Reach::kPublic);
  CHECK(reach("https://10.0.0.1/") == Reach::kPublic);  // refused when it is connected to
  CHECK(reach("http://127.0.0.1:8000/hooks") == Reach::kThisMachine);
  CHECK(reach("http://localhost/hooks") == Reach::kThisMachine);
  for (const std::string_view url :
       {"http://hooks.example.com/", "http://10.0.0.1/", "ftp://localhost/", "https://me@example.com/",
        "https://example.com/#part", "https://example.com:0x50/", "https://example.com:65536/", "https://", ""})
    CHECK_FALSE(reach(url));
  CHECK(reach_of_webhook("http://10.0.0.1/", WebhookNetwork::kAny) == Reach::kInside);
  CHECK(reach_of_webhook("http://hooks.example.com/", WebhookNetwork::kAny) == Reach::kInside);
  CHECK(reach_of_webhook("https://hooks.internal/", WebhookNetwork::kAny) == Reach::kAnywhere);
  CHECK(reach_of_webhook("http://[::1]:80/", WebhookNetwork::kAny) == Reach::kThisMachine);
}

TEST_CASE("secrets are for all URLs, for one, or for mails; two at most", "[webhook_signature]") {
  const auto a = secret_of(24, 'a'), b = secret_of(24, 'b'), c = secret_of(24, 'c');
  const auto secrets = WebhookSecrets::parse(a + ", " + b + ",2:" + c + ",mail:" + b).value();
  CHECK(secrets.of(1) == std::vector{secret(a), secret(b)});
  CHECK(secrets.of(2) == std::vector{secret(c)});
  CHECK(secrets.of(WebhookSecrets::kOfMail) == std::vector{secret(b)});
  CHECK(WebhookSecrets::parse("")->of(1).empty());
  CHECK(secrets.last_url() == 2);
  CHECK(WebhookSecrets::parse(a + ",mail:" + b)->last_url() == 0);
  for (const auto& text :
       {a + "," + b + "," + c, "0:" + a, "9:" + a, "x:" + a, a + ",", a + ",,", "2:" + a + ",2:" + b + ",2:" + c})
    CHECK_FALSE(WebhookSecrets::parse(text));
}
