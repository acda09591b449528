#include "edge/core/admission.h"

#include <algorithm>

#include "edge/core/cross_origin.h"
#include "edge/core/features.h"
#include "edge/core/idempotency.h"
#include "edge/core/problem.h"
#include "edge/core/site.h"
#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/strict_json.h"

namespace rekey::edge {
namespace {

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD"; }

// HEAD is GET without the answer's body.
bool is_method_of(const Feature& feature, std::string_view method) {
  return method == feature.method || (method == "HEAD" && feature.method == "GET");
}

bool is_path_of(const Settings& settings, const Feature& feature, std::string_view path) {
  if (feature.path.ends_with('/')) return path.starts_with(feature.path) && is_session_id(path.substr(feature.path.size()));
  if (feature.dialect == Dialect::kApi) return path == feature.path;
  return path.starts_with(settings.auth_prefix) && path.substr(settings.auth_prefix.size()) == feature.path;
}

// Browsers send Sec-Fetch-Site or Origin with a call. Other clients send neither, and have no cookie of ours.
bool is_cross_site(const Settings& settings, const Transcript& transcript, const Url& url) {
  if (is_from_allowed_origin(settings, transcript)) return false;
  const auto site = transcript.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const auto text = transcript.header("origin");
  // A form of our pages has "null", since they send no Referer.
  if (text.empty() || (text == "null" && site == "same-origin")) return false;
  const auto origin = Url::parse(text);
  return !origin || !(same_origin(*origin, url) || same_origin(*origin, settings.frontend()));
}

// RFC 9110, section 8.3.1. The only allowed parameter is charset=utf-8.
bool is_media_type(std::string_view header, std::string_view wanted) {
  const auto semicolon = header.find(';');
  if (!equal_ignoring_case(trim(header.substr(0, semicolon)), wanted)) return false;
  if (semicolon == std::string_view::npos) return true;
  const auto parameter = trim(header.substr(semicolon + 1));
  return equal_ignoring_case(parameter, "charset=utf-8") || equal_ignoring_case(parameter, "charset=\"utf-8\"");
}

bool is_right_media(const Transcript& transcript, Media media) {
  if (media == Media::kNone) return true;
  if (!transcript.header("content-encoding").empty()) return false;
  const auto wanted = media == Media::kJson ? "application/json" : "application/x-www-form-urlencoded";
  return is_media_type(transcript.header("content-type"), wanted);
}

Answer body_fault(RekeyBodyFault fault) {
  switch (fault) {
    case kBodyTooLarge:
      return problem_answer(kBodyLarge);
    case kBodyLate:
      return problem_answer(kBodyTimeout);
    case kBodyBroken:
      return problem_answer(kBrokenRequest);
  }
  __builtin_trap();
}

bool is_announced_too_large(const Transcript& transcript) {
  const auto length = transcript.header("content-length");
  return !length.empty() && !parse_decimal(length, kMaxBodySize);
}

}  // namespace

std::optional<Answer> refuse_form(const Transcript& transcript, const std::optional<Url>& url) {
  const auto& headers = transcript.headers();
  const auto is_long = [](const HeaderView& header) { return header.value.size() >= kRekeyMaxText; };
  const bool is_large = transcript.header_count > kRekeyMaxHeaders || transcript.header_size > kRekeyMaxHeaderSize;
  if (transcript.url.size() >= kRekeyMaxText) return problem_answer(kUrlLarge);
  if (is_large || std::any_of(headers.begin(), headers.end(), is_long)) return problem_answer(kHeaderLarge);
  if (!url || equal_ignoring_case(transcript.header("upgrade"), "websocket")) return problem_answer(kBrokenRequest);
  return std::nullopt;
}

Route find_route(const Settings& settings, std::string_view method, std::string_view path) {
  Route route;
  for (const auto& feature : routes::kAll) {
    if (!has_use_case(settings.features, feature.use_case) || !is_path_of(settings, feature, path)) continue;
    route.endpoint = feature.endpoint;
    if (is_method_of(feature, method)) route.feature = &feature;
    route.allowed += std::string(feature.method) + (feature.method == "GET" ? ", HEAD, " : ", ");
  }
  if (!route.allowed.empty()) route.allowed += "OPTIONS";
  return route;
}

Answer refuse_method(const Settings& settings, const Transcript& transcript, const Url& url, const Route& route) {
  if (is_cross_site(settings, transcript, url)) return problem_answer(kCrossSite);
  return other_method(transcript.method, route.allowed);
}

std::optional<Answer> admit(const Context& context, const Url& url, const Feature& feature) {
  const auto& t = context.transcript;
  if (url.scheme == Scheme::kHttp && !is_loopback(url.host())) return problem_answer(kHttpsRequired);
  if (!is_safe(t.method) && is_cross_site(context.settings, t, url)) return problem_answer(kCrossSite);
  if (!url.query.empty()) return problem_answer(kQueryNotAllowed);
  if (feature.admit != nullptr) {
    if (auto refusal = feature.admit(context)) return refusal;
  }
  if (auto refusal = refuse_key(context, feature)) return refusal;
  if (!is_right_media(t, feature.media)) return problem_answer(feature.media == Media::kForm ? kNotForm : kNotJson);
  return std::nullopt;
}

std::optional<Action> await_body(const Context& context, const Feature& feature) {
  const auto& t = context.transcript;
  if (feature.media == Media::kNone || t.body) return std::nullopt;
  if (t.body_fault) return body_fault(*t.body_fault);
  if (is_announced_too_large(t)) return problem_answer(kBodyLarge);
  return ReadBody{};
}

}  // namespace rekey::edge
