#include "origin/postgres/answer_store.h"

#include <stdexcept>

#include "origin/ports/unavailable.h"

namespace rekey {

namespace {

constexpr SqlStatement kBegin{
    "begin_call", "SELECT verdict, first_request, kept_outcome, kept_detail FROM rekey.begin_call($1::bytea, $2::bytea, $3)"};

constexpr SqlStatement kKeep{
    "keep_answer", "UPDATE rekey.call_answers SET outcome = $2, detail = $3 WHERE call_key = $1::bytea AND outcome IS NULL"};

constexpr SqlStatement kLetGo{
    "let_go_of_call", "UPDATE rekey.call_answers SET leased_until = now() WHERE call_key = $1::bytea AND outcome IS NULL"};

BegunCall::Kind kind_from(std::string_view verdict) {
  using Kind = BegunCall::Kind;
  if (verdict == "run") return Kind::kRun;
  if (verdict == "answered") return Kind::kAnswered;
  return verdict == "other_body" ? Kind::kOtherBody : Kind::kUnderWay;
}

// A word that this version does not know was written by a newer one.
CallAnswer answer_from(const SqlRow& row) {
  const auto outcome = find_outcome(row.text("kept_outcome"));
  if (!outcome) throw Unavailable("the stored answer is of another version");
  return {*outcome, row.text("kept_detail")};
}

}  // namespace

BegunCall PostgresAnswerStore::begin(const CallRepeat& repeat, const std::string& request_id) {
  const SqlRows rows = pool_.run(kBegin, SqlParams().bytes(repeat.key).bytes(repeat.body).text(request_id));
  BegunCall begun;
  begun.kind = kind_from(rows[0].text("verdict"));
  begun.request_id = rows[0].text("first_request");
  if (begun.kind == BegunCall::Kind::kAnswered) begun.answer = answer_from(rows[0]);
  return begun;
}

void PostgresAnswerStore::keep(const CallRepeat& repeat, const CallAnswer& answer) {
  pool_.run(kKeep, SqlParams().bytes(repeat.key).text(outcome_word(answer.outcome)).text(answer.detail));
}

// If the database is gone, the lease runs out.
void PostgresAnswerStore::let_go(const CallRepeat& repeat) noexcept {
  try {
    pool_.run(kLetGo, SqlParams().bytes(repeat.key));
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace rekey
