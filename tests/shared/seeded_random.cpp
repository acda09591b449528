#include "tests/shared/seeded_random.h"

namespace rekey_test {

std::string SeededRandom::mutate(std::string text) {
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(text.size() + 1);
    const bool at_end = at == text.size();
    switch (below(4)) {
      case 0:
        text.insert(at, 1, static_cast<char>(next()));
        break;
      case 1:
        if (!at_end) text.erase(at, 1 + below(3));
        break;
      case 2:
        if (!at_end) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      default:
        text.insert(at, text.substr(at, below(16)));
    }
  }
  return text;
}

}  // namespace rekey_test
