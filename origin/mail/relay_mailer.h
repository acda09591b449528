// The mailer of a sender with two relays: one CurlMailer for each, of which the worker chooses one before each mail
// (relay_health.h decides).
#pragma once

#include "origin/mail/curl_mailer.h"

namespace rekey {

class RelayMailer : public Mailer {
 public:
  // Throws: as CurlMailer's constructor.
  RelayMailer(const RelaySettings& primary, const RelaySettings& fallback, const Clock& clock)
      : primary_(primary, clock), fallback_(fallback, clock) {}

  MailOutcome send(const Mail& mail) override { return current_->send(mail); }
  void use(RelayRank rank) override { current_ = &mailer(rank); }
  MailOutcome probe(RelayRank rank) override { return mailer(rank).probe(rank); }
  void end_by(std::chrono::steady_clock::time_point when) override {
    primary_.end_by(when);
    fallback_.end_by(when);
  }

 private:
  CurlMailer& mailer(RelayRank rank) { return rank == RelayRank::kPrimary ? primary_ : fallback_; }

  CurlMailer primary_;
  CurlMailer fallback_;
  CurlMailer* current_ = &primary_;
};

}  // namespace rekey
