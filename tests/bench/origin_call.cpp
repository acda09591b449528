#include "tests/bench/origin_call.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "shared/codec/encoding.h"
#include "shared/message_signature.h"

namespace rekey::bench {
namespace {

// A browser's fields: the same for every call, and in the reference's INSERT.
constexpr std::string_view kClient =
    R"({"ip":"192.0.2.1","user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0","country":"CH",)"
    R"("accept_language":"en"})";

template <std::size_t N>
ByteArray<N> random_bytes(std::mt19937_64& random) {
  ByteArray<N> bytes{};
  for (std::size_t at = 0; at < N; at += sizeof(std::uint64_t)) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  return bytes;
}

std::mt19937_64 seeded_engine() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

}  // namespace

const std::string& Lines::next() {
  const std::size_t index = taken_++;
  if (lines_.empty() || (use_ == Use::kOnce && index >= lines_.size())) {
    throw std::runtime_error("no line is left after " + std::to_string(lines_.size()) + ": give more with --lines.");
  }
  return lines_[index % lines_.size()];
}

InputTemplate::InputTemplate(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 3> kPlaces{
      {{"%number", Kind::kNumber}, {"%hash", Kind::kHash}, {"%line", Kind::kLine}}};
  while (!text.empty()) {
    const auto percent = std::min(text.find('%'), text.size());
    if (percent > 0) pieces_.push_back({Kind::kText, std::string(text.substr(0, percent))});
    text.remove_prefix(percent);
    if (text.empty()) return;
    const auto place = std::find_if(kPlaces.begin(), kPlaces.end(), [&](const auto& one) { return text.starts_with(one.first); });
    if (place == kPlaces.end()) throw std::invalid_argument("--input may have only the places %number, %hash and %line.");
    pieces_.push_back({place->second, ""});
    text.remove_prefix(place->first.size());
  }
}

std::string InputTemplate::fill(std::mt19937_64& random, Lines& lines) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Kind::kText:
        out += piece.text;
        break;
      case Kind::kNumber:
        out += std::to_string(random() >> 1);  // within PostgreSQL's bigint
        break;
      case Kind::kHash:
        out += to_hex(random_bytes<32>(random));
        break;
      case Kind::kLine:
        out += lines.next();
        break;
    }
  }
  return out;
}

CallWriter::CallWriter(std::string_view use_case, const InputTemplate& input, const KeyRing& keys, Lines& lines)
    : path_("/internal/" + std::string(use_case)), input_(input), keys_(keys), lines_(lines), random_(seeded_engine()) {}

// Random, not consecutive: consecutive ids would all go to the end of an index, real ones go everywhere.
std::string CallWriter::request_id() { return to_base64url(random_bytes<16>(random_)); }

std::string CallWriter::next() {
  const std::string id = request_id();
  const std::string body = R"({"version":1,"request_id":")" + id + R"(","client":)" + std::string(kClient) + R"(,"input":)" +
                           input_.fill(random_, lines_) + "}";
  const auto now = static_cast<UnixSeconds>(std::time(nullptr));
  const SignedFields fields = sign_call(keys_.signing_key(), {"POST", path_, body}, now, id);
  return "POST " + path_ +
         " HTTP/1.1\r\nHost: origin\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nContent-Digest: " + fields.content_digest + "\r\nSignature-Input: " + fields.signature_input +
         "\r\nSignature: " + fields.signature + "\r\n\r\n" + body;
}

}  // namespace rekey::bench
