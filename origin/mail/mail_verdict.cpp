#include "origin/mail/mail_verdict.h"

namespace rekey {
namespace {

bool is_about_log_in(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }  // RFC 4954, section 6

// RCPT TO is sent only after MAIL FROM was accepted.
bool took_our_sender(const SmtpResult& result) { return result.stage >= SmtpStage::kRecipient; }

MailOutcome judge_reply(const SmtpResult& result) {
  if (result.code >= 400 && result.code < 500) return {MailVerdict::kTryLater, result.code, "the relay asks us to try later"};
  if (is_about_log_in(result.code) && took_our_sender(result)) {
    return {MailVerdict::kWantsLogIn, result.code, "the relay wants a log-in for this mail"};
  }
  if (is_about_log_in(result.code) || result.stage == SmtpStage::kLogIn) {
    return {MailVerdict::kRelayRefuses, result.code, "the relay refuses the log-in"};
  }
  if (result.code < 500) return {MailVerdict::kTryLater, result.code, "the connection broke"};
  if (result.stage < SmtpStage::kSender) return {MailVerdict::kRelayRefuses, result.code, "the relay refuses to talk to us"};
  if (result.stage == SmtpStage::kSender) return {MailVerdict::kRelayRefuses, result.code, "the relay refuses the sender"};
  if (result.stage == SmtpStage::kRecipient) return {MailVerdict::kRefused, result.code, "the recipient was refused"};
  return {MailVerdict::kRefused, result.code, "the mail was refused"};
}

MailOutcome judge_end(const SmtpResult& result) {
  switch (result.end) {
    case SmtpEnd::kDone:
      return {MailVerdict::kTaken, result.code, "taken"};
    case SmtpEnd::kReply:
      return judge_reply(result);
    case SmtpEnd::kNoConnection:
      return {MailVerdict::kTryLater, 0, "no connection to the relay"};
    case SmtpEnd::kNoTls:
      return {MailVerdict::kRelayRefuses, result.code, "the relay offers no TLS"};
    case SmtpEnd::kNotTrusted:
      return {MailVerdict::kRelayRefuses, result.code, "the relay's certificate is not trusted"};
    case SmtpEnd::kTimedOut:
      return {MailVerdict::kTryLater, result.code, "the relay was too slow"};
    case SmtpEnd::kCutOff:
      return {MailVerdict::kCutOff, result.code, "cut off at a stop, before the relay's last reply"};
    case SmtpEnd::kTooMuchSaid:
      return {MailVerdict::kTryLater, result.code, "the relay's replies were too long"};
  }
  __builtin_trap();
}

bool is_taken(const SmtpResult& result) {
  return result.stage == SmtpStage::kMessageEnd && result.code >= 200 && result.code < 300;
}

// Then the relay's last reply decides, however the dialogue ended.
bool may_be_taken(const SmtpResult& result) { return result.stage == SmtpStage::kMessageEnd || result.end == SmtpEnd::kCutOff; }

MailOutcome judge(const SmtpResult& result) {
  if (result.end == SmtpEnd::kDone || !may_be_taken(result)) return judge_end(result);
  if (is_taken(result)) return {MailVerdict::kTaken, result.code, "taken"};
  if (result.code >= 400) return judge_reply(result);
  if (result.end == SmtpEnd::kCutOff) return judge_end(result);
  return {MailVerdict::kUnknown, result.code, "the relay did not say whether it took the mail"};
}

RelayStanding standing_after_reply(const SmtpResult& result) {
  const bool is_temporary = result.code >= 400 && result.code < 500;
  if (!took_our_sender(result)) {
    if (is_temporary) return RelayStanding::kBusy;
    return result.code >= 500 || result.stage == SmtpStage::kLogIn ? RelayStanding::kRefuses : RelayStanding::kBreaks;
  }
  if (result.code < 400) return RelayStanding::kStalls;
  return is_temporary && result.stage > SmtpStage::kRecipient ? RelayStanding::kDefers : RelayStanding::kServes;
}

RelayStanding standing_of(const SmtpResult& result) {
  if (is_taken(result)) return RelayStanding::kServes;
  switch (result.end) {
    case SmtpEnd::kDone:
      return RelayStanding::kServes;
    case SmtpEnd::kReply:
      return standing_after_reply(result);
    case SmtpEnd::kNoConnection:
      return RelayStanding::kAway;
    case SmtpEnd::kNoTls:
    case SmtpEnd::kNotTrusted:
      return RelayStanding::kRefuses;
    case SmtpEnd::kTimedOut:
      return took_our_sender(result) ? RelayStanding::kStalls : RelayStanding::kSilent;
    case SmtpEnd::kCutOff:
      return took_our_sender(result) ? RelayStanding::kServes : RelayStanding::kUnknown;
    case SmtpEnd::kTooMuchSaid:
      return took_our_sender(result) ? RelayStanding::kStalls : RelayStanding::kBreaks;
  }
  __builtin_trap();
}

}  // namespace

// Before the relay has accepted our sender a mail is tried later because of the relay, not of the mail.
MailOutcome judge_mail(const SmtpResult& result) {
  auto outcome = judge(result);
  outcome.relay = standing_of(result);
  if (outcome.verdict == MailVerdict::kTryLater && !took_our_sender(result)) outcome.verdict = MailVerdict::kRelayAway;
  return outcome;
}

}  // namespace rekey
