// Every command of `rekey-origin` with its arguments and options: the one source of the parser, of `--help`, the shell
// completion, the manual page, and the table in README.md. A new command is a name and a row here, and a case in main.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rekey {

enum class CommandName : std::uint8_t {
  kServe,
  kMigrate,
  kDoctor,
  kSettings,
  kUserAdd,
  kUserList,
  kUserShow,
  kUserDisable,
  kUserEnable,
  kUserRequireReset,
  kUserDelete,
  kUserImport,
  kUserSample,
  kLink,
  kSessions,
  kRequests,
  kDeliveries,
  kAudit,
  kMailTest,
  kMailSuppress,
  kMailUnsuppress,
  kMailSuppressed,
  kWebhooksList,
  kWebhooksUrls,
  kWebhooksResend,
  kWebhooksRestart,
  kPreview,
  kSite,
  kKeysNew,
  kKeysRotate,
  kCompletion,
  kManual,
};

// What an argument or option takes. kWord: one of `words`. kNumber: 1 to kMostRows.
enum class InputKind : std::uint8_t { kFlag, kText, kNumber, kWord, kFile };

inline constexpr std::uint32_t kMostRows = 1'000;  // of one page

// An argument ("ACCOUNT", required) or an option ("--most", optional unless marked).
struct InputRow {
  std::string_view name;
  std::string_view value;  // how help shows it; "" for a flag
  std::string_view meaning;
  InputKind kind = InputKind::kFlag;
  std::string_view default_value = "";
  std::span<const std::string_view> words = {};
  enum class Need : std::uint8_t { kOptional, kRequired } need = Need::kOptional;
};

struct CommandRow {
  CommandName key;
  std::string_view path;  // "user list"
  std::string_view meaning;
  std::span<const InputRow> arguments = {};
  std::span<const InputRow> options = {};
};

// The first word of commands of two words.
struct CommandGroup {
  std::string_view name;
  std::string_view meaning;
};

std::span<const CommandRow> command_table();  // the row of a name at its number
std::span<const CommandGroup> command_groups();
std::span<const InputRow> global_options();  // before the command

const CommandRow& row_of(CommandName name);

// Returns: the path of the command with its arguments and options, as in `user list [--most N]`.
std::string usage_of(const CommandRow& row);

}  // namespace rekey
