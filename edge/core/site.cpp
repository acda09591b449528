#include "edge/core/site.h"

#include <algorithm>

#include "edge/core/problem.h"
#include "edge/core/security_headers.h"
#include "shared/language.h"

namespace rekey::edge {
namespace {

// A mail's link has its token in the fragment, which no server sees. In a query it would appear in logs, so the pages of these
// links redirect a request with a query to the same path without it.
enum class Query : std::uint8_t { kIgnored, kDropped };

struct Page {
  std::string_view path;
  std::string_view name;
  FeatureSet features;  // kRecovery: it is there with all features, too
  Query query = Query::kIgnored;
};

constexpr Page kPages[] = {
    {"/", "start", FeatureSet::kAll},
    {"/login", "login", FeatureSet::kAll},
    {"/register", "register", FeatureSet::kAll},
    {"/forgot-password", "forgot-password", FeatureSet::kRecovery},
    {"/reset-password", "reset-password", FeatureSet::kRecovery, Query::kDropped},
    {"/reset-password/cancel", "cancel", FeatureSet::kRecovery, Query::kDropped},
    {"/account", "account", FeatureSet::kAll},
    {"/docs", "docs", FeatureSet::kAll},
};

bool is_missing(const Settings& settings, const Page& page) {
  return settings.features == FeatureSet::kRecovery && page.features == FeatureSet::kAll;
}

// The scripts and styles of one page are named after it: `docs.<hash>.js`, `docs-swagger-ui.<hash>.css`.
constexpr std::string_view kAssets = "/assets/";

bool is_named_after(std::string_view asset, std::string_view page) {
  if (!asset.starts_with(page)) return false;
  asset.remove_prefix(page.size());
  return asset.starts_with('.') || asset.starts_with('-');
}

bool is_of_missing_page(const Settings& settings, std::string_view asset) {
  return std::any_of(std::begin(kPages), std::end(kPages), [&](const Page& page) {
    return is_missing(settings, page) && is_named_after(asset.substr(kAssets.size()), page.name);
  });
}

Document page(const Settings& settings, const Transcript& transcript, std::string_view name, std::uint16_t status) {
  const auto language = reader_language(settings, transcript);
  auto document = prepared_document(std::string(name) + "." + std::string(language), "text/html; charset=utf-8", "no-store",
                                    name == "docs" ? kDocsPolicy : kPagePolicy);
  document.status = status;
  add_header(document.headers, "content-language", language);
  add_header(document.headers, "vary", "Accept-Language");
  return document;
}

// The path names a hash of the content, so the content never changes. A PNG is a brand's logo: web mail shows it on its own site.
Document asset_document(const Asset& asset) {
  const auto policy = asset.type == "image/svg+xml" ? kSvgPolicy : kNothingPolicy;
  auto document = prepared_document(asset.path, asset.type, "public, max-age=31536000, immutable", policy);
  document.is_public = asset.type == "image/png";
  return document;
}

// Of documents that change with the settings alone.
constexpr std::string_view kHourly = "public, max-age=3600";

Document api_document(std::string_view key, std::string_view cache_control) {
  return prepared_document(key, "application/json", cache_control, kNothingPolicy);
}

Answer redirect(std::uint16_t status, std::string_view location) {
  auto answer = empty_answer(status);
  add_header(answer.headers, "location", location);
  return answer;
}

Action page_at(const Settings& settings, const Transcript& transcript, const Page& known, std::string_view query) {
  if (known.query == Query::kDropped && !query.empty()) return redirect(303, known.path);
  return page(settings, transcript, known.name, 200);
}

std::optional<Found> find_document(const Settings& settings, const Transcript& transcript, const Url& url) {
  const auto path = url.path;
  for (const auto& known : kPages) {
    if (known.path == path && !is_missing(settings, known))
      return Found{page_at(settings, transcript, known, url.query), Endpoint::kPage};
  }
  if (path == "/openapi.json") return Found{api_document("openapi", "no-store"), Endpoint::kOpenapi};
  if (path == "/api/password-policy") return Found{api_document("password-policy", kHourly), Endpoint::kPasswordPolicy};
  if (path == "/.well-known/change-password" && settings.features == FeatureSet::kAll)
    return Found{redirect(302, "/account"), Endpoint::kPage};
  if (path == "/.well-known/apple-app-site-association" && !settings.ios_app_ids.empty())
    return Found{api_document("apple-app-site-association", kHourly), Endpoint::kAppLinks};
  if (path == "/.well-known/assetlinks.json" && !settings.android_statements.empty())
    return Found{api_document("assetlinks", kHourly), Endpoint::kAppLinks};
  const auto asset = settings.find_asset(path);
  if (asset && !is_of_missing_page(settings, path)) return Found{asset_document(*asset), Endpoint::kAsset};
  return std::nullopt;
}

// The https address comes from the settings, never from the Host field.
Answer to_https(const Settings& settings, std::string_view path) {
  const auto frontend = settings.frontend();
  if (frontend.scheme != Scheme::kHttps) return problem_answer(kHttpsRequired);
  return redirect(308, "https://" + std::string(frontend.authority) + std::string(path));
}

bool reads_pages(const Transcript& transcript) {
  return (transcript.method == "GET" || transcript.method == "HEAD") &&
         transcript.header("accept").find("text/html") != std::string_view::npos;
}

}  // namespace

std::string_view reader_language(const Settings& settings, const Transcript& transcript) {
  std::vector<std::string_view> available(settings.languages.begin(), settings.languages.end());
  return choose_language(transcript.header("accept-language"), available);
}

Answer other_method(std::string_view method, std::string_view allowed) {
  auto answer = method == "OPTIONS" ? empty_answer(204) : problem_answer(kMethodNotAllowed);
  add_header(answer.headers, "allow", allowed);
  return answer;
}

std::optional<Found> find_in_site(const Settings& settings, const Transcript& transcript, const Url& url) {
  auto found = find_document(settings, transcript, url);
  if (!found) return std::nullopt;
  if (transcript.method != "GET" && transcript.method != "HEAD") {
    found->action = other_method(transcript.method, "GET, HEAD, OPTIONS");
  } else if (url.scheme == Scheme::kHttp && !is_loopback(url.host())) {
    found->action = to_https(settings, url.path);
  }
  return found;
}

Action not_found(const Settings& settings, const Transcript& transcript) {
  if (reads_pages(transcript)) return page(settings, transcript, "not-found", 404);
  return problem_answer(kNotFound);
}

}  // namespace rekey::edge
