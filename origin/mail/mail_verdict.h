// The verdict on a mail, from the relay's last reply and the command that it answered (RFC 5321, section 4.2.1). Pure, without
// libcurl. A 550 for the recipient ends one mail. A 550 for the sender is about all mails: it ends none and pauses the senders.
// A 530 before RCPT TO is about us too; from there on it is about one mail, so that no recipient's address can stop the others.
// In the same way a 4xx, a time-out or a broken connection before RCPT TO is no attempt of the mail.
#pragma once

#include <cstdint>

#include "origin/ports/mailer.h"

namespace rekey {

// How far the dialogue came: the last command sent, or how much of the message. kMessageEnd: all of it and the final dot are on
// their way, so the relay may have the mail.
enum class SmtpStage : std::uint8_t { kConnecting, kHello, kStartTls, kLogIn, kSender, kRecipient, kData, kMessage, kMessageEnd };

// How the dialogue ended.
enum class SmtpEnd : std::uint8_t {
  kDone,          // 250 after the message
  kReply,         // by a reply, or for a reason that libcurl does not name
  kNoConnection,  // name, route or port, in time
  kNoTls,         // STARTTLS is not offered or fails: nothing was sent in the clear
  kNotTrusted,    // the certificate does not prove the relay's name
  kTimedOut,
  kCutOff,       // by us, at a stop
  kTooMuchSaid,  // more reply than any relay needs
};

struct SmtpResult {
  SmtpEnd end = SmtpEnd::kReply;
  SmtpStage stage = SmtpStage::kConnecting;
  int code = 0;  // of the last reply, 0 for none
};

MailOutcome judge_mail(const SmtpResult& result);

}  // namespace rekey
