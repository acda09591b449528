// Answers to calls with an Idempotency-Key, in rekey.call_answers. Safe from every thread.
#pragma once

#include "origin/ports/answer_store.h"
#include "origin/postgres/pool.h"

namespace rekey {

class PostgresAnswerStore final : public AnswerStore {
 public:
  explicit PostgresAnswerStore(PostgresPool& pool) : pool_(pool) {}

  BegunCall begin(const CallRepeat& repeat, const std::string& request_id) override;
  void keep(const CallRepeat& repeat, const CallAnswer& answer) override;
  void let_go(const CallRepeat& repeat) noexcept override;

 private:
  PostgresPool& pool_;
};

}  // namespace rekey
