// Finds the end of an HTTP/1.1 answer for timing_probe, whose time ends with the answer's last byte. Reads the framings that the
// origin and workerd use: Content-Length, chunked, or no body.
#pragma once

#include <optional>
#include <string_view>

namespace rekey::timing {

enum class Connection { kStays, kCloses };

struct Answer {
  int status = 0;
  Connection connection = Connection::kStays;
};

// In: all bytes since the request was sent. Returns: nothing while more must come.
// Throws: std::runtime_error if they are not such an answer, or more than one.
std::optional<Answer> find_answer(std::string_view bytes);

}  // namespace rekey::timing
