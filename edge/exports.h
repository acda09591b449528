// The whole ABI of rekey.wasm, which holds the edge's rules. The host is JavaScript: edge/host/exchange.js carries a request
// through rekey_step and does the actions that it returns. edge/core/step.h implements rekey_step for all calls; the routes in
// edge/core/features.h name the functions of each call in edge/calls.
//
// The module imports nothing: no clock, no randomness, no network, no log. The host passes in the time and random bytes, and does
// the actions. Besides the functions below the module exports `memory` and `_initialize`, which the host calls once, first.
//
// Messages. One buffer in linear memory carries every message, both ways, one at a time. A message is a run of fields:
//
//     tag (1 byte) | length (4 bytes, little-endian) | that many bytes
//
// A number is 8 bytes, little-endian, unsigned. Text is UTF-8. The host writes a message at rekey_buffer(), calls a function with
// the message's size, and finds the answer at the same place; the function returns the answer's size. The rest of the buffer and
// all memory that the call used are wiped, so no password or token outlives a call.
//
// Transcripts. The module keeps nothing of a request between calls. The host keeps the request's transcript: the request and,
// after it, the outcome of each of the module's actions. rekey_step reads the transcript from the start and returns the next
// action; the host does it, appends the outcome and steps again, until the action is an answer. Any instance can take the next
// step: the same transcript leads to the same decision, except for what rekey_step remembers (below).
//
// Faults. A broken message, a misplaced field and exhausted memory trap. After a trap discard the instance, make and configure a
// new one, and answer 503; later requests are not affected.
#pragma once

#include <cstdint>

// Never renumber, only append. In brackets: who writes the field.
enum RekeyTag : std::uint8_t {
  // Settings, to rekey_configure.
  kTagSettingName = 1,   // [host] text, as in the environment; unknown names are skipped. Its value follows
  kTagSettingValue = 2,  // [host] text
  kTagLanguage = 3,   // [both] lower-case tag of a language that pages exist in; the first is the fallback. In kActionAnswer: the
                      // reader's, for the body's `title`, `detail` and `message`, for Content-Language and for Vary
  kTagAssetPath = 4,  // [host] "/assets/name.hash.ext". Its type follows
  kTagAssetType = 5,  // [host] media type
  kTagInvalidSetting = 6,  // [module] the name of a setting that can't be used, never its value
  kTagWantedHeader = 7,    // [module] lower-case name of a request header to be put into transcripts
  kTagHeaderSet = 8,    // [module] number. When configured: the headers that follow are this set's. In an action: an answer gets
                        // this set's headers, too
  kTagEndpoints = 9,    // [module] the words of the endpoints by their numbers, with spaces between
  kTagOutcomes = 10,    // [module] the same of the outcomes, each with a colon and the first digit of its answers' status
  kTagOutcomeSet = 11,  // [module] number, a bit for each outcome that the next endpoint may have; the first is the lowest bit
  // [module] number: the endpoint's times the number of outcomes, plus the outcome's. In an action: what to count an answer as.
  // When configured: that of an answer in the module's place
  kTagTally = 12,
  kTagOrigin = 13,   // [module] URL of an origin, by its number
  kTagVersion = 14,  // [module] of the release

  // The request: the start of every transcript. The host may cut any text at kRekeyMaxText bytes; a request with a text of that
  // length is refused.
  kTagMethod = 16,       // [host]
  kTagUrl = 17,          // [both] absolute
  kTagCountry = 18,      // [host] ISO 3166-1 alpha-2 from the platform, never from a header; may be missing
  kTagNow = 19,          // [host] number, milliseconds since the epoch: when the request arrived, and again after each outcome
  kTagRandom = 20,       // [host] kRekeyRandomSize bytes of a CSPRNG, fresh for each request
  kTagHeaderName = 21,   // [both] lower-case; its value follows. A repeated header is one, joined by ", "
  kTagHeaderValue = 22,  // [both] text
  kTagHeaderCount = 23,  // [host] number of the request's header fields, wanted or not; fields of one name count as one
  kTagHeaderSize = 24,   // [host] number, the sum of the lengths of their names and values
  kTagContinent = 25,    // [host] two letters from the platform, never from a header; may be missing

  // Outcomes, appended to the transcript in their order, each with kTagNow after it.
  kTagBody = 32,             // [both] bytes; the outcome of kActionReadBody
  kTagBodyFault = 33,        // [host] number, a RekeyBodyFault: instead of a body
  kTagAsciiDomain = 34,      // [host] the outcome of kActionConvertDomain, empty if there is none
  kTagVerdict = 35,          // [both] rekey_limiter_take's answer; empty if nothing was counted
  kTagReplyOrigin = 36,      // [both] number of the called origin, echoed; its status, Retry-After and body follow, or a fault
  kTagReplyStatus = 37,      // [host] number
  kTagReplyRetryAfter = 38,  // [host] text of the origin's Retry-After, empty if there is none
  kTagReplyBody = 39,        // [host] bytes; empty if they are more than kTagByteLimit and the status is not 200
  kTagReplyFault = 40,       // [host] number, a RekeyReplyFault: instead of status, Retry-After and body

