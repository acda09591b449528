// How a mail relay will take our mails: a rehearsal over the connection that the mail worker makes, with the same TLS, log-in
// and sender.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "origin/doctor/report.h"
#include "origin/mail/mail_relay.h"
#include "origin/mail/relay_rehearsal.h"
#include "origin/ports/clock.h"
#include "origin/ports/mailer.h"

namespace rekey {

// In: `rank` tells whose settings the findings name; `recipient` is an address that takes mail, or "" for postmaster at the
// sender's domain, whose refusal proves nothing. Takes `patience` at most, beside the look-up of the name.
std::vector<Finding> examine_relay(RelaySettings relay, RelayRank rank, const std::string& recipient,
                                   std::chrono::milliseconds patience, const Clock& clock);

}  // namespace rekey
