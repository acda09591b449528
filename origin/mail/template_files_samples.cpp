#include "origin/mail/template_files_samples.h"

namespace rekey {

namespace {

MailValues common_samples() {
  return {{"product_name", "Product"},
          {"username", "name"},
          {"when", "then"},
          {"device", "Firefox"},
          {"place", "Utopia"},
          {"address", "192.0.2.*"},
          {"site", "https://example.com"},
          {"contact", "contact@example.com"}};
}

MailValues own_samples(MailKind kind) {
  switch (kind) {
    case MailKind::kReset:
      return {{"link", "https://example.com/reset-password#token=a"},
              {"cancel_link", "https://example.com/reset-password/cancel#token=a"},
              {"code", "1234 5678"},
              {"app_link", "com.example.app:/reset-password#token=a"},
              {"lifetime", "60 minutes"},
              {"expires", "later"}};
    case MailKind::kPasswordChanged:
      return {{"forgot_link", "https://example.com/forgot-password"}, {"by_reset", "yes"}, {"accounts", "yes"}};
    case MailKind::kSessionReused:
      return {{"forgot_link", "https://example.com/forgot-password"}};
    case MailKind::kSignIn:
      return {{"sign_in_with", "Provider"}};
  }
  return {};
}

}  // namespace

MailValues full_mail_samples(MailKind kind) {
  auto values = common_samples();
  values.merge(own_samples(kind));
  return values;
}

MailValues sparse_mail_samples(MailKind kind) {
  auto values = full_mail_samples(kind);
  for (const auto* name :
       {"username", "device", "place", "address", "contact", "code", "by_reset", "accounts", "sign_in_with", "app_link"}) {
    if (values.contains(name)) values[name] = "";
  }
  return values;
}

std::vector<std::string> sample_words() {
  std::vector<std::string> words = {"words.time", "words.device"};
  for (const std::string unit : {"minutes", "seconds"}) {
    words.push_back("words." + unit + ".one");
    words.push_back("words." + unit + ".other");
  }
  for (int month = 1; month <= 12; ++month) words.push_back("words.month." + std::to_string(month));
  return words;
}

MailValues sample_word_values() {
  return {{"count", "2"},   {"browser", "Firefox"}, {"system", "Linux"}, {"day", "1"},
          {"month", "May"}, {"year", "2000"},       {"hour", "00"},      {"minute", "00"}};
}

}  // namespace rekey
