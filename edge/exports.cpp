#include "edge/exports.h"

#include <new>

#include "edge/core/arena.h"
#include "edge/core/limiter.h"
#include "edge/core/settings.h"
#include "edge/core/step.h"

namespace rekey::edge {
namespace {

std::uint8_t buffer[kRekeyBufferSize];
std::uint8_t answer[kRekeyBufferSize];  // messages are written while the one that they answer is still read
Memory memory;
const Settings* settings = nullptr;

Bytes message(std::uint32_t size) {
  if (size > sizeof buffer) __builtin_trap();
  return {buffer, size};
}

// Puts the answer where the host looks for it and leaves nothing else behind.
std::uint32_t hand_over(std::uint32_t message_size, std::uint32_t answer_size) {
  wipe({buffer, message_size});
  for (std::uint32_t i = 0; i < answer_size; ++i) buffer[i] = answer[i];
  wipe({answer, answer_size});
  return answer_size;
}

void write_configured(MessageWriter& out, const LoadedSettings& loaded) {
  if (!loaded.settings) return out.text(kTagInvalidSetting, loaded.invalid);
  settings = new Settings(*loaded.settings);
  for (const auto header : wanted_headers(*settings)) out.text(kTagWantedHeader, header);
}

}  // namespace
}  // namespace rekey::edge

using namespace rekey::edge;

std::uint8_t* rekey_buffer() { return buffer; }

std::uint32_t rekey_configure(std::uint32_t size) {
  if (settings != nullptr) __builtin_trap();
  MessageWriter out(answer);
  write_configured(out, Settings::load(message(size)));
  keep_allocations();
  return hand_over(size, out.size());
}

std::uint32_t rekey_step(std::uint32_t size) {
  if (settings == nullptr) __builtin_trap();
  MessageWriter out(answer);
  write_next_step(*settings, memory, Transcript::read(message(size)), out);
  drop_allocations();
  return hand_over(size, out.size());
}

std::uint32_t rekey_limit(std::uint32_t size) {
  MessageWriter out(answer);
  answer_question(message(size), out);
  drop_allocations();
  return hand_over(size, out.size());
}
