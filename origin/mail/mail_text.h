// Shared by all mails: the sender, the language, composing a mail from templates, and the words for times, durations, and the
// place and device that a request came from.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "origin/ports/first_password.h"
#include "origin/ports/mail_templates.h"
#include "origin/ports/mailer.h"
#include "origin/ports/request_info.h"
#include "origin/ports/user.h"
#include "shared/feature_set.h"

namespace rekey {

// From the settings alone: nothing in a request decides where a link leads (B2).
struct MailIdentity {
  std::string product_name;
  std::string frontend_url;  // without a slash at its end
  std::string from_address;
  std::string contact;         // MAIL_CONTACT; "" for none
  std::string sign_in_hint{};  // SIGN_IN_HINT; "" for none
  FirstPassword first_password = FirstPassword::kRefused;
  std::string reset_page_url{};  // without a fragment; "" for our own page at frontend_url
  FeatureSet features = FeatureSet::kAll;
  std::string app_link_scheme{};  // APP_LINK_SCHEME; "" for none
};

// Returns: the language stored with the account if mails exist in it; else the best match of the request's Accept-Language.
std::string_view choose_mail_language(const MailTemplates& templates, const User& user, const RequestInfo& request);

// Returns: "60 minutes", "1 minute", or "90 seconds" if it is not a whole number of minutes.
std::string duration_words(const MailTemplates& templates, std::string_view language, std::chrono::seconds duration);

// Returns: "21 November 2026, 09:05 UTC". In UTC because the reader's time zone is not known.
std::string time_words(const MailTemplates& templates, std::string_view language, std::chrono::sys_seconds time);

// Returns: the values for every mail: product_name, site, contact, username, when, device, place, address. Each of the last three
// is "" if not known, as is a name that breaks the rules of shared/username.h: anyone can cause mails that hold it.
MailValues common_values(const MailTemplates& templates, std::string_view language, const MailIdentity& identity,
                         const User& user, const RequestInfo& request, std::chrono::sys_seconds when);

// Returns: the mail to the user's stored address. Its Message-ID is made of the delivery's id and the sender's domain.
Mail compose_mail(MailText text, const MailIdentity& identity, const User& user, std::string_view delivery_id,
                  std::string_view language);

}  // namespace rekey
