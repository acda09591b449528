#include "origin/doctor/relay_check.h"

#include <algorithm>

#include "origin/mail/curl_mailer.h"

namespace rekey {
namespace {

using enum Verdict;

enum class RelayFault : std::uint8_t {
  kNoSuchHost,
  kNoConnection,
  kSilent,
  kNoGreeting,
  kNotSmtp,
  kNoStartTls,
  kTls,
  kAuthority,
  kName,
  kDates,
  kCertificate,
  kCaFile,
  kHello,
  kLogInMissing,
  kLogIn,
  kSender,
  kRecipient,
  kPostmaster,
  kLater,
  kSlow,
  kBroke,
};

constexpr CauseRow<RelayFault> kFaults[] = {
    {RelayFault::kNoSuchHost, kWrong, "host", "the name in MAIL_SERVER can't be resolved: check MAIL_SERVER"},
    {RelayFault::kNoConnection, kWrong, "port",
     "nothing listens at MAIL_SERVER and MAIL_PORT: check both; 587 is usual for starttls, 465 for implicit TLS"},
    {RelayFault::kSilent, kWrong, "silent",
     "MAIL_SERVER does not answer at MAIL_PORT: check both, the route, and whether a firewall or the provider blocks the port"},
    {RelayFault::kNoGreeting, kWrong, "no_greeting",
     "the server at MAIL_SERVER and MAIL_PORT accepts a connection and says nothing: it may expect MAIL_TLS=implicit there"},
    {RelayFault::kNotSmtp, kWrong, "no_relay", "the server at MAIL_SERVER and MAIL_PORT is no mail relay, or turns us away"},
    {RelayFault::kNoStartTls, kWrong, "no_starttls",
     "the relay offers no STARTTLS: check MAIL_PORT, or set MAIL_TLS as the relay wants it"},
    {RelayFault::kTls, kWrong, "tls",
     "the TLS handshake fails: with MAIL_TLS=implicit the port must speak TLS from the first byte; TLS 1.2 is the least"},
    {RelayFault::kAuthority, kWrong, "authority",
     "the relay's certificate is of an authority that is not trusted here: name its file in MAIL_CA_FILE"},
    {RelayFault::kName, kWrong, "name",
     "the relay's certificate is for another name than MAIL_SERVER: use a name of the certificate"},
    {RelayFault::kDates, kWrong, "expired",
     "the relay's certificate has expired or is not valid yet: renew it, or set the clock"},
    {RelayFault::kCertificate, kWrong, "certificate", "the relay's certificate is not valid: OpenSSL's verification error "},
    {RelayFault::kCaFile, kWrong, "ca_file", "the file in MAIL_CA_FILE can't be read, or holds no certificate"},
    {RelayFault::kHello, kWrong, "refused", "the relay refuses to talk to us"},
    {RelayFault::kLogInMissing, kWrong, "no_log_in", "MAIL_USERNAME is set, but the relay offers no log-in by PLAIN or LOGIN"},
    {RelayFault::kLogIn, kWrong, "log_in", "the relay refuses the log-in: check MAIL_USERNAME and MAIL_PASSWORD"},
    {RelayFault::kSender, kWrong, "sender",
     "the relay refuses the sender: check MAIL_FROM, and whether the relay wants a log-in (MAIL_USERNAME)"},
    {RelayFault::kRecipient, kWrong, "recipient",
     "the relay refuses the recipient of --to: it may want a log-in (MAIL_USERNAME)"},
    {RelayFault::kPostmaster, kNote, "postmaster",
     "the relay refuses postmaster at the domain of MAIL_FROM: name an address that takes mail by --to"},
    {RelayFault::kLater, kNote, "later", "the relay asks to try later; the origin would do so"},
    {RelayFault::kSlow, kWrong, "slow", "the relay takes too long for a reply"},
    {RelayFault::kBroke, kWrong, "broke", "the relay hangs up in the dialogue"},
};

// OpenSSL's numbers (X509_V_ERR_...), which are part of its interface.
RelayFault certificate_fault(long number) {
  switch (number) {
    case 1:  // unspecified: the chain is good, and libcurl's own check of the name failed
      return RelayFault::kName;
    case 9:   // not yet valid
    case 10:  // has expired
      return RelayFault::kDates;
    case 2:   // unable to get issuer certificate
    case 18:  // self-signed
    case 19:  // self-signed in the chain
    case 20:  // unable to get local issuer certificate
    case 21:  // unable to verify the leaf signature
      return RelayFault::kAuthority;
    default:
      return RelayFault::kCertificate;
  }
}

RelayFault fault_of_silence(const RelayRehearsal& rehearsal) {
  if (!rehearsal.connected) return RelayFault::kSilent;
  if (rehearsal.stage > SmtpStage::kConnecting) return RelayFault::kSlow;
  return rehearsal.reply.empty() ? RelayFault::kNoGreeting : RelayFault::kNotSmtp;
}

RelayFault fault_of_stage(SmtpStage stage, RelayFault of_recipient) {
  switch (stage) {
    case SmtpStage::kStartTls:
      return RelayFault::kNoStartTls;
    case SmtpStage::kLogIn:
      return RelayFault::kLogIn;
    case SmtpStage::kSender:
      return RelayFault::kSender;
    case SmtpStage::kRecipient:
      return of_recipient;
    default:
      return RelayFault::kHello;
  }
}

RelayFault fault_of_reply(const RelayRehearsal& rehearsal, RelayFault of_recipient) {
  if (rehearsal.code >= 400 && rehearsal.code < 500) return RelayFault::kLater;
  return fault_of_stage(rehearsal.stage, of_recipient);
}

RelayFault fault_of_end(const RelayRehearsal& rehearsal, RelayFault of_recipient) {
  switch (rehearsal.end) {
    case RehearsalEnd::kReply:
      return fault_of_reply(rehearsal, of_recipient);
    case RehearsalEnd::kNoSuchHost:
      return RelayFault::kNoSuchHost;
    case RehearsalEnd::kNoConnection:
      return RelayFault::kNoConnection;
    case RehearsalEnd::kTimedOut:
      return fault_of_silence(rehearsal);
    case RehearsalEnd::kNotSmtp:
      return RelayFault::kNotSmtp;
    case RehearsalEnd::kNoTls:
      return RelayFault::kNoStartTls;
    case RehearsalEnd::kTlsFailed:
      return RelayFault::kTls;
    case RehearsalEnd::kNotTrusted:
      return certificate_fault(rehearsal.certificate_fault);
    case RehearsalEnd::kNoCaFile:
      return RelayFault::kCaFile;
    case RehearsalEnd::kNoLogIn:
      return RelayFault::kLogInMissing;
    case RehearsalEnd::kBroke:
      return RelayFault::kBroke;
  }
  __builtin_trap();
}

bool is_good(const RelayRehearsal& rehearsal) {
  return rehearsal.end == RehearsalEnd::kReply && rehearsal.stage == SmtpStage::kRecipient && rehearsal.code / 100 == 2;
}

// In the relay's words, where it had any to the point: a greeting explains no certificate.
std::string addition(RelayFault fault, const RelayRehearsal& rehearsal) {
  if (fault == RelayFault::kCertificate) return std::to_string(rehearsal.certificate_fault);
  if (rehearsal.reply.empty() || (rehearsal.code != 0 && rehearsal.code < 400)) return "";
  return "; it says: " + rehearsal.reply;
}

// The texts name the settings of MAIL_SERVER. The two relays share MAIL_FROM.
std::string with_settings_of(RelayRank rank, std::string text) {
  constexpr std::string_view kShared = "MAIL_FROM";
  constexpr std::string_view kPrefix = "MAIL_";
  if (rank == RelayRank::kPrimary) return text;
  for (auto at = text.find(kPrefix); at != text.npos; at = text.find(kPrefix, at + kPrefix.size())) {
    if (text.compare(at, kShared.size(), kShared) != 0) text.insert(at + kPrefix.size(), "FALLBACK_");
  }
  return text;
}

Check check_of(RelayRank rank) { return rank == RelayRank::kPrimary ? Check::kRelay : Check::kFallbackRelay; }

Finding finding_of_fault(RelayRank rank, RelayFault fault, const RelayRehearsal& rehearsal) {
  const auto& row = *std::ranges::find(kFaults, fault, &CauseRow<RelayFault>::key);
  const auto text = with_settings_of(rank, std::string(row.text));
  return {check_of(rank), row.verdict, row.word, text + addition(fault, rehearsal)};
}

std::string postmaster_of(const std::string& address) { return "postmaster" + address.substr(address.rfind('@')); }

}  // namespace

std::vector<Finding> examine_relay(RelaySettings relay, RelayRank rank, const std::string& recipient,
                                   std::chrono::milliseconds patience, const Clock& clock) {
  if (const char* wrong = fault_of(relay)) return {{check_of(rank), kWrong, "settings", with_settings_of(rank, wrong)}};
  relay.dialogue_timeout = patience;
  const auto of_recipient = recipient.empty() ? RelayFault::kPostmaster : RelayFault::kRecipient;
  const auto rehearsal = CurlMailer(relay, clock).rehearse(recipient.empty() ? postmaster_of(relay.from_address) : recipient);
  std::vector<Finding> findings;
  if (rehearsal.stage > SmtpStage::kLogIn && !relay.username.empty() && !rehearsal.tried_log_in) {
    findings.push_back(finding_of_fault(rank, RelayFault::kLogInMissing, {}));
  }
  if (!is_good(rehearsal)) findings.push_back(finding_of_fault(rank, fault_of_end(rehearsal, of_recipient), rehearsal));
  if (findings.empty()) findings.push_back(all_well(check_of(rank)));
  return findings;
}

}  // namespace rekey
