// The commands of rekey-origin but for `settings`. Each writes to `out`, returns the exit code, and throws Unavailable or
// std::runtime_error where it cannot go on; main says why and exits with 1.
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
// In: the password is asked for where standard input is a terminal, else it is one line there.
int add_user(const Settings& settings, std::string_view email, std::string_view username, std::ostream& out);
int enable_user(const Settings& settings, std::string_view email, std::ostream& out);
int disable_user(const Settings& settings, std::string_view email, std::ostream& out);
// ada@example.com, alan@example.com, and grace@example.com, who is inactive. Those that are there stay as they are.
int add_sample_users(const Settings& settings, std::ostream& out);

int send_test_mail(const Settings& settings, std::string_view address, std::ostream& out);
int list_reset_requests(const Settings& settings, std::size_t most, std::ostream& out);

// Tells of each thing that a start needs whether it is there. The relay has to greet; nobody logs in there. Returns: 1 where
// something is wrong, 2 for wrong settings. In: `settings` is null where they are wrong; `texts` say why.
int examine(const Settings* settings, const SettingTexts& texts, std::ostream& out);

}  // namespace rekey
