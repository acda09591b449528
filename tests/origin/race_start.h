// Threads that begin together: a barrier, no sleeping.
#pragma once

#include <barrier>
#include <functional>
#include <thread>
#include <vector>

namespace rekey::test {

// Runs work(0) to work(count - 1) at once. In: `work` must not throw.
inline void run_at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::barrier start(static_cast<std::ptrdiff_t>(count));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
}

}  // namespace rekey::test
