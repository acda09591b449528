#include "origin/mail/mail_device.h"

#include <algorithm>
#include <array>

namespace rekey {
namespace {

struct Mark {
  std::string_view in_header;
  std::string_view name;
};

// The order matters: most browsers also name the browsers that they descend from.
constexpr std::array kBrowsers = {
    Mark{"Edg/", "Edge"},        Mark{"EdgA/", "Edge"},       Mark{"EdgiOS/", "Edge"},
    Mark{"OPR/", "Opera"},       Mark{"Vivaldi/", "Vivaldi"}, Mark{"SamsungBrowser/", "Samsung Internet"},
    Mark{"Firefox/", "Firefox"}, Mark{"FxiOS/", "Firefox"},   Mark{"CriOS/", "Chrome"},
    Mark{"Chrome/", "Chrome"},   Mark{"Safari/", "Safari"},   Mark{"curl/", "curl"},
};

constexpr std::array kSystems = {
    Mark{"iPhone", "iPhone"}, Mark{"iPad", "iPad"},       Mark{"Android", "Android"}, Mark{"Windows", "Windows"},
    Mark{"CrOS", "ChromeOS"}, Mark{"Macintosh", "macOS"}, Mark{"Linux", "Linux"},
};

template <std::size_t N>
std::string_view first_in(std::string_view header, const std::array<Mark, N>& marks) {
  const auto found = std::find_if(marks.begin(), marks.end(),
                                  [&](const Mark& mark) { return header.find(mark.in_header) != std::string_view::npos; });
  return found == marks.end() ? std::string_view() : found->name;
}

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.size() <= 45 && text.find_first_not_of(characters) == std::string_view::npos;
}

std::string mask_ipv4(std::string_view ip) { return std::string(ip.substr(0, ip.rfind('.') + 1)) + "*"; }

// Keeps the first three groups, a site's prefix (RFC 6177), or fewer if `::` comes first.
std::string mask_ipv6(std::string_view ip) {
  const auto head = ip.substr(0, ip.find("::"));
  std::size_t end = 0;
  for (int group = 0; group < 3 && end < head.size(); ++group) end = std::min(head.find(':', end), head.size() - 1) + 1;
  if (end == 0) return "";
  const auto kept = std::string(head.substr(0, end));
  return kept.back() == ':' ? kept + "*" : kept + ":*";
}

}  // namespace

MailDevice recognize_device(std::string_view user_agent) {
  return {first_in(user_agent, kBrowsers), first_in(user_agent, kSystems)};
}

std::string mask_address(std::string_view ip) {
  if (consists_of(ip, "0123456789.") && std::count(ip.begin(), ip.end(), '.') == 3) return mask_ipv4(ip);
  if (consists_of(ip, "0123456789abcdefABCDEF:") && std::count(ip.begin(), ip.end(), ':') >= 2) return mask_ipv6(ip);
  return "";
}

}  // namespace rekey