  // Actions, from rekey_step. kTagAction comes first.
  kTagAction = 48,     // [module] number, a RekeyAction
  kTagStatus = 49,     // [module] number; in kActionCallOrigin the status that the event is about
  kTagEvent = 50,      // [module] name of a security event for the log; may be missing or repeated. In kActionCallOrigin: of the
                       // origin that was called before. When configured: an alarm
  kTagRequestId = 51,  // [module] 22 characters, for the log and for the answer's X-Request-Id
  kTagDocument = 52,   // [module] key of a prepared document: "login.en", "/assets/...", "openapi", "password-policy", "metrics"
  kTagFillName = 53,  // [module] when configured: a placeholder of documents, `{{name}}` there; may be repeated. Its text follows
  kTagFillText = 59,  // [module] its text, already escaped
  kTagByteLimit = 54,  // [module] number, the most bytes to read
  kTagDeadline = 55,   // [module] number, the longest wait in milliseconds
  kTagDomain = 56,     // [module] text
  kTagLimiter = 57,    // [module] the Durable Object's name
  kTagQuestion = 58,   // [both] bytes for rekey_limiter_take

  // To and from rekey_limiter_load, _take and _save.
  kTagSeed = 64,        // [host] 16 bytes of a CSPRNG, the same for a limiter's whole life
  kTagPageNumber = 65,  // [both] number. The page follows
  kTagPage = 66,        // [both] bytes to be stored
  kTagStandIn = 67,     // [host] empty: no limiter answers, and this instance counts in its place
  kTagAllPages = 68,    // [host] empty: pages written earlier may not have been stored, so write all again
};

enum RekeyAction : std::uint8_t {
  kActionAnswer = 1,         // status, headers, body: the end
  kActionDocument = 2,       // status, headers, and a prepared document as the body: the end
  kActionReadBody = 3,       // read the request's body up to kTagByteLimit within kTagDeadline -> kTagBody or kTagBodyFault
  kActionConvertDomain = 4,  // turn kTagDomain into A-labels by the platform's URL parser -> kTagAsciiDomain
  kActionAskLimiter = 5,     // put kTagQuestion to the limiter kTagLimiter within kTagDeadline, else count here -> kTagVerdict
  kActionCallOrigin = 6,     // POST to kTagUrl within kTagDeadline, no redirect, kTagByteLimit read -> kTagReplyOrigin and on
};

enum RekeyBodyFault : std::uint8_t {
  kBodyTooLarge = 1,  // more than kTagByteLimit
  kBodyLate = 2,      // not complete within kTagDeadline
  kBodyBroken = 3,    // the client stopped
};

enum RekeyReplyFault : std::uint8_t {
  kReplyTooLarge = 1,  // status 200 and more than kTagByteLimit
  kReplyLate = 2,      // not complete within kTagDeadline
  kReplyBroken = 3,    // no connection, or it broke
};

inline constexpr std::uint32_t kRekeyMaxText = 8192;   // fits the cookies of a shared domain; a request with more is refused
inline constexpr std::uint32_t kRekeyMaxHeaders = 64;  // browsers and proxies send about thirty; a request with more is refused
inline constexpr std::uint32_t kRekeyMaxHeaderSize = 32 * 1024;  // bytes of all names and values; four of the longest texts
inline constexpr std::uint32_t kRekeyRandomSize = 64;  // 16 for the request id, 32 for a session token, the rest to spread load
// Holds the longest transcript of a request that is not refused by its size: 32 KiB of headers, and 8 KiB each for the URL, the
// body, and the answers and Retry-Afters of eight origins; and the longest one of a refused request, thirteen texts.
inline constexpr std::uint32_t kRekeyBufferSize = 192 * 1024;

#if defined(__wasm__)
#define REKEY_EXPORT(name) __attribute__((export_name(#name)))
#else
#define REKEY_EXPORT(name)
#endif

extern "C" {

// Returns: the message buffer, kRekeyBufferSize bytes long. It stays at its place for the instance's life.
REKEY_EXPORT(rekey_buffer) std::uint8_t* rekey_buffer();

// Once, before rekey_step. In: settings, languages, assets. Out: the wanted headers, the header sets, what documents are filled
// with, and version, origins, alarms and words of the metrics; or kTagInvalidSetting. A call after a success traps: new settings
// need a new instance.
REKEY_EXPORT(rekey_configure) std::uint32_t rekey_configure(std::uint32_t size);

// In: a transcript. Out: one action. The instance keeps between requests how often clients failed and which of them are over a
// limit (tables of fixed size), which origins fail, and when an unreadable client address was last reported.
REKEY_EXPORT(rekey_step) std::uint32_t rekey_step(std::uint32_t size);

// A limiter has an instance of its own, which needs no settings. Its counts are in the instance, in pages.

// Before the others. In: kTagSeed, and all or some of the stored pages; the rest may follow in further calls, each with the seed.
// Out: nothing.
REKEY_EXPORT(rekey_limiter_load) std::uint32_t rekey_limiter_load(std::uint32_t size);

// Counts each key of the question, in order, up to the first that refuses the call. In: kTagNow, kTagQuestion, and
// kTagStandIn if no limiter answers: keys that no instance may count alone then end the count. Out: kTagVerdict.
REKEY_EXPORT(rekey_limiter_take) std::uint32_t rekey_limiter_take(std::uint32_t size);

// In: nothing or kTagAllPages. Out: pages that have changed since they were last written; nothing when all have been.
REKEY_EXPORT(rekey_limiter_save) std::uint32_t rekey_limiter_save(std::uint32_t size);
}
