// Sample values for the names that the templates and phrases of each kind of mail may use, to try them out when the origin
// starts. A value that is added to a mail of origin/mail/ is added here: the tests of the real mails fail otherwise.
#pragma once

#include <string_view>
#include <vector>

#include "origin/ports/mail_templates.h"

namespace rekey {

// Why by kind: a phrase with {{link}} in a mail that has none would fail that mail, not the start.
MailValues full_mail_samples(MailKind kind);

// Values that may be unknown are empty, so that the other branch of each condition is tried as well.
MailValues sparse_mail_samples(MailKind kind);

// The phrases that mail_text.cpp asks for by name, and the values that they get.
std::vector<std::string> sample_words();
MailValues sample_word_values();

}  // namespace rekey
