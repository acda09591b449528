#include "origin/doctor/edge_check.h"

#include <algorithm>

#include "origin/doctor/challenge.h"
#include "origin/web/web_client.h"
#include "shared/edge_statement.h"
#include "shared/key_fingerprints.h"
#include "shared/url.h"

namespace rekey {
namespace {

using enum Verdict;

enum class EdgeFault : std::uint8_t {
  kNoSuchHost,
  kNobody,
  kSilent,
  kTls,
  kCertificate,
  kRedirect,
  kPlainHttp,
  kBroken,
  kAnother,
  kEdgeKeys,
  kTokenKeys,
  kEdgeKeysNext,
  kTokenKeysNext,
  kSetting,
  kVersion,
  kVersionNext,
  kOriginKeys,
  kOriginVersion,
  kClocks,
  kNoOrigin,
  kNotAsked,
  kPageShut,
};

// A note where this machine may not be the place to ask from.
constexpr CauseRow<EdgeFault> kFaults[] = {
    {EdgeFault::kNoSuchHost, kNote, "host", "the host of FRONTEND_URL can't be resolved here; the links in mails lead there"},
    {EdgeFault::kNobody, kNote, "nobody", "nothing listens at FRONTEND_URL, seen from here; the links in mails lead there"},
    {EdgeFault::kSilent, kNote, "silent", "FRONTEND_URL does not answer, seen from here; the links in mails lead there"},
    {EdgeFault::kTls, kWrong, "tls", "the TLS handshake with FRONTEND_URL fails: is it a server for https?"},
    {EdgeFault::kCertificate, kWrong, "certificate", "the certificate at FRONTEND_URL is not valid for it"},
    {EdgeFault::kRedirect, kWrong, "redirect", "FRONTEND_URL redirects: set it to the address where the edge itself answers"},
    {EdgeFault::kPlainHttp, kWrong, "forwarded_proto",
     "the edge takes https for plain http: the proxy before it must overwrite X-Forwarded-Proto"},
    {EdgeFault::kBroken, kWrong, "broken",
     "a proxy without an edge answers at FRONTEND_URL, or an edge with an invalid setting: look for alarm.invalid_setting in its "
     "log; status "},
    {EdgeFault::kAnother, kWrong, "another", "another site answers at FRONTEND_URL"},
    {EdgeFault::kEdgeKeys, kWrong, "other_keys",
     "the edge at FRONTEND_URL has other EDGE_ORIGIN_KEYS: each of its calls is refused; or it is the edge of another "
     "installation"},
    {EdgeFault::kTokenKeys, kWrong, "other_keys",
     "the edge at FRONTEND_URL has another RESET_PASSWORD_TOKEN_SECRET: it refuses every link that this origin mails"},
    {EdgeFault::kEdgeKeysNext, kNote, "rotation",
     "the lists EDGE_ORIGIN_KEYS here and at the edge differ: finish the change of keys"},
    {EdgeFault::kTokenKeysNext, kNote, "rotation",
     "the lists RESET_PASSWORD_TOKEN_SECRET here and at the edge differ: finish the change of keys"},
    {EdgeFault::kSetting, kWrong, "setting", "the edge at FRONTEND_URL has another value of a setting than this origin: "},
    {EdgeFault::kVersion, kWrong, "other_version",
     "the edge at FRONTEND_URL is more than one version of the calls away from this origin, so each of its calls is refused: "
     "upgrade "
     "the older one; the edge has version "},
    {EdgeFault::kVersionNext, kNote, "upgrade",
     "the edge at FRONTEND_URL is of a neighbouring version, which works: finish the upgrade; the edge has version "},
    {EdgeFault::kOriginKeys, kWrong, "origin_keys",
     "the edge at FRONTEND_URL calls an origin with other keys than its own: see `detail` of /healthz there"},
    {EdgeFault::kOriginVersion, kWrong, "origin_version",
     "the edge at FRONTEND_URL calls an origin that is more than one version of the calls away from it: upgrade the older one"},
    {EdgeFault::kClocks, kWrong, "clocks", "the edge at FRONTEND_URL calls an origin whose clock is more than a minute off"},
    {EdgeFault::kNoOrigin, kWrong, "no_origin",
     "the edge at FRONTEND_URL reaches no origin: check ORIGIN_URLS there, and the way from there to ORIGIN_LISTEN; status "},
    {EdgeFault::kNotAsked, kNote, "no_origin", "the edge at FRONTEND_URL reaches no origin, and this one does not run; status "},
    {EdgeFault::kPageShut, kNote, "reset_page",
     "RESET_PAGE_URL is of an origin that the edge's ALLOWED_ORIGINS lacks: a script there can't set the password, only a back "
     "end can; the origin is "},
};

Finding finding_of_fault(EdgeFault fault, std::string_view addition = "") {
  return finding_of(Check::kEdge, *std::ranges::find(kFaults, fault, &CauseRow<EdgeFault>::key), addition);
}

// The edge's statement, parsed.
struct Statement {
  std::chrono::seconds unix_time;
  KeyFingerprints edge_origin_keys;
  KeyFingerprints token_keys;
  JsonObject fields;
};

std::optional<Statement> parse_statement(const WebAnswer& answer) {
  std::vector<FieldProblem> problems;
  auto fields = JsonObject::parse(answer.body, kStatementRules, problems, kMaxReplySize, UnknownFields::kIgnore);
  if (!fields) return std::nullopt;
  const auto edge_origin = KeyFingerprints::parse(fields->string(kEdgeOriginKeysName));
  const auto tokens = KeyFingerprints::parse(fields->string(kTokenKeysName));
  if (!edge_origin || !tokens) return std::nullopt;
  const std::chrono::seconds now(fields->integer(kUnixTimeName));
  return Statement{now, *edge_origin, *tokens, std::move(fields).value()};
}

EdgeFault fault_of_end(WebEnd end) {
  switch (end) {
    case WebEnd::kNoSuchHost:
      return EdgeFault::kNoSuchHost;
    case WebEnd::kRefused:
      return EdgeFault::kNobody;
    case WebEnd::kUnsent:
    case WebEnd::kTimedOut:
      return EdgeFault::kSilent;
    case WebEnd::kTlsFailed:
      return EdgeFault::kTls;
    case WebEnd::kNotTrusted:
    case WebEnd::kNoCaFile:
      return EdgeFault::kCertificate;
    case WebEnd::kAnswer:
    case WebEnd::kForbiddenAddress:
    case WebEnd::kCutOff:
    case WebEnd::kBroke:
      return EdgeFault::kAnother;
  }
  __builtin_trap();
}

bool holds(const WebAnswer& answer, std::string_view text) { return answer.body.find(text) != std::string::npos; }

// In: an answer that is no statement.
Finding why_no_statement(const WebAnswer& answer) {
  if (answer.end != WebEnd::kAnswer) return finding_of_fault(fault_of_end(answer.end));
  if (answer.status >= 300 && answer.status < 400) return finding_of_fault(EdgeFault::kRedirect);
  if (holds(answer, "urn:rekey:problem:https-required")) return finding_of_fault(EdgeFault::kPlainHttp);
  if (answer.status >= 500) return finding_of_fault(EdgeFault::kBroken, std::to_string(answer.status));
  return finding_of_fault(EdgeFault::kAnother);
}

class EdgeComparison {
 public:
  EdgeComparison(const Settings& settings, const Statement& theirs, std::string_view challenge)
      : settings_(settings), theirs_(theirs), challenge_(challenge) {}

