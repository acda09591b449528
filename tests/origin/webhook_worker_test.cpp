// Senders and workers of webhooks against a receiver of HTTP on this machine.
#include "origin/webhooks/webhook_worker.h"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>

#include "origin/system/system_clock.h"
#include "origin/system/system_random.h"
#include "origin/webhooks/webhook_mailer.h"
#include "origin/webhooks/webhook_sender.h"
#include "tests/origin/http_client.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/smtp_server.h"

namespace rekey::test {
namespace {

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

WebhookTarget target_at(std::uint16_t port) {
  return {"http://127.0.0.1:" + std::to_string(port) + "/hooks?of=rekey",
          {WebhookSecret::parse(kSecret).value()},
          Reach::kThisMachine,
          ""};
}

// Remembers the requests, and answers each as the test says.
class Receiver {
 public:
  std::function<HttpAnswer(std::size_t)> answer = [](std::size_t) { return HttpAnswer{204, "text/plain", "", {}}; };

  WebhookTarget target() const { return target_at(front_.port()); }

  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  HttpAnswer take(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    return answer(requests_.size());
  }

  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  FrontWorld front_{{}, [this](const HttpRequest& request) { return take(request); }};
};

WebhookOutcome send_to(const WebhookTarget& target) {
  const SystemClock clock;
  return WebhookSender(target, clock).send("msg_1", webhook_body("password.changed", "2026-11-22T08:00:00Z", "{}"));
}

// A store of one URL in memory.
class HookQueue final : public WebhookStore {
 public:
  std::vector<std::int64_t> set_urls(std::span<const std::string>, std::span<const std::string>) override { return {1}; }

  ClaimedWebhooks claim(std::int64_t, std::size_t most, std::chrono::seconds) override {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    ClaimedWebhooks claimed;
    while (!waiting.empty() && claimed.webhooks.size() < most) {
      claimed.webhooks.push_back(waiting.front());
      waiting.erase(waiting.begin());
    }
    return claimed;
  }

  WebhookState settle(const Lease& lease, const WebhookOutcome& outcome) override {
    const std::lock_guard lock(mutex_);
    settled.emplace_back(lease.delivery, outcome);
    changed_.notify_all();
    return outcome.verdict == WebhookVerdict::kDelivered
               ? WebhookState::kDelivered
               : (outcome.verdict == WebhookVerdict::kGone ? WebhookState::kDead : WebhookState::kOpen);
  }

  void give_back(const Lease& lease) override {
    const std::lock_guard lock(mutex_);
    given_back.push_back(lease.delivery);
    changed_.notify_all();
  }

  void await(const std::function<bool()>& is_so) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(20), is_so));
  }

  void add(int messages) {
    const std::lock_guard lock(mutex_);
    for (int i = 1; i <= messages; ++i)
      waiting.push_back({{i, 1}, "msg_" + std::to_string(i), "password.changed", "2026-11-22T08:00:00Z", "{}"});
  }

  std::vector<Webhook> waiting;
  std::vector<std::pair<std::int64_t, WebhookOutcome>> settled;
  std::vector<std::int64_t> given_back;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

struct HookWorkerWorld {
  HookQueue queue;
  SystemClock clock;
  SystemRandom random;
  RememberedMetrics metrics;
  RememberedEvents events;
  Receiver receiver;

  std::unique_ptr<WebhookWorker> start(std::size_t senders) {
    WebhookPace pace;
    pace.cadence = std::chrono::milliseconds(10);
    pace.senders = senders;
    auto worker = std::make_unique<WebhookWorker>(pace, WebhookWorkerPorts{queue, random, clock, metrics, events});
    worker->start({receiver.target()}, {1});
    return worker;
  }
};

}  // namespace

