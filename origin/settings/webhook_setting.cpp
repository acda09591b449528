#include "origin/settings/webhook_setting.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "origin/ports/webhook_store.h"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

// In: WEBHOOK_URLS or MAIL_WEBHOOK_URL, an item of it and its number (WebhookSecrets::of).
WebhookTarget read_webhook(SettingsReader& reader, std::string_view name, std::string_view url, const WebhookSecrets& secrets,
                           std::size_t number) {
  WebhookTarget target{std::string(url), secrets.of(number), Reach::kPublic, reader.text("WEBHOOK_CA_FILE")};
  const auto allowed =
      reader.choice("WEBHOOK_ALLOW_PRIVATE", {"off", "on"}) == 1 ? WebhookNetwork::kAny : WebhookNetwork::kPublic;
  const auto reach = reach_of_webhook(url, allowed);
  if (!reach)
    reader.refuse(
        name, "must hold https URLs without a user and a fragment; http only for this machine, or with WEBHOOK_ALLOW_PRIVATE=on");
  if (reach) target.reach = *reach;
  if (target.secrets.empty()) reader.refuse("WEBHOOK_SECRETS", "must hold a secret for each URL");
  return target;
}

WebhookSecrets read_webhook_secrets(SettingsReader& reader) {
  const SecretText text(reader.text("WEBHOOK_SECRETS"));
  auto secrets = WebhookSecrets::parse(text.reveal());
  if (secrets) return *std::move(secrets);
  reader.refuse("WEBHOOK_SECRETS",
                "must be a list of whsec_ and base64 of 24 to 64 bytes, at most two for each URL; a URL's number and a colon may "
                "stand before it");
  return {};
}

std::vector<std::string> list_from(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto item = trim(text.substr(0, end), " ");
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

std::vector<std::string> read_webhook_events(SettingsReader& reader) {
  auto events = list_from(reader.text("WEBHOOK_EVENTS"));
  const auto is_known = [](const std::string& event) {
    return std::ranges::find(kWebhookEvents, event, &WebhookEventRow::type) != std::end(kWebhookEvents);
  };
  if (!std::ranges::all_of(events, is_known))
    reader.refuse("WEBHOOK_EVENTS", "must be a list of the events of README.md, \"Webhooks\"");
  return events;
}

bool stands_before(const std::vector<std::string>& urls, std::size_t i) {
  const auto end = urls.begin() + static_cast<std::ptrdiff_t>(i);
  return std::find(urls.begin(), end, urls[i]) != end;
}

void read_receivers(SettingsReader& reader, ServiceSettings& settings, const WebhookSecrets& secrets) {
  const auto urls = list_from(reader.text("WEBHOOK_URLS"));
  if (urls.size() > kMostWebhookUrls) return reader.refuse("WEBHOOK_URLS", "must hold at most 8 URLs");
  if (secrets.last_url() > urls.size())
    reader.refuse("WEBHOOK_SECRETS", "must not hold a secret for a URL that WEBHOOK_URLS does not");
  for (std::size_t i = 0; i < urls.size(); ++i) {
    if (stands_before(urls, i)) reader.refuse("WEBHOOK_URLS", "must not hold a URL twice");
    settings.webhooks.push_back(read_webhook(reader, "WEBHOOK_URLS", urls[i], secrets, i + 1));
  }
}

void refuse_mail_webhook(SettingsReader& reader) {
  if (!reader.text("MAIL_WEBHOOK_URL").empty())
    reader.refuse("MAIL_WEBHOOK_URL", "must not be set unless MAIL_SENDER is webhook");
}

void read_mail_webhook(SettingsReader& reader, ServiceSettings& settings, const WebhookSecrets& secrets) {
  const auto url = reader.required("MAIL_WEBHOOK_URL");
  if (!url.empty()) settings.mail_webhook = read_webhook(reader, "MAIL_WEBHOOK_URL", url, secrets, WebhookSecrets::kOfMail);
}

}  // namespace

void read_webhooks(SettingsReader& reader, ServiceSettings& settings, MailSender sender) {
  const auto secrets = read_webhook_secrets(reader);
  read_receivers(reader, settings, secrets);
  settings.webhook_events = read_webhook_events(reader);
  settings.webhooks_keep = std::chrono::days(reader.number("WEBHOOK_KEEP_DAYS", {1, 365}));
  if (sender == MailSender::kWebhook) return read_mail_webhook(reader, settings, secrets);
  refuse_mail_webhook(reader);
}

}  // namespace rekey
