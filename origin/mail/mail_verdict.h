// What becomes of a mail, judged by the relay's last reply and by the command that it answered (RFC 5321, section 4.2.1).
// Pure, and apart from libcurl: a 550 for the recipient ends one mail, a 550 for the sender would end them all and ends none.
// A 530 before RCPT TO is about us; from there on it is about one mail, which anybody's address must not turn into a halt.
#pragma once

#include <cstdint>

#include "origin/ports/mailer.h"

namespace rekey {

// How far the dialogue came: the last command that was sent, or how much of the message. kMessageEnd: all of it, and the dot that
// ends it is on its way: from here on the relay may have the mail.
enum class SmtpStage : std::uint8_t { kConnecting, kHello, kStartTls, kLogIn, kSender, kRecipient, kData, kMessage, kMessageEnd };

// How it ended, other than by a reply.
enum class SmtpEnd : std::uint8_t {
  kDone,          // 250 after the message
  kReply,         // by a reply that stopped it, or nothing better is known
  kNoConnection,  // name, route or port
  kNoTls,         // STARTTLS is not offered or fails: nothing was said in the clear
  kNotTrusted,    // the certificate does not prove the relay's name
  kTimedOut,
  kCutOff,       // by us, who are to end
  kTooMuchSaid,  // more reply than any relay has to give
};

struct SmtpResult {
  SmtpEnd end = SmtpEnd::kReply;
  SmtpStage stage = SmtpStage::kConnecting;
  int code = 0;  // of the last reply, 0 for none
};

MailOutcome judge_mail(const SmtpResult& result);

}  // namespace rekey
