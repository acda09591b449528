// The settings of webhooks: WEBHOOK_URLS and the others of WEBHOOK_, and MAIL_WEBHOOK_URL. Read by settings.h.
#pragma once

#include "origin/settings/relay_setting.h"
#include "origin/settings/settings.h"

namespace rekey {

// Fills the members of `settings` that are about webhooks.
void read_webhooks(SettingsReader& reader, ServiceSettings& settings, MailSender sender);

}  // namespace rekey
