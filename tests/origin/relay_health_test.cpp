#include "origin/mail/relay_health.h"

#include <catch2/catch.hpp>

using namespace rekey;
using namespace std::chrono_literals;

namespace {

constexpr SteadyTime kStart{1h};
constexpr auto kPrimary = RelayRank::kPrimary;
constexpr auto kFallback = RelayRank::kFallback;

RelaySign sign(RelayStanding standing, std::chrono::nanoseconds took = 10ms) { return {standing, took, 0, "x"}; }

// A relay or two, and what their mails have shown.
struct Relays {
  explicit Relays(std::size_t count = 1) : relays(RelayPace{}, count) {}

  std::optional<RelayNews> mail(RelayStanding standing, SteadyTime now, RelayRank rank = kPrimary) {
    return relays.heard(rank, sign(standing), now);
  }
  std::optional<RelayNews> probe(RelayStanding standing, SteadyTime now, RelayRank rank = kPrimary) {
    REQUIRE(relays.begin_probe() == rank);
    return relays.probed(rank, sign(standing), now);
  }
  MailVerdict verdict_on_away(RelayStanding standing, SteadyTime now) {
    return relays.verdict_on({MailVerdict::kRelayAway, 0, "", standing}, kPrimary, now);
  }

  MailRelays relays;
};

}  // namespace

TEST_CASE("a relay counts as reachable until a mail shows otherwise", "[relay_health]") {
  const Relays world;
  CHECK(world.relays.state(kPrimary) == RelayState::kReachable);
  CHECK(world.relays.may_send());
  CHECK(world.relays.probe_time() == SteadyTime::max());
  CHECK(world.relays.alarm_time() == SteadyTime::max());
}

TEST_CASE("what takes no mail at all opens the breaker at once, and each kind has its state", "[relay_health]") {
  const auto [standing, state] =
      GENERATE(std::pair{RelayStanding::kAway, RelayState::kUnreachable},
               std::pair{RelayStanding::kBreaks, RelayState::kUnreachable}, std::pair{RelayStanding::kSilent, RelayState::kSlow},
               std::pair{RelayStanding::kBusy, RelayState::kRefusing}, std::pair{RelayStanding::kRefuses, RelayState::kRefusing});
  Relays world;
  const auto news = world.mail(standing, kStart);
  REQUIRE(news);
  CHECK(news->from == RelayState::kReachable);
  CHECK(news->to == state);
  CHECK_FALSE(world.relays.may_send());
  CHECK_FALSE(world.mail(standing, kStart + 1s));  // told once
}

TEST_CASE("a relay that serves others in these ten seconds is busy for one mail, which counts as an attempt", "[relay_health]") {
  const auto standing = GENERATE(RelayStanding::kBusy, RelayStanding::kBreaks, RelayStanding::kSilent);
  Relays world;
  world.mail(RelayStanding::kServes, kStart);
  CHECK(world.verdict_on_away(standing, kStart + 9s) == MailVerdict::kTryLater);
  CHECK_FALSE(world.mail(standing, kStart + 9s));
  CHECK(world.relays.may_send());
  CHECK(world.verdict_on_away(standing, kStart + 10s) == MailVerdict::kRelayAway);
  CHECK(world.mail(standing, kStart + 10s));
  CHECK_FALSE(world.relays.may_send());
}

TEST_CASE("no connection, or a refusal, is not for one mail, however lately the relay served", "[relay_health]") {
  const auto standing = GENERATE(RelayStanding::kAway, RelayStanding::kRefuses);
  Relays world;
  world.mail(RelayStanding::kServes, kStart);
  CHECK(world.verdict_on_away(standing, kStart) == MailVerdict::kRelayAway);
  CHECK(world.mail(standing, kStart));
  CHECK_FALSE(world.relays.may_send());
}

TEST_CASE("probes come after 5, 10, 20, 40, 60, 60 seconds; a mail that is served starts anew", "[relay_health]") {
  Relays world;
  auto now = kStart;
  world.mail(RelayStanding::kAway, now);
  for (const auto wait : {5s, 10s, 20s, 40s, 60s, 60s}) {
    CHECK(world.relays.probe_time() == now + wait);
    now += wait;
    world.probe(RelayStanding::kAway, now);
  }
  world.probe(RelayStanding::kServes, now);
  SECTION("only the probe was served") {
    world.mail(RelayStanding::kAway, now);
    CHECK(world.relays.probe_time() == now + 60s);
  }
  SECTION("a mail was served, too") {
    world.mail(RelayStanding::kServes, now);
    world.mail(RelayStanding::kAway, now);
    CHECK(world.relays.probe_time() == now + 5s);
  }
}

TEST_CASE("M19: after a refusal the next probe comes a minute later: providers lock out who logs in again and again",
          "[relay_health][M19]") {
  Relays world;
  world.mail(RelayStanding::kRefuses, kStart);
  CHECK(world.relays.probe_time() == kStart + 60s);
}

TEST_CASE("mails that were under way when the breaker opened do not put off the probe", "[relay_health]") {
  Relays world;
  world.mail(RelayStanding::kAway, kStart);
  world.mail(RelayStanding::kAway, kStart + 4s);
  CHECK(world.relays.probe_time() == kStart + 5s);
  world.relays.begin_probe();
  world.mail(RelayStanding::kAway, kStart + 6s);
  CHECK(world.relays.probe_time() == SteadyTime::max());  // one probe at a time
}

