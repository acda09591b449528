#include "origin/passwords/argon2_function.h"

#include <argon2.h>

#include "origin/ports/unavailable.h"

namespace rekey {
namespace {

// The library's callbacks get no context: the computing thread sets here whose memory it uses.
thread_local Argon2Memory* memory_of_this_thread = nullptr;

int take_memory(std::uint8_t** memory, std::size_t size) {
  *memory = memory_of_this_thread->take(size);
  return *memory == nullptr ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

void give_memory_back(std::uint8_t* memory, std::size_t size) { memory_of_this_thread->give_back(memory, size); }

// The casts are safe: the library does not write through these pointers (its flags leave the password alone).
argon2_context context_for(std::string_view password, const Argon2Parameters& parameters, Bytes salt, MutableBytes out) {
  argon2_context context{};
  context.out = out.data();
  context.outlen = static_cast<std::uint32_t>(out.size());
  context.pwd = reinterpret_cast<std::uint8_t*>(const_cast<char*>(password.data()));
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = const_cast<std::uint8_t*>(salt.data());
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = parameters.passes;
  context.m_cost = parameters.memory_kib;
  context.lanes = parameters.lanes;
  context.threads = 1;  // computes the lanes one after the other: only the slots decide how many cores are busy
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = take_memory;
  context.free_cbk = give_memory_back;
  context.flags = ARGON2_DEFAULT_FLAGS;
  return context;
}

}  // namespace

// RFC 9106, section 3.2: the memory is rounded down to whole blocks of each quarter of each lane.
std::size_t argon2_work_space(const Argon2Parameters& parameters) {
  const std::size_t quarters = std::size_t{4} * parameters.lanes;
  return parameters.memory_kib / quarters * quarters * 1024;
}

void compute_argon2id(std::string_view password, const Argon2Parameters& parameters, Bytes salt, MutableBytes out,
                      Argon2Memory& memory) {
  memory_of_this_thread = &memory;
  argon2_context context = context_for(password, parameters, salt, out);
  if (argon2_ctx(&context, Argon2_id) != ARGON2_OK) throw Unavailable("a password hash could not be computed");
}

}  // namespace rekey
