// The edge module's runtime traps instead of aborting or throwing; the host then discards the instance.
// Why here: libc++'s and libc's own versions first write a message, and for that would import a file system.
#include <__config>
#include <cstdlib>
#include <new>

_LIBCPP_BEGIN_NAMESPACE_STD
_LIBCPP_WEAK void __libcpp_verbose_abort(const char*, ...) { __builtin_trap(); }
_LIBCPP_END_NAMESPACE_STD

extern "C" {

void abort() { __builtin_trap(); }
void abort_message(const char*, ...) { __builtin_trap(); }
void __cxa_pure_virtual() { __builtin_trap(); }

int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }  // an instance is discarded, it never exits

}  // extern "C"

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) __builtin_trap();
  return memory;
}

void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
