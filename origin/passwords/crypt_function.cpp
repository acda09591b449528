#include "origin/passwords/crypt_function.h"

#include <crypt.h>

#include <array>
#include <memory>

#include "origin/ports/unavailable.h"

namespace rekey {

std::optional<std::string> compute_crypt(std::string_view password, const std::string& setting) {
  auto work = std::make_unique<crypt_data>();  // 32 KiB: too much for a thread's stack
  std::string terminated(password);
  const char* const computed = crypt_rn(terminated.c_str(), setting.c_str(), work.get(), sizeof(crypt_data));
  std::optional<std::string> text;
  if (computed != nullptr) text = password.find('\0') == password.npos ? computed : "";
  wipe({reinterpret_cast<std::uint8_t*>(terminated.data()), terminated.size()});
  wipe({reinterpret_cast<std::uint8_t*>(work.get()), sizeof(crypt_data)});
  return text;
}

std::string bcrypt_setting(char letter, std::uint32_t cost, Bytes random) {
  const std::string prefix = std::string("$2") + letter + "$";
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const auto* const made = crypt_gensalt_rn(prefix.c_str(), cost, reinterpret_cast<const char*>(random.data()),
                                            static_cast<int>(random.size()), setting.data(), static_cast<int>(setting.size()));
  if (made == nullptr) throw Unavailable("a password hash could not be computed");
  return made;
}

}  // namespace rekey
