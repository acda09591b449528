#include "origin/system/log_file.h"

#include <sys/stat.h>

#include <thread>

#include "tests/origin/log_place.h"

namespace rekey::test {

TEST_CASE("lines are appended to the file that is there", "[log_file]") {
  const LogPlace place;
  std::ofstream(place.path("log")) << "before\n";
  LogFile file(place.path("log"));
  CHECK(file.write("one\ntwo\n") == 0);
  CHECK(place.text("log") == "before\none\ntwo\n");
}

TEST_CASE("only owner and group can read a new log", "[log_file]") {
  const LogPlace place;
  const auto mask = ::umask(0);
  const LogFile file(place.path("log"));
  ::umask(mask);
  struct stat facts{};
  REQUIRE(::stat(place.path("log").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0640);
}

TEST_CASE("a file that cannot be opened is an error that names the setting", "[log_file]") {
  const LogPlace place;
  CHECK_THROWS_WITH(LogFile(place.path("no/such/folder")),
                    "LOG_FILE names a file that cannot be opened: No such file or directory");
  REQUIRE(::mkfifo(place.path("fifo").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(LogFile(place.path("fifo")), Catch::StartsWith("LOG_FILE names a file"));  // a FIFO without a reader
}

TEST_CASE("after a rename lines go to the old file until it is opened again, then to a new one", "[log_file]") {
  const LogPlace place;
  LogFile file(place.path("log"));
  file.write("one\n");
  std::filesystem::rename(place.path("log"), place.path("log.1"));
  file.write("two\n");
  REQUIRE(file.reopen());
  file.write("three\n");
  CHECK(place.text("log.1") == "one\ntwo\n");
  CHECK(place.text("log") == "three\n");
}

TEST_CASE("if the file cannot be opened again the old one stays", "[log_file]") {
  const LogPlace place;
  std::filesystem::create_directory(place.path("folder"));
  LogFile file(place.path("folder/log"));
  std::filesystem::rename(place.path("folder"), place.path("moved"));
  CHECK_FALSE(file.reopen());
  CHECK(file.write("one\n") == 0);
  CHECK(place.text("moved/log") == "one\n");
}

TEST_CASE("lines that a full disk does not take are counted", "[log_file]") {
  LogFile full("/dev/full");
  CHECK(full.write("one\ntwo\nthree\n") == 3);
  CHECK(full.write("four\n") == 1);
}

TEST_CASE("a line that was torn does not swallow the next one", "[log_file]") {
  const LogPlace place;
  Fifo fifo(place.path("fifo"));
  LogFile file(place.path("fifo"));
  std::size_t lost = 0;
  std::thread writer([&] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    lost = file.write(std::string(200'000, 'x') + "\nwhole\n");
  });
  while (fifo.waiting() < 65'536) std::this_thread::yield();
  fifo.leave();
  writer.join();
  CHECK(lost == 2);

  fifo.open();
  std::thread next([&] { lost = file.write("next\n"); });  // waits: the FIFO is still full
  const auto text = fifo.read_until_line("next\n");
  next.join();
  CHECK(lost == 0);
  CHECK(text == std::string(text.size() - 6, 'x') + "\nnext\n");
}

}  // namespace rekey::test
