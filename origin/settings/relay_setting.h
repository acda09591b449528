// The settings of the relays: MAIL_SERVER and the others of MAIL_ about the connection, and MAIL_FALLBACK_. Read by settings.h.
#pragma once

#include <cstdint>
#include <optional>

#include "origin/mail/curl_mailer.h"
#include "origin/settings/settings_source.h"

namespace rekey {

enum class MailSender : std::uint8_t { kSmtp, kWebhook };

MailSender read_mail_sender(SettingsReader& reader);

// Returns: without a name of the sender, which is the product's. MAIL_SERVER may be missing where a webhook sends.
RelaySettings read_relay(SettingsReader& reader, MailSender sender);

// Returns: none if MAIL_FALLBACK_SERVER is empty. Its mails come from the same sender as the first relay's.
std::optional<RelaySettings> read_fallback_relay(SettingsReader& reader, MailSender sender, const RelaySettings& primary);

}  // namespace rekey