  std::vector<Finding> run() {
    compare_edge_origin_keys();
    compare_token_keys();
    compare_settings();
    compare_versions();
    return std::move(findings_);
  }

 private:
  void note(EdgeFault fault, std::string_view addition = "") { findings_.push_back(finding_of_fault(fault, addition)); }

  // The edge's first key signs its calls.
  void compare_edge_origin_keys() {
    const auto own = KeyFingerprints::of(settings_.edge_origin_keys, challenge_);
    const auto& theirs = theirs_.edge_origin_keys;
    if (!own.hold(theirs.signing()) || own.contradict(theirs)) return note(EdgeFault::kEdgeKeys);
    if (!own.are_of_the_keys_of(theirs)) note(EdgeFault::kEdgeKeysNext);
  }

  // This origin's first key signs the links.
  void compare_token_keys() {
    const auto own = KeyFingerprints::of(settings_.token_keys, challenge_);
    const auto& theirs = theirs_.token_keys;
    if (!theirs.hold(own.signing()) || own.contradict(theirs)) return note(EdgeFault::kTokenKeys);
    if (!own.are_of_the_keys_of(theirs)) note(EdgeFault::kTokenKeysNext);
  }

  void compare_settings() {
    compare("FRONTEND_URL", without_slash(theirs_.fields.string(kFrontendUrlName)), settings_.frontend_url);
    compare("PRODUCT_NAME", theirs_.fields.string(kProductNameName), settings_.product_name);
    compare("PASSWORD_MIN_LENGTH", number(kPasswordMinLengthName), std::to_string(settings_.password_min_length));
    compare("PASSWORD_FORMAT", theirs_.fields.string(kPasswordFormatName),
            password_format_word(settings_.password_format.format));
    compare_features();
    compare("RECOVERY", theirs_.fields.string(kRecoveryName), recovery_word(settings_.recovery));
  }