TEST_CASE("a webhook is a POST of JSON with the three headers, whose signature covers what was sent", "[webhook_sender]") {
  const Receiver receiver;
  const auto outcome = send_to(receiver.target());
  CHECK(outcome.verdict == WebhookVerdict::kDelivered);
  CHECK(outcome.status == 204);
  REQUIRE(receiver.requests().size() == 1);
  const auto request = receiver.requests()[0];
  CHECK(request.method == "POST");
  CHECK(request.only("content-type") == "application/json");
  const auto id = request.only("webhook-id"), timestamp = request.only("webhook-timestamp");
  REQUIRE(id);
  REQUIRE(timestamp);
  CHECK(id == "msg_1");
  const std::vector secrets{WebhookSecret::parse(kSecret).value()};
  CHECK(request.only("webhook-signature") == sign_webhook(secrets, {*id, *timestamp, request.body}));
  CHECK(std::abs(std::stoll(std::string(*timestamp)) - SystemClock().now().time_since_epoch().count()) <= 20);
}

TEST_CASE("a redirect is not followed", "[webhook_sender]") {
  const Receiver elsewhere;
  Receiver receiver;
  receiver.answer = [&](std::size_t) { return HttpAnswer{307, "text/plain", "", {{"Location", elsewhere.target().url}}}; };
  const auto outcome = send_to(receiver.target());
  CHECK(outcome.reason == "redirect");
  CHECK(outcome.verdict == WebhookVerdict::kTryLater);
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("of a huge answer only the status counts", "[webhook_sender]") {
  Receiver receiver;
  receiver.answer = [](std::size_t) { return HttpAnswer{200, "text/plain", std::string(5'000'000, 'x'), {}}; };
  CHECK(send_to(receiver.target()).verdict == WebhookVerdict::kDelivered);
}

TEST_CASE("a name that leads to this machine is refused where public addresses are wanted, before anything is sent",
          "[webhook_sender]") {
  const Receiver receiver;
  auto target = receiver.target();
  target.reach = Reach::kPublic;
  CHECK(send_to(target).reason == "private_address");
  target.url = "http://localhost" + target.url.substr(target.url.rfind(':'));
  CHECK(send_to(target).reason == "private_address");
  CHECK(receiver.requests().empty());
}

TEST_CASE("a receiver that never completes the connection is told from one that does not answer", "[webhook_sender]") {
  const auto silent = open_listener(*ListenAddress::parse("127.0.0.1:0"));
  const auto end_at = [&](const std::string& scheme) {
    WebLimits limits;
    limits.patience = std::chrono::milliseconds(300);
    return WebClient(limits).ask({scheme + "://127.0.0.1:" + std::to_string(port_of(silent)) + "/", {}, "{}"}).end;
  };
  CHECK(end_at("https") == WebEnd::kUnsent);
  CHECK(end_at("http") == WebEnd::kTimedOut);
}

TEST_CASE("the authority in WEBHOOK_CA_FILE is trusted for its own names only", "[webhook_sender]") {
  const Certificate certificate;
  const SmtpServer receiver({.tls = SmtpTls::kImplicit}, &certificate);
  const auto reason_at = [&](const std::string& host) {
    auto target = target_at(receiver.port());
    target.url = "https://" + host + ":" + std::to_string(receiver.port()) + "/";
    target.ca_file = certificate.certificate_file();
    return std::string(send_to(target).reason);
  };
  CHECK(reason_at("127.0.0.1") == "broke");  // trusted; it speaks SMTP
  CHECK(reason_at("localhost") == "not_trusted");
}

TEST_CASE("a worker delivers what waits, and counts it", "[webhook_worker]") {
  HookWorkerWorld world;
  world.queue.add(20);
  const auto worker = world.start(2);
  world.queue.await([&] { return world.queue.settled.size() == 20; });
  worker->stop();
  CHECK(world.receiver.requests().size() == 20);
  for (const auto& [id, outcome] : world.queue.settled) CHECK(outcome.verdict == WebhookVerdict::kDelivered);
}

TEST_CASE("when the receiver fails, what was claimed with the message goes back untried", "[webhook_worker]") {
  HookWorkerWorld world;
  world.receiver.answer = [](std::size_t) { return HttpAnswer{500, "text/plain", "", {}}; };
  world.queue.add(8);
  const auto worker = world.start(1);
  world.queue.await([&] { return world.queue.given_back.size() == 7; });
  worker->stop();
  CHECK(world.queue.settled.size() == 1);
  CHECK(world.receiver.requests().size() == 1);
}

TEST_CASE("410 rings an alarm", "[webhook_worker]") {
  HookWorkerWorld world;
  world.receiver.answer = [](std::size_t) { return HttpAnswer{410, "text/plain", "", {}}; };
  world.queue.add(1);
  const auto worker = world.start(1);
  world.queue.await([&] { return world.queue.settled.size() == 1; });
  worker->stop();
  CHECK(world.queue.settled[0].second.verdict == WebhookVerdict::kGone);
  CHECK(world.events.lines(Event::kWebhookGone).size() == 1);
}

TEST_CASE("an attempt that a stop cuts off is no failure of the receiver", "[webhook_worker]") {
  HookWorkerWorld world;
  const auto silent = open_listener(*ListenAddress::parse("127.0.0.1:0"));
  WebhookPace pace;
  pace.cadence = std::chrono::milliseconds(10);
  pace.stop_grace = std::chrono::seconds(0);
  world.queue.add(1);
  WebhookWorker worker(pace, {world.queue, world.random, world.clock, world.metrics, world.events});
  worker.start({target_at(port_of(silent))}, {1});
  world.queue.await([&] { return world.queue.waiting.empty(); });
  worker.stop();
  for (const auto& [id, outcome] : world.queue.settled) CHECK(outcome.verdict == WebhookVerdict::kCutOff);
  CHECK(world.events.lines(Event::kWebhookPutBack).empty());
}

TEST_CASE("a mail by webhook holds the rendered mail, and keeps its id on each attempt", "[webhook_mailer]") {
  const Receiver receiver;
  const SystemClock clock;
  WebhookMailer mailer(receiver.target(), {"rekey@example.com", "Rekey"}, clock);
  const Mail mail{"ada@example.com", "Subject \"1\"", "text\n", "<p>html</p>", "key@example.com", "en"};
  for (int i = 0; i < 2; ++i) CHECK(mailer.send(mail).verdict == MailVerdict::kTaken);
  const auto requests = receiver.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].only("webhook-id") == requests[1].only("webhook-id"));
  CHECK_THAT(requests[0].body, Catch::Contains(R"("type":"mail.send")"));
  CHECK_THAT(requests[0].body, Catch::Contains(R"("to":"ada@example.com")"));
  CHECK_THAT(requests[0].body, Catch::Contains(R"(\"1\")"));
}