TEST_CASE("one mail that fails after the relay took our sender says nothing; two in a row do, and open no breaker",
          "[relay_health]") {
  const auto [standing, state] =
      GENERATE(std::pair{RelayStanding::kDefers, RelayState::kRefusing}, std::pair{RelayStanding::kStalls, RelayState::kSlow});
  Relays world;
  CHECK_FALSE(world.mail(standing, kStart));
  CHECK(world.relays.alarm_time() == SteadyTime::max());
  SECTION("another one passes in between") {
    world.mail(RelayStanding::kServes, kStart + 1s);
    CHECK_FALSE(world.mail(standing, kStart + 2s));
  }
  SECTION("a second one fails") {
    const auto news = world.mail(standing, kStart + 15s);
    REQUIRE(news);
    CHECK(news->to == state);
    CHECK(world.relays.alarm_time() == kStart + 30s);
  }
  CHECK(world.relays.may_send());
}

TEST_CASE("two mails in a row that take ten seconds make a relay slow, and a fast one makes it reachable; no alarm rings",
          "[relay_health]") {
  Relays world;
  const auto taken_in = [&](std::chrono::nanoseconds took) {
    return world.relays.heard(kPrimary, sign(RelayStanding::kServes, took), kStart);
  };
  CHECK_FALSE(taken_in(10s));
  CHECK_FALSE(taken_in(9s));
  CHECK_FALSE(taken_in(10s));
  const auto news = taken_in(30s);
  REQUIRE(news);
  CHECK(news->to == RelayState::kSlow);
  CHECK(world.relays.may_send());
  CHECK(world.relays.alarm_time() == SteadyTime::max());
  CHECK(taken_in(1s)->to == RelayState::kReachable);
}

TEST_CASE("the alarm rings half a minute after the first failure, again every ten minutes, and no more once a mail was served",
          "[relay_health]") {
  Relays world;
  world.mail(RelayStanding::kAway, kStart);
  world.probe(RelayStanding::kSilent, kStart + 5s);
  REQUIRE(world.relays.alarm_time() == kStart + 30s);
  const auto alarm = world.relays.ring(kStart + 30s);
  CHECK(alarm.relay == kPrimary);
  CHECK(alarm.state == RelayState::kSlow);
  CHECK(alarm.mails == RelayAlarm::Mails::kWait);
  CHECK(world.relays.alarm_time() == kStart + 630s);
  world.probe(RelayStanding::kServes, kStart + 40s);
  CHECK(world.relays.alarm_time() == SteadyTime::max());
  world.mail(RelayStanding::kAway, kStart + 50s);
  CHECK(world.relays.alarm_time() == kStart + 80s);
}

TEST_CASE("M19: a refusal rings at once: only the operator can end it", "[relay_health][M19]") {
  Relays world;
  world.mail(RelayStanding::kRefuses, kStart);
  CHECK(world.relays.alarm_time() == kStart);
}

TEST_CASE("while the primary takes no mail they go over the fallback; the alarm says so", "[relay_health]") {
  Relays world(2);
  CHECK(world.relays.choose() == kPrimary);
  world.mail(RelayStanding::kAway, kStart);
  CHECK(world.relays.may_send());
  CHECK(world.relays.choose() == kFallback);
  CHECK(world.relays.ring(kStart + 30s).mails == RelayAlarm::Mails::kGoOn);
  SECTION("until a probe shows that it takes them again") {
    CHECK(world.probe(RelayStanding::kServes, kStart + 5s)->to == RelayState::kReachable);
    CHECK(world.relays.choose() == kPrimary);
  }
  SECTION("until the fallback fails, too: then both are probed, and the mails wait") {
    world.mail(RelayStanding::kAway, kStart + 1s, kFallback);
    CHECK_FALSE(world.relays.may_send());
    CHECK(world.relays.alarm_time() == kStart + 31s);
    const auto alarm = world.relays.ring(kStart + 31s);
    CHECK(alarm.relay == kFallback);
    CHECK(alarm.mails == RelayAlarm::Mails::kWait);
    CHECK(world.relays.begin_probe() == kPrimary);
    CHECK(world.relays.begin_probe() == kFallback);
  }
}

TEST_CASE("if the mailer can't probe, one mail at a time tries the relay", "[relay_health]") {
  Relays world;
  world.mail(RelayStanding::kRefuses, kStart);
  world.probe(RelayStanding::kUnknown, kStart + 60s);
  CHECK(world.relays.may_send());
  CHECK_FALSE(world.relays.is_any_closed());
  const auto standing = GENERATE(RelayStanding::kServes, RelayStanding::kDefers);
  world.mail(standing, kStart + 61s);
  CHECK(world.relays.is_any_closed());
}

TEST_CASE("a hook that tells only the verdict tells enough of the relay", "[relay_health]") {
  const auto standing_by = [](MailVerdict verdict) { return sign_of({verdict, 0, "", RelayStanding::kUnknown}, 1s).standing; };
  CHECK(standing_by(MailVerdict::kTaken) == RelayStanding::kServes);
  CHECK(standing_by(MailVerdict::kRefused) == RelayStanding::kServes);
  CHECK(standing_by(MailVerdict::kRelayRefuses) == RelayStanding::kRefuses);
  CHECK(standing_by(MailVerdict::kRelayAway) == RelayStanding::kAway);
  for (const auto verdict : {MailVerdict::kTryLater, MailVerdict::kUnknown, MailVerdict::kCutOff, MailVerdict::kPoisoned})
    CHECK(standing_by(verdict) == RelayStanding::kUnknown);
}
