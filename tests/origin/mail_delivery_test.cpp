// A mail from end to end: worker, hooks, templates, libcurl and a real relay on loopback; only the queue is in memory.
#include <catch2/catch.hpp>
#include <future>

#include "origin/mail/curl_mailer.h"
#include "origin/mail/password_changed_mail.h"
#include "origin/mail/reset_mail.h"
#include "origin/mail/template_files.h"
#include "tests/origin/mail_parser.h"
#include "tests/origin/mail_world.h"
#include "tests/origin/smtp_server.h"

using namespace rekey;
using namespace rekey::test;
using namespace std::chrono_literals;

namespace {

const MailIdentity kIdentity = {"Rekey", "https://app.rekey.test", "noreply@rekey.test", ""};

class DeliveryWorld : public WorkerWorld {
 public:
  explicit DeliveryWorld(SmtpServerSettings relay_settings = {}) : relay(std::move(relay_settings)) {}
  ~DeliveryWorld() { worker.reset(); }

  void start_senders(std::size_t senders) {
    start(senders, [this] { return hooks(); });
  }

  // The mails that the relay has taken, parsed.
  std::vector<ParsedMail> received() const {
    std::vector<ParsedMail> mails;
    for (const auto& mail : relay.mails()) mails.push_back(parse_mail(mail.data));
    return mails;
  }

  SmtpServer relay;
  std::string username;
  std::string password;
  std::chrono::milliseconds dialogue_timeout = 20s;

 private:
  MailHooks hooks() {
    RelaySettings to_relay;
    to_relay.server = "127.0.0.1";
    to_relay.port = relay.port();
    to_relay.tls = MailTls::kNone;
    to_relay.username = username;
    to_relay.password = password;
    to_relay.from_address = kIdentity.from_address;
    to_relay.dialogue_timeout = dialogue_timeout;
    MailHooks hooks;
    hooks.mailer = std::make_unique<CurlMailer>(to_relay, clock);
    hooks.after_forgot_password = std::make_unique<ResetMail>(kIdentity, templates_, *hooks.mailer);
    hooks.after_reset_password = std::make_unique<PasswordChangedMail>(kIdentity, templates_, *hooks.mailer);
    return hooks;
  }

  const TemplateFiles templates_ = TemplateFiles::load(default_templates_folder());
};

// Fails if the worker ends only after the relay hangs up.
void stop_worker(DeliveryWorld& world) {
  auto stopping = std::async(std::launch::async, [&] { world.worker->stop(); });
  const bool stopped = stopping.wait_for(60s) == std::future_status::ready;
  if (!stopped) world.relay.hang_up();
  REQUIRE(stopped);
}

std::string link_in(const std::string& part) {
  const auto begin = part.find("https://app.rekey.test/reset-password#token=");
  if (begin == std::string::npos) return "none";
  return part.substr(begin, std::string_view("https://app.rekey.test/reset-password#token=").size() + kTokenTextSize);
}

}  // namespace

TEST_CASE("B4 B5: both parts of the mail that arrives hold one link, whose token is the row's", "[mail_delivery][B4][B5][M01]") {
  DeliveryWorld world;
  const auto id = world.queue.add_reset();
  world.start_senders(1);
  world.queue.wait_for_settlements(id, 1);
  const auto mails = world.received();
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].type == "multipart/alternative");
  REQUIRE(mails[0].parts.size() == 2);
  CHECK(mails[0].parts[0].type == "text/plain; charset=utf-8");
  CHECK(mails[0].parts[1].type == "text/html; charset=utf-8");
  const auto link = link_in(mails[0].parts[0].body);
  CHECK(link == link_in(mails[0].parts[1].body));
  const auto token = link.substr(link.size() - kTokenTextSize);
  const auto verified = verify_token(world.keys, TokenPurpose::kReset, token, 1);
  REQUIRE(verified);
  CHECK(verified->hash == world.queue.row(id).hash);
}

TEST_CASE("M13 M16: a mail that is sent again has the same link and the same Message-ID", "[mail_delivery][M13][M16]") {
  DeliveryWorld world;
  std::string settlement = "try_later";
  SECTION("M13: greylisted first") { world.relay.reply_once("RCPT", "451 4.7.1 later"); }
  SECTION("M16: taken, but the reply got lost") {
    settlement = "unknown";
    world.relay.reply_once(".", {SmtpReply::Kind::kClose, "250 taken"});
  }
  const auto id = world.queue.add_reset();
  world.start_senders(1);
  world.queue.wait_for_settlements(id, 1);
  CHECK(world.queue.row(id).settlements == std::vector{settlement});
  world.drive_until([&] { return world.queue.row(id).state == "sent"; });
  for (const auto& mail : world.received()) {
    CHECK(mail.header("Message-ID") == "<reset-1@rekey.test>");
    CHECK(link_in(mail.parts[0].body) == link_in(world.received()[0].parts[1].body));
  }
}

TEST_CASE("M14: a refused recipient ends the delivery", "[mail_delivery][M14]") {
  DeliveryWorld world;
  world.relay.reply_once("RCPT", "550 5.1.1 nobody");
  const auto id = world.queue.add_reset();
  world.start_senders(1);
  world.queue.wait_for_settlements(id, 1);
  CHECK(world.queue.row(id).state == "rejected");
  CHECK(world.queue.row(id).smtp_code == 550);
}

