// Tells when an HTTP/1.1 answer is whole, for timing_probe: its time ends with the answer's last byte. Reads what the origin and
// workerd write: Content-Length, chunked, or no body at all.
#pragma once

#include <optional>
#include <string_view>

namespace rekey::timing {

enum class Connection { kStays, kCloses };

struct Answer {
  int status = 0;
  Connection connection = Connection::kStays;
};

// In: all that has come since the request was sent. Returns: nothing while more must come.
// Throws: std::runtime_error where it is no such answer, or where more than one came.
std::optional<Answer> find_answer(std::string_view bytes);

}  // namespace rekey::timing
