#include "origin/passwords/argon2_phc.h"

#include <charconv>

#include "shared/codec/encoding.h"

namespace rekey {

namespace {

constexpr std::string_view kBeginning = "$argon2id$v=19$m=";
constexpr std::size_t kFewestSaltBytes = 8;  // RFC 9106, section 3.1
constexpr std::size_t kFewestDigestBytes = 16;
constexpr std::size_t kMostBytes = 64;

// Reads pieces from the front of a text; after the first mismatch everything fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  void expect(std::string_view piece) {
    if (rest_.starts_with(piece)) {
      rest_.remove_prefix(piece.size());
    } else {
      fitting_ = false;
    }
  }

  // Digits without leading zeros, from 1 to `most`.
  std::uint32_t number(std::uint32_t most) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    fitting_ = fitting_ && error == std::errc() && !rest_.starts_with('0') && value <= most;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  std::string_view until(char end) {
    const std::string_view piece = rest_.substr(0, rest_.find(end));
    rest_.remove_prefix(piece.size());
    return piece;
  }

  bool is_fitting() const { return fitting_; }
  bool at_end() const { return fitting_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool fitting_ = true;
};

std::string unpadded(Bytes bytes) {
  const std::string text = to_base64(bytes);
  return text.substr(0, text.find('='));
}

std::optional<std::vector<std::uint8_t>> bytes_from(std::string_view unpadded_text, std::size_t fewest) {
  const auto size = base64url_decoded_size(unpadded_text.size());  // base64 and base64url differ only in the alphabet
  if (!size || *size < fewest || *size > kMostBytes) return std::nullopt;
  std::string padded(unpadded_text);
  while (padded.size() % 4 != 0) padded += '=';
  std::vector<std::uint8_t> bytes(*size);
  if (from_base64(padded, bytes) != Error::kNone) return std::nullopt;
  return bytes;
}

// Everything before the salt, including the dollar sign.
Argon2Parameters read_parameters(Reader& reader) {
  Argon2Parameters parameters;
  reader.expect(kBeginning);
  parameters.memory_kib = reader.number(kMostMemoryKib);
  reader.expect(",t=");
  parameters.passes = reader.number(kMostPasses);
  reader.expect(",p=");
  parameters.lanes = reader.number(kMostLanes);
  reader.expect("$");
  return parameters;
}

bool is_possible(const Argon2Parameters& parameters) { return parameters.memory_kib >= 8 * parameters.lanes; }

}  // namespace

std::string write_phc(const Argon2Phc& phc) {
  const Argon2Parameters& p = phc.parameters;
  return std::string(kBeginning) + std::to_string(p.memory_kib) + ",t=" + std::to_string(p.passes) +
         ",p=" + std::to_string(p.lanes) + "$" + unpadded(phc.salt) + "$" + unpadded(phc.digest);
}

std::optional<Argon2Parameters> parse_phc_parameters(std::string_view text) {
  Reader reader(text);
  const Argon2Parameters parameters = read_parameters(reader);
  if (!reader.is_fitting() || !is_possible(parameters)) return std::nullopt;
  return parameters;
}

std::optional<Argon2Phc> parse_phc(std::string_view text) {
  Reader reader(text);
  Argon2Phc phc;
  phc.parameters = read_parameters(reader);
  const auto salt = bytes_from(reader.until('$'), kFewestSaltBytes);
  reader.expect("$");
  const auto digest = bytes_from(reader.until('$'), kFewestDigestBytes);
  if (!reader.at_end() || !salt || !digest || !is_possible(phc.parameters)) return std::nullopt;
  phc.salt = *salt;
  phc.digest = *digest;
  return phc;
}

}  // namespace rekey
