#include "edge/core/origin_list.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/url.h"

namespace rekey::edge {
namespace {

// As Cloudflare names them.
constexpr std::string_view kContinents[] = {"AF", "AN", "AS", "EU", "NA", "OC", "SA"};

// Returns: 0 for any other word.
std::uint8_t bit_of(std::string_view continent) {
  const auto* const found = std::find(std::begin(kContinents), std::end(kContinents), continent);
  return found == std::end(kContinents) ? 0 : static_cast<std::uint8_t>(1U << (found - std::begin(kContinents)));
}

bool is_bare_origin(const Url& url) { return (url.path.empty() || url.path == "/") && url.query.empty(); }

std::optional<std::string> parse_url(std::string_view text, PlainHttp plain_http) {
  const auto url = Url::parse(text);
  if (!url || !is_bare_origin(*url)) return std::nullopt;
  if (url->scheme == Scheme::kHttp && !is_loopback(url->host()) && plain_http == PlainHttp::kRefuse) return std::nullopt;
  return (url->scheme == Scheme::kHttps ? "https://" : "http://") + std::string(url->authority);
}

std::optional<OriginAddress> parse_entry(std::string_view entry, PlainHttp plain_http) {
  auto url = parse_url(cut_until(entry, ' '), plain_http);
  if (!url) return std::nullopt;
  OriginAddress origin{*std::move(url)};
  while (!entry.empty()) {
    const auto bit = bit_of(cut_until(entry, ' '));
    if (bit == 0 || (origin.continents & bit) != 0) return std::nullopt;
    origin.continents |= bit;
  }
  return origin;
}

}  // namespace

bool OriginAddress::is_near(std::string_view continent) const { return (continents & bit_of(continent)) != 0; }

std::optional<std::vector<OriginAddress>> parse_origins(std::string_view list, PlainHttp plain_http) {
  std::vector<OriginAddress> origins;
  const auto entries = static_cast<std::size_t>(std::count(list.begin(), list.end(), ',')) + 1;
  if (entries > kMaxOrigins) return std::nullopt;
  for (std::size_t i = 0; i < entries; ++i) {
    auto origin = parse_entry(trim(cut_until(list, ',')), plain_http);
    if (!origin) return std::nullopt;
    origins.push_back(*std::move(origin));
  }
  return origins;
}

}  // namespace rekey::edge