  // The statement has the length of a session only with FEATURES=all.
  void compare_features() {
    const auto theirs = theirs_.fields.has(kSessionMinutesName) ? FeatureSet::kAll : FeatureSet::kRecovery;
    if (theirs != settings_.features) return note(EdgeFault::kSetting, "FEATURES");
    if (theirs == FeatureSet::kRecovery) return;
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(settings_.session_lifetime).count();
    compare("ACCESS_TOKEN_EXPIRE_MINUTES", number(kSessionMinutesName), std::to_string(minutes));
  }

  void compare_versions() {
    const auto theirs = theirs_.fields.integer(kVersionName);
    if (theirs == kCallVersion) return;
    note(is_neighbour(theirs) ? EdgeFault::kVersionNext : EdgeFault::kVersion, std::to_string(theirs));
  }

  void compare(std::string_view name, std::string_view there, std::string_view here) {
    if (there != here) note(EdgeFault::kSetting, name);
  }

  std::string number(std::string_view name) const { return std::to_string(theirs_.fields.integer(name)); }

  static std::string_view without_slash(std::string_view url) {
    if (url.ends_with('/')) url.remove_suffix(1);
    return url;
  }

  const Settings& settings_;
  const Statement& theirs_;
  std::string_view challenge_;
  std::vector<Finding> findings_;
};

// Whether the edge reaches an origin, as any caller of its API would see it.
std::vector<Finding> examine_way_to_origin(const std::string& url, Running running, std::chrono::milliseconds patience) {
  const auto answer = ask_web({url, {}, ""}, patience);
  if (answer.end == WebEnd::kAnswer && answer.status == 200) return {};
  if (holds(answer, "urn:rekey:problem:other-keys")) return {finding_of_fault(EdgeFault::kOriginKeys)};
  if (holds(answer, kOtherVersionType)) return {finding_of_fault(EdgeFault::kOriginVersion)};
  if (holds(answer, "urn:rekey:problem:clocks-apart")) return {finding_of_fault(EdgeFault::kClocks)};
  const auto fault = running == Running::kYes ? EdgeFault::kNoOrigin : EdgeFault::kNotAsked;
  return {finding_of_fault(fault, std::to_string(answer.status))};
}

// A page of another origin that sets the password needs the edge's leave, which browsers ask for so.
std::vector<Finding> examine_reset_page(const Settings& settings, std::chrono::milliseconds patience) {
  const auto page = Url::parse(settings.reset_page_url);
  if (!page || same_origin(*page, *Url::parse(settings.frontend_url))) return {};
  const auto origin = serialized_origin(*page);
  const auto answer = ask_web({settings.frontend_url + "/api/users/reset-password",
                               {"Origin: " + origin, "Access-Control-Request-Method: POST"},
                               "",
                               "OPTIONS"},
                              patience);
  if (!holds(answer, "urn:rekey:problem:cross-site")) return {};
  return {finding_of_fault(EdgeFault::kPageShut, origin)};
}

// How far `there` is outside the time from the question to the answer.
std::chrono::seconds ahead_of(std::chrono::seconds there, std::chrono::sys_seconds asked, std::chrono::sys_seconds answered) {
  const auto here = std::clamp(there, asked.time_since_epoch(), answered.time_since_epoch());
  return there - here;
}

}  // namespace

EdgeExamination examine_edge(const Settings& settings, Running running, std::chrono::milliseconds patience, const Clock& clock,
                             Random& random) {
  const auto url = settings.frontend_url + "/healthz";
  const auto challenge = new_challenge(random);
  const auto asked = clock.now();
  const auto answer = ask_web({url, {std::string(kChallengeHeader) + ": " + challenge}, ""}, patience);
  const auto answered = clock.now();
  if (answer.end != WebEnd::kAnswer || answer.status != 200) return {{why_no_statement(answer)}, std::nullopt};
  const auto statement = parse_statement(answer);
  if (!statement) return {{why_no_statement(answer)}, std::nullopt};
  EdgeExamination examination{EdgeComparison(settings, *statement, challenge).run(),
                              ahead_of(statement->unix_time, asked, answered)};
  auto way = examine_way_to_origin(url, running, patience);
  std::ranges::move(way, std::back_inserter(examination.findings));
  auto page = examine_reset_page(settings, patience);
  std::ranges::move(page, std::back_inserter(examination.findings));
  if (examination.findings.empty()) examination.findings.push_back(all_well(Check::kEdge));
  return examination;
}

}  // namespace rekey
