#include "origin/passwords/argon2_phc.h"

#include "origin/passwords/form_reader.h"

namespace rekey {

namespace {

constexpr std::string_view kBeginning = "$argon2id$v=19$m=";
constexpr SizeBounds kSaltBytes{8, 64};  // RFC 9106, section 3.1: 8 at least
constexpr SizeBounds kDigestBytes{16, 64};

// Everything before the salt, including the dollar sign.
Argon2Parameters read_parameters(FormReader& reader) {
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

// In: parameters within their own bounds.
bool is_possible(const Argon2Parameters& parameters) {
  return parameters.memory_kib >= 8 * parameters.lanes && parameters.memory_kib * parameters.passes <= kMostArgon2Work;
}

}  // namespace

std::string write_phc(const Argon2Phc& phc) {
  const Argon2Parameters& p = phc.parameters;
  return std::string(kBeginning) + std::to_string(p.memory_kib) + ",t=" + std::to_string(p.passes) +
         ",p=" + std::to_string(p.lanes) + "$" + to_unpadded_base64(phc.salt) + "$" + to_unpadded_base64(phc.digest);
}

std::optional<Argon2Parameters> parse_phc_parameters(std::string_view text) {
  FormReader reader(text);
  const Argon2Parameters parameters = read_parameters(reader);
  if (!reader.is_fitting() || !is_possible(parameters)) return std::nullopt;
  return parameters;
}

std::optional<Argon2Phc> parse_phc(std::string_view text) {
  FormReader reader(text);
  Argon2Phc phc;
  phc.parameters = read_parameters(reader);
  const auto salt = read_unpadded_base64(reader.until('$'), kSaltBytes);
  reader.expect("$");
  const auto digest = read_unpadded_base64(reader.until('$'), kDigestBytes);
  if (!reader.at_end() || !salt || !digest || !is_possible(phc.parameters)) return std::nullopt;
  phc.salt = *salt;
  phc.digest = *digest;
  return phc;
}

}  // namespace rekey
