#include "tests/origin/desk_world.h"

#include <sstream>
#include <stdexcept>

#include "origin/commands/run_command.h"

namespace rekey::test {

DeskWorld::DeskWorld()
    : values{
          {"DATABASE_URL", stores.database.origin_url()},
          {"EDGE_ORIGIN_KEYS", "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
          {"RESET_PASSWORD_TOKEN_SECRET", "7:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
          {"SEED_SECRET", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
          {"FRONTEND_URL", "https://accounts.example.com"},
          {"MAIL_SERVER", "127.0.0.1"},
          {"MAIL_TLS", "none"},
          {"MAIL_FROM", "rekey@example.com"},
          {"ARGON2_MEMORY_KIB", "7168"},
          {"ARGON2_PASSES", "1"},
      } {}

Settings DeskWorld::settings() const {
  auto texts = gather_settings(values, {}, [](const auto&) { return std::nullopt; });
  return interpret_settings(texts).value();
}

DeskAnswer DeskWorld::run(const std::vector<std::string>& words, const std::string& input) const {
  std::vector<const char*> argv = {"rekey-origin"};
  for (const auto& word : words) argv.push_back(word.c_str());
  const auto parsed = parse_command_line(static_cast<int>(argv.size()), argv.data());
  if (!parsed.line) throw std::logic_error("wrong arguments");
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const Console console{in, out, err};
  auto texts = gather_settings(values, {}, [](const auto&) { return std::nullopt; });
  auto code = run_without_settings(*parsed.line, console);
  if (!code) code = run_with_texts(*parsed.line, texts, console);
  if (!code) code = run_with_settings(*parsed.line, settings(), console);
  return {*code, out.str(), err.str()};
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto begin = text.find(before);
  const auto end = begin == text.npos ? text.npos : text.find(after, begin + before.size());
  if (end == text.npos) throw std::runtime_error("no \"" + before + "\" in: " + text);
  return text.substr(begin + before.size(), end - begin - before.size());
}

std::size_t rows_in(const std::string& json) {
  std::size_t count = 0;
  for (auto at = json.find("\n{"); at != json.npos; at = json.find("\n{", at + 1)) ++count;
  return count;
}

}  // namespace rekey::test