TEST_CASE("M02: a poisoned row ends with an alarm and without a connection", "[mail_delivery][M02]") {
  DeliveryWorld world;
  const auto id = world.queue.add_reset("ada@example.com>\r\nRCPT TO:<evil@evil.test");
  world.start_senders(1);
  world.queue.wait_for_settlements(id, 1);
  CHECK(world.queue.row(id).state == "rejected");
  CHECK(world.relay.connections() == 0);
  CHECK(world.metrics.counted(Counter::kAlarms, "poisoned_mail") == 1);
  CHECK(world.events.everything().find("evil") == std::string::npos);
}

TEST_CASE("M17: a mail at which the relay trickles is cut off, and delays no other", "[mail_delivery][M17]") {
  DeliveryWorld world;
  world.dialogue_timeout = 400ms;
  world.relay.reply_once("RCPT", {SmtpReply::Kind::kTrickle, ""});
  std::vector<std::int64_t> ids(8);
  for (auto& id : ids) id = world.queue.add_reset();
  world.start_senders(2);
  for (const auto id : ids) world.queue.wait_for_settlements(id, 1);
  std::size_t put_back = 0;
  for (const auto id : ids) put_back += world.queue.row(id).state == "queued" ? 1 : 0;
  CHECK(put_back == 1);
}

TEST_CASE("F22: a stop cuts off a mail that the relay delays; the next start sends it with the same link and Message-ID",
          "[mail_delivery][F22][M17]") {
  DeliveryWorld world;
  world.dialogue_timeout = 1h;
  const auto* when = GENERATE("greeting", "EHLO", "RCPT", ".");
  world.relay.reply_once(when, {SmtpReply::Kind::kTrickle, "250 taken, but nobody hears it"});
  const auto id = world.queue.add_reset();
  world.start_senders(1);
  world.relay.wait_for_trickle();
  const auto held = world.queue.row(id);
  world.worker->begin_stop();
  world.clock.pass(world.settings.pace.stop_grace);
  stop_worker(world);
  CHECK(world.queue.row(id).settlements == std::vector<std::string>{"cut_off"});
  CHECK(world.metrics.counted(Counter::kMails, "cut_off") == 1);

  world.start_senders(1);
  world.queue.wait_for_settlements(id, 2);
  CHECK(world.queue.row(id).state == "sent");
  CHECK(world.queue.row(id).hash == held.hash);
  for (const auto& mail : world.received()) {
    CHECK(mail.header("Message-ID") == "<reset-1@rekey.test>");
    CHECK(link_in(mail.parts[0].body) == link_in(world.received()[0].parts[0].body));
  }
}

TEST_CASE("F22: a mail under way at a stop gets some seconds: its own limit ends it if that comes first",
          "[mail_delivery][F22]") {
  DeliveryWorld world;
  world.relay.reply_once("RCPT", {SmtpReply::Kind::kTrickle, ""});
  world.dialogue_timeout = 500ms;
  const auto id = world.queue.add_reset();
  world.start_senders(1);
  world.relay.wait_for_trickle();
  stop_worker(world);
  CHECK(world.queue.row(id).settlements == std::vector<std::string>{"try_later"});
}

TEST_CASE("M19: after a refused log-in the senders pause, and no delivery is lost", "[mail_delivery][M19]") {
  DeliveryWorld world({SmtpTls::kNone, "user", "right", {"PLAIN"}});
  world.username = "user";
  world.password = "wrong";
  const auto id = world.queue.add_reset();
  const auto other = world.queue.add_reset();
  world.start_senders(1);
  world.queue.wait_for_settlements(id, 1);
  world.queue.wait_for_settlements(other, 1);
  CHECK(world.relay.log_ins().size() == 1);
  CHECK(world.queue.row(id).state == "queued");
  CHECK(world.queue.row(other).state == "queued");
  CHECK(world.events.lines(Event::kRelayChanged).size() == 1);
  CHECK(world.events.everything().find("wrong") == std::string::npos);
}

TEST_CASE("M19: a relay that demands a log-in for one recipient delays no other, and that mail goes out later",
          "[mail_delivery][M19]") {
  DeliveryWorld world;
  const auto* when = GENERATE("RCPT", "DATA", ".");
  world.relay.reply_once(when, "530 5.7.0 authentication required");
  const auto id = world.queue.add_reset();
  const auto other = world.queue.add_reset("alan@example.com");
  world.start_senders(1);
  world.queue.wait_for_settlements(id, 1);
  world.queue.wait_for_settlements(other, 1);
  CHECK(world.queue.row(id).settlements == std::vector<std::string>{"wants_log_in"});
  CHECK(world.queue.row(other).state == "sent");
  CHECK(world.metrics.counted(Counter::kAlarms, "relay") == 1);
  world.drive_until([&] { return world.queue.row(id).state == "sent"; });
}

TEST_CASE("a rehearsal is rendered and reaches no relay", "[mail_delivery]") {
  DeliveryWorld world;
  const auto id = world.queue.add_rehearsal();
  const auto real = world.queue.add_reset();
  world.start_senders(1);
  world.queue.wait_for_settlements(id, 1);
  world.queue.wait_for_settlements(real, 1);
  CHECK(world.queue.row(id).state == "no_account");
  REQUIRE(world.received().size() == 1);
  CHECK(world.received()[0].header("To") == "ada@example.com");
  CHECK(world.events.everything().find("rehearsal") == std::string::npos);  // rendering it did not fail
}

TEST_CASE("A7: the notice goes out among the reset mails", "[mail_delivery][A7][M22]") {
  DeliveryWorld world;
  const auto id = world.queue.add_notice("alan@example.com");
  world.start_senders(1);
  world.queue.wait_for_settlements(id, 1);
  const auto mails = world.received();
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].header("To") == "alan@example.com");
  CHECK(mails[0].parts[0].body.find("token") == std::string::npos);
}
