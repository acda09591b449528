#include "edge/core/site.h"

#include <algorithm>

#include "edge/core/problem.h"
#include "edge/core/security_headers.h"
#include "shared/codec/html.h"
#include "shared/language.h"

namespace rekey::edge {
namespace {

// A mail's link has its token in the fragment, which no server sees. In a query it would appear in logs, so the pages of these
// links redirect a request with a query to the same path without it.
enum class Query : std::uint8_t { kIgnored, kDropped };

struct Page {
  std::string_view path;
  std::string_view name;
  Query query = Query::kIgnored;
};

constexpr Page kPages[] = {
    {"/", "start"},
    {"/login", "login"},
    {"/register", "register"},
    {"/forgot-password", "forgot-password"},
    {"/reset-password", "reset-password", Query::kDropped},
    {"/reset-password/cancel", "cancel", Query::kDropped},
    {"/account", "account"},
    {"/docs", "docs"},
};

std::string_view choose(const Settings& settings, const Transcript& transcript) {
  std::vector<std::string_view> available(settings.languages.begin(), settings.languages.end());
  return choose_language(transcript.header("accept-language"), available);
}

Document page(const Settings& settings, const Transcript& transcript, std::string_view name, std::uint16_t status) {
  const auto language = choose(settings, transcript);
  Document document;
  document.status = status;
  document.key = std::string(name) + "." + std::string(language);
  document.fills = {{"product_name", escape_html(settings.product_name)},
                    {"password_min_length", std::to_string(settings.password_min_length)}};
  document.headers = {{"content-type", "text/html; charset=utf-8"},
                      {"content-language", std::string(language)},
                      {"vary", "Accept-Language"},
                      {"cache-control", "no-store"},
                      {"content-security-policy", std::string(name == "docs" ? kDocsPolicy : kPagePolicy)}};
  return document;
}

// The path names a hash of the content, so the content never changes.
Document asset_document(const Asset& asset) {
  Document document;
  document.key = asset.path;
  document.headers = {{"content-type", std::string(asset.type)},
                      {"cache-control", "public, max-age=31536000, immutable"},
                      {"content-security-policy", std::string(kNothingPolicy)}};
  return document;
}

Document openapi_document(const Settings& settings) {
  Document document;
  document.key = "openapi";
  document.fills = {{"auth_prefix", settings.auth_prefix}, {"password_min_length", std::to_string(settings.password_min_length)}};
  document.headers = {{"content-type", "application/json"},
                      {"cache-control", "no-store"},
                      {"content-security-policy", std::string(kNothingPolicy)}};
  return document;
}

Answer redirect(std::uint16_t status, std::string location) {
  auto answer = empty_answer(status);
  answer.headers.push_back({"location", std::move(location)});
  return answer;
}

Action page_at(const Settings& settings, const Transcript& transcript, const Page& known, std::string_view query) {
  if (known.query == Query::kDropped && !query.empty()) return redirect(303, std::string(known.path));
  return page(settings, transcript, known.name, 200);
}

std::optional<Found> find_document(const Settings& settings, const Transcript& transcript, const Url& url) {
  const auto path = url.path;
  for (const auto& known : kPages) {
    if (known.path == path) return Found{page_at(settings, transcript, known, url.query), Endpoint::kPage};
  }
  if (path == "/openapi.json") return Found{openapi_document(settings), Endpoint::kOpenapi};
  if (path == "/.well-known/change-password") return Found{redirect(302, "/account"), Endpoint::kPage};
  if (const auto asset = settings.find_asset(path)) return Found{asset_document(*asset), Endpoint::kAsset};
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

Answer other_method(std::string_view method, std::string_view allowed) {
  auto answer = method == "OPTIONS" ? empty_answer(204) : problem_answer(kMethodNotAllowed);
  answer.headers.push_back({"allow", std::string(allowed)});
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
