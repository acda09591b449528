// A dialogue with the relay as for a mail, up to its reply to RCPT TO: no mail is sent. By it `rekey-origin doctor` learns how
// the relay will take our mails. CurlMailer::rehearse() holds it, over a connection of its own.
#pragma once

#include <cstdint>
#include <string>

#include "origin/mail/mail_verdict.h"

namespace rekey {

enum class RehearsalEnd : std::uint8_t {
  kReply,         // the relay's reply in `code`; at the stage kRecipient all before it went well
  kNoSuchHost,    // the name can't be resolved
  kNoConnection,  // refused, or no route
  kTimedOut,
  kNotSmtp,     // something that is no SMTP, or a refusal, came instead of a greeting
  kNoTls,       // STARTTLS is not offered, or refused
  kTlsFailed,   // the handshake
  kNotTrusted,  // the certificate; see `certificate_fault`
  kNoCaFile,    // MAIL_CA_FILE can't be used
  kNoLogIn,     // no way to log in that we know is offered
  kBroke,       // the relay hung up
};

struct RelayRehearsal {
  RehearsalEnd end = RehearsalEnd::kBroke;
  SmtpStage stage = SmtpStage::kConnecting;  // reached
  int code = 0;                              // of the last reply, 0 for none
  std::string reply;                         // its last line, the code included; only visible ASCII, 200 characters at most
  long certificate_fault = 0;                // OpenSSL's X509_V_ERR_...; 1 for a wrong name
  bool connected = false;
  bool tried_log_in = false;
};

}  // namespace rekey
