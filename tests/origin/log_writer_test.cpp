#include "origin/system/log_writer.h"

#include <sstream>

#include "tests/origin/log_place.h"
#include "tests/origin/race_start.h"

namespace rekey::test {
namespace {

// "lost 7" and so on.
std::string describe(Event event, std::uint64_t lines) {
  if (event == Event::kLogReopened) return "reopened\n";
  return event == Event::kLogLinesLost ? "lost " + std::to_string(lines) + "\n" : "not reopened\n";
}

LogWriterSettings settings_for(const std::string& file) {
  LogWriterSettings settings;
  settings.file = file;
  settings.gather = std::chrono::milliseconds(0);
  return settings;
}

struct Tally {
  std::size_t received = 0;
  std::uint64_t told_lost = 0;
};

Tally tally(const std::string& text) {
  Tally tally;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("lost ")) {
      tally.told_lost += std::stoull(line.substr(5));
    } else {
      ++tally.received;
    }
  }
  return tally;
}

}  // namespace

TEST_CASE("the end of the writer waits until all lines are written, in order", "[log_writer]") {
  const LogPlace place;
  std::string all;
  {
    LogWriter writer(settings_for(place.path("log")), describe);
    for (int i = 0; i < 1'000; ++i) {
      const auto line = std::to_string(i) + "\n";
      all += line;
      writer.add(line, LineWeight::kOrdinary);
    }
  }
  CHECK(place.text("log") == all);
}

TEST_CASE("lines of several threads stay whole", "[log_writer]") {
  const LogPlace place;
  const std::string line = std::string(300, 'x') + "\n";
  {
    LogWriter writer(settings_for(place.path("log")), describe);
    run_at_once(8, [&](std::size_t) {
      for (int i = 0; i < 500; ++i) writer.add(line, LineWeight::kOrdinary);
    });
  }
  std::string expected;
  for (int i = 0; i < 8 * 500; ++i) expected += line;
  CHECK(place.text("log") == expected);
}

TEST_CASE("a reader that stalls holds nobody up; the lines that do not fit are counted, and the log tells their number",
          "[log_writer]") {
  const LogPlace place;
  Fifo fifo(place.path("fifo"));
  auto settings = settings_for(place.path("fifo"));
  settings.room = 100'000;
  LogWriter writer(settings, describe);
  constexpr std::size_t kLines = 10'000;
  const std::string line = std::string(99, 'x') + "\n";
  for (std::size_t i = 0; i < kLines; ++i) writer.add(line, LineWeight::kOrdinary);
  const auto lost = writer.lost_lines();
  CHECK(lost > kLines / 2);  // the pipe holds 64 KiB, and the queue twice its room: one batch is being written

  fifo.read_until([&](const std::string& text) {
    const auto so_far = tally(text);
    return so_far.told_lost == lost && so_far.received + lost == kLines;
  });
  writer.add("afterwards\n", LineWeight::kOrdinary);
  CHECK(fifo.read_until_line("afterwards\n").ends_with("afterwards\n"));
  CHECK(writer.lost_lines() == lost);
}

TEST_CASE("a quarter of the queue is for urgent lines", "[log_writer]") {
  const LogPlace place;
  Fifo fifo(place.path("fifo"));
  auto settings = settings_for(place.path("fifo"));
  settings.room = 100'000;
  LogWriter writer(settings, describe);
  for (int i = 0; i < 10'000; ++i) writer.add(std::string(99, 'x') + "\n", LineWeight::kOrdinary);
  const auto lost = writer.lost_lines();
  CHECK(lost > 0);
  writer.add("urgent\n", LineWeight::kUrgent);
  CHECK(writer.lost_lines() == lost);
  for (int i = 0; i < 100'000; ++i) writer.add("many urgent\n", LineWeight::kUrgent);
  CHECK(writer.lost_lines() > lost);  // bounded all the same
}

TEST_CASE("the end does not wait for a reader that stalls", "[log_writer]") {
  const LogPlace place;
  Fifo fifo(place.path("fifo"));
  auto settings = settings_for(place.path("fifo"));
  settings.farewell = std::chrono::milliseconds(20);
  {
    LogWriter writer(settings, describe);
    writer.add(std::string(200'000, 'x') + "\n", LineWeight::kOrdinary);
    while (fifo.waiting() < 65'536) std::this_thread::yield();
  }
  CHECK(fifo.waiting() == 65'536);
}

TEST_CASE("a reader that goes away ends neither the process nor the log", "[log_writer]") {
  const LogPlace place;
  Fifo fifo(place.path("fifo"));
  LogWriter writer(settings_for(place.path("fifo")), describe);
  fifo.leave();
  writer.add("into the void\n", LineWeight::kOrdinary);
  while (writer.lost_lines() == 0) std::this_thread::yield();
  fifo.open();
  writer.add("next\n", LineWeight::kOrdinary);
  // The writer may tell of the lost line before it takes the next one.
  const std::string usual = "next\nlost 1\n";
  const auto text = fifo.read_until([&](const std::string& so_far) { return so_far.size() >= usual.size(); });
  CHECK((text == usual || text == "lost 1\nnext\n"));
}

TEST_CASE("a disk that has room again takes the next lines, and the number of those that are missing", "[log_writer]") {
  const LogPlace place;
  std::filesystem::create_symlink("/dev/full", place.path("log"));
  {
    LogWriter writer(settings_for(place.path("log")), describe);
    writer.add("one\n", LineWeight::kOrdinary);
    writer.add("two\n", LineWeight::kOrdinary);
    while (writer.lost_lines() < 2) std::this_thread::yield();
    std::filesystem::remove(place.path("log"));
    writer.reopen();
    writer.add("three\n", LineWeight::kOrdinary);
  }
  CHECK(tally(place.text("log")).told_lost == 2);
  CHECK_THAT(place.text("log"), Catch::StartsWith("reopened\n") && Catch::Contains("three\n"));
}

TEST_CASE("a file that cannot be opened again is told of in the old one, and counted", "[log_writer]") {
  const LogPlace place;
  std::filesystem::create_directory(place.path("folder"));
  {
    LogWriter writer(settings_for(place.path("folder/log")), describe);
    std::filesystem::rename(place.path("folder"), place.path("moved"));
    writer.reopen();
    while (writer.failed_reopens() == 0) std::this_thread::yield();
  }
  CHECK(place.text("moved/log") == "not reopened\n");
}

}  // namespace rekey::test
