// The commands of rekey-origin except `settings`. Each writes to `out`, returns the exit code, and throws Unavailable or
// std::runtime_error if it cannot go on; main prints the reason and exits with 1.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "origin/settings/settings.h"
#include "origin/settings/settings_source.h"

namespace rekey {

// Runs the origin until SIGTERM or SIGINT. Throws: as Origin's constructor.
int serve(const Settings& settings);

int migrate(const Settings& settings, std::ostream& out);

int list_users(const Settings& settings, std::ostream& out);
// Reads the password from standard input: prompts for it on a terminal, else reads one line.
int add_user(const Settings& settings, std::string_view email, std::string_view username, std::ostream& out);
int enable_user(const Settings& settings, std::string_view email, std::ostream& out);
int disable_user(const Settings& settings, std::string_view email, std::ostream& out);
// ada@example.com, alan@example.com, and grace@example.com, who is inactive. Existing ones stay unchanged.
int add_sample_users(const Settings& settings, std::ostream& out);

// By each relay. Returns: 0 if all take it.
int send_test_mail(const Settings& settings, std::string_view address, std::ostream& out);

// The suppression list. `unsuppress` returns 1 if the address was not on it.
int suppress_mail(const Settings& settings, std::string_view address, std::ostream& out);
int unsuppress_mail(const Settings& settings, std::string_view address, std::ostream& out);
int list_suppressed(const Settings& settings, std::ostream& out);

int list_reset_requests(const Settings& settings, std::size_t most, std::ostream& out);

// Checks what a start needs except free ports, and the relay, which must greet; with implicit TLS it must only accept the
// connection. Tries no log-in. In: `settings` is null if they are invalid; `texts` says why. Returns: 0, 1 if a check fails, 2
// for invalid settings.
int examine(const Settings* settings, const SettingTexts& texts, std::ostream& out);

}  // namespace rekey