TEST_CASE("a receiver's answer decides about the mail as a relay's reply does", "[webhook_mailer]") {
  const auto verdict = [](int status) { return judge_mail_webhook(judge_webhook({WebEnd::kAnswer, status, ""})).verdict; };
  CHECK(verdict(200) == MailVerdict::kTaken);
  CHECK(verdict(422) == MailVerdict::kRefused);
  for (const int status : {301, 401, 403, 404, 410}) CHECK(verdict(status) == MailVerdict::kRelayRefuses);
  for (const int status : {429, 500, 503}) CHECK(verdict(status) == MailVerdict::kTryLater);
  const auto of_end = [](WebEnd end) { return judge_mail_webhook(judge_webhook({end, 0, ""})).verdict; };
  CHECK(of_end(WebEnd::kRefused) == MailVerdict::kRelayAway);
  CHECK(of_end(WebEnd::kNotTrusted) == MailVerdict::kRelayRefuses);
  CHECK(of_end(WebEnd::kForbiddenAddress) == MailVerdict::kRelayRefuses);
  CHECK(of_end(WebEnd::kTimedOut) == MailVerdict::kUnknown);
  CHECK(of_end(WebEnd::kBroke) == MailVerdict::kUnknown);
  CHECK(of_end(WebEnd::kUnsent) == MailVerdict::kRelayAway);
  CHECK(of_end(WebEnd::kCutOff) == MailVerdict::kCutOff);
  const auto of_stalled = [](int status) { return judge_mail_webhook(judge_webhook({WebEnd::kTimedOut, status, ""})).verdict; };
  CHECK(of_stalled(200) == MailVerdict::kTaken);
  CHECK(of_stalled(103) == MailVerdict::kUnknown);
  CHECK(of_stalled(503) == MailVerdict::kTryLater);
}

}  // namespace rekey::test
