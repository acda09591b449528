#include "origin/postgres/user_import.h"

#include "origin/postgres/audit.h"

namespace rekey {
namespace {

// In the order of row_of(). Every column is text, so that a value can only fail where it is converted.
constexpr SqlStatement kCreateStage{"import_stage", R"(
CREATE TEMPORARY TABLE imported_users (
  line bigint, id uuid, username text, email text, address text COLLATE "C", password_hash text, sign_in_with text, language text,
  is_active boolean, is_verified boolean, is_superuser boolean, created_at timestamptz
) ON COMMIT DROP)"};

constexpr SqlCopy kStage{"imported_users",
                         {"line", "id", "username", "email", "address", "password_hash", "sign_in_with", "language", "is_active",
                          "is_verified", "is_superuser", "created_at"}};

// Sees the accounts as they were before the statement.
#define REKEY_HAS_ADDRESS "EXISTS (SELECT FROM rekey.users u WHERE lower(u.email COLLATE \"C\") = i.address)"
#define REKEY_HAS_NAME \
  "EXISTS (SELECT FROM rekey.users u WHERE lower(u.username COLLATE \"C\") = lower(i.username COLLATE \"C\"))"
#define REKEY_HAS_ID "EXISTS (SELECT FROM rekey.users u WHERE u.id = i.id)"
#define REKEY_REASON                                                                                       \
  "CASE WHEN " REKEY_HAS_ADDRESS " THEN 'existing' WHEN " REKEY_HAS_NAME " THEN 'name' WHEN " REKEY_HAS_ID \
  " THEN 'id' ELSE 'collided' END"

constexpr SqlStatement kWrite{"import_write", R"(
WITH written AS (
  INSERT INTO rekey.users AS u (id, username, email, password_hash, sign_in_with, language, is_active, is_verified, is_superuser, created_at)
  SELECT coalesce(id, gen_random_uuid()), username, email, password_hash, sign_in_with, language, is_active, is_verified,
         is_superuser, coalesce(created_at, now())
  FROM imported_users ORDER BY line
  ON CONFLICT DO NOTHING RETURNING lower(u.email COLLATE "C") AS address
)
SELECT i.line, )" REKEY_REASON R"( AS reason FROM imported_users i
WHERE i.address NOT IN (SELECT address FROM written) ORDER BY i.line)"};

constexpr SqlStatement kTry{"import_try",
                            "SELECT i.line, " REKEY_REASON " AS reason FROM imported_users i WHERE " REKEY_HAS_ADDRESS
                            " OR " REKEY_HAS_NAME " OR " REKEY_HAS_ID " ORDER BY i.line"};

constexpr SqlStatement kAnalyze{"import_analyze", "ANALYZE rekey.users"};

std::optional<std::string> or_null(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

std::string yes_or_no(ImportedUser::Mark mark) { return mark == ImportedUser::Mark::kYes ? "t" : "f"; }

CopyRow row_of(const ImportedUser& user) {
  return {std::to_string(user.line),
          or_null(user.id),
          std::string(user.username.text()),
          std::string(user.email.text()),
          std::string(user.email.normalized()),
          or_null(user.password_hash.text),
          or_null(user.sign_in_with),
          user.language,
          user.standing == Standing::kActive ? "t" : "f",
          yes_or_no(user.verified),
          yes_or_no(user.superuser),
          or_null(user.created_at)};
}

LeftOut::Reason reason_from(const std::string& word) {
  if (word == "existing") return LeftOut::Reason::kExisting;
  if (word == "name") return LeftOut::Reason::kNameTaken;
  return word == "id" ? LeftOut::Reason::kIdTaken : LeftOut::Reason::kCollided;
}

std::vector<LeftOut> left_out_from(const SqlRows& rows) {
  std::vector<LeftOut> left_out;
  left_out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    left_out.push_back({rows[i].integer("line"), reason_from(rows[i].text("reason"))});
  return left_out;
}

}  // namespace

std::vector<LeftOut> PostgresUserImport::write(std::span<const ImportedUser> batch) {
  std::vector<CopyRow> rows;
  rows.reserve(batch.size());
  for (const auto& user : batch) rows.push_back(row_of(user));
  std::vector<LeftOut> left_out;
  pool_.transact([&](SqlSession& session) {
    session.run(kCreateStage);
    session.copy_in(kStage, rows);
    left_out = left_out_from(session.run(mode_ == ImportMode::kWrite ? kWrite : kTry));
    const auto written = batch.size() - left_out.size();
    if (mode_ == ImportMode::kWrite && written > 0)
      write_operator_audit(session, "users.imported", "", act_.request_id, std::to_string(written) + " by " + act_.name);
  });
  return left_out;
}

void PostgresUserImport::finish() {
  if (mode_ == ImportMode::kWrite) pool_.run(kAnalyze);
}

}  // namespace rekey
