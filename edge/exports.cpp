// The exports, and all memory of the module: the message buffers, and one array for all allocations. After each call its
// allocations are freed together and wiped, and so is the stack: no password or token may outlive the call. The functions
// `do_...` do a call's work in frames of their own, because a function can wipe only frames below its own.
#include "edge/exports.h"

#include <cstddef>

#include "edge/core/limiter_table.h"
#include "edge/core/security_headers.h"
#include "edge/core/settings.h"
#include "edge/core/step.h"
#include "edge/core/tally.h"

extern "C" std::uint8_t __stack_low;  // of the linker: the stack's lowest byte

namespace rekey::edge {
namespace {

constexpr std::size_t kArenaSize =
    1024 * 1024;  // nothing is freed within a call; the largest request takes 14 KiB (tests/counts)
constexpr std::size_t kAlignment = 16;

alignas(kAlignment) std::uint8_t arena[kArenaSize];
std::size_t kept = 0;  // allocated for the instance's life: the settings
std::size_t used = 0;

void keep_allocations() { kept = used; }

// No pointer into the allocations may be left.
void drop_allocations() {
  wipe({arena + kept, used - kept});
  used = kept;
}

std::uint8_t buffer[kRekeyBufferSize];
std::uint8_t answer[kRekeyBufferSize];  // messages are written while the one that they answer is still read
Memory memory;
LimiterTable limiter;
const Settings* settings = nullptr;

Bytes message(std::uint32_t size) {
  if (size > sizeof buffer) __builtin_trap();
  return {buffer, size};
}

// Wipes what the functions that have returned left on the stack, which grows down to __stack_low.
[[gnu::noinline]] void wipe_stack() {
  const auto* frame = static_cast<std::uint8_t*>(__builtin_frame_address(0));
  wipe({&__stack_low, frame});
}

// Copies the answer to the host's buffer and wipes everything else.
std::uint32_t hand_over(std::uint32_t message_size, std::uint32_t answer_size) {
  wipe_stack();
  wipe({buffer, message_size});
  for (std::uint32_t i = 0; i < answer_size; ++i) buffer[i] = answer[i];
  wipe({answer, answer_size});
  return answer_size;
}

constexpr std::string_view kAlarm = "alarm.";

// What the host needs to show the metrics.
void write_metric_words(MessageWriter& out) {
  out.text(kTagVersion, REKEY_VERSION);
  for (const auto& origin : settings->origins) out.text(kTagOrigin, origin.url);
  for (const auto word : kEventWords) {
    if (word.starts_with(kAlarm)) out.text(kTagEvent, word);
  }
  write_tallies(out);
}

void write_configured(MessageWriter& out, LoadedSettings loaded) {
  if (!loaded.settings) return out.text(kTagInvalidSetting, loaded.invalid);
  settings = new Settings(*std::move(loaded.settings));
  for (const auto header : wanted_headers(*settings)) out.text(kTagWantedHeader, header);
  for (const auto set : kHeaderSets) {
    out.number(kTagHeaderSet, static_cast<std::uint64_t>(set));
    write_headers(out, headers_of(set, *settings));
  }
  settings->write_fills(out);
  write_metric_words(out);
}

[[gnu::noinline]] std::uint32_t do_configure(Bytes in) {
  MessageWriter out(answer);
  write_configured(out, Settings::load(in));
  return out.size();
}

[[gnu::noinline]] std::uint32_t do_step(Bytes in) {
  MessageWriter out(answer);
  write_next_step(*settings, memory, Transcript::read(in), out);
  return out.size();
}

[[gnu::noinline]] std::uint32_t do_take(Bytes in) {
  MessageWriter out(answer);
  limiter.take(MessageReader(in), out);
  return out.size();
}

}  // namespace
}  // namespace rekey::edge

using namespace rekey::edge;

extern "C" {

void* malloc(std::size_t size) {
  if (size > kArenaSize - used) return nullptr;
  void* taken = arena + used;
  used += (size + kAlignment - 1) / kAlignment * kAlignment;
  return taken;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (alignment > kAlignment) __builtin_trap();
  return malloc(size);
}

void free(void*) {}
}

std::uint8_t* rekey_buffer() { return buffer; }

std::uint32_t rekey_configure(std::uint32_t size) {
  if (settings != nullptr) __builtin_trap();
  const auto answer_size = do_configure(message(size));
  keep_allocations();
  return hand_over(size, answer_size);
}

std::uint32_t rekey_step(std::uint32_t size) {
  if (settings == nullptr) __builtin_trap();
  const auto answer_size = do_step(message(size));
  drop_allocations();
  return hand_over(size, answer_size);
}

std::uint32_t rekey_limiter_load(std::uint32_t size) {
  limiter.load(MessageReader(message(size)));
  return hand_over(size, 0);
}

std::uint32_t rekey_limiter_take(std::uint32_t size) {
  const auto answer_size = do_take(message(size));
  drop_allocations();
  return hand_over(size, answer_size);
}

std::uint32_t rekey_limiter_save(std::uint32_t size) {
  MessageWriter out(answer);
  limiter.save(MessageReader(message(size)), out);
  return hand_over(size, out.size());
}
