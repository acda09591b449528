// One claimed row of a queue on its way through the worker: a reset mail or a notice, and when its lease began.
#pragma once

#include <chrono>
#include <memory>
#include <variant>

#include "origin/ports/store.h"
#include "shared/codec/bytes.h"

namespace rekey {

using SteadyTime = std::chrono::steady_clock::time_point;

struct MailJob {
  std::variant<ResetJob, NoticeJob> row;
  SteadyTime claimed_at;  // before the claim was asked for: the lease is over no earlier than claimed_at + lease

  MailJob(std::variant<ResetJob, NoticeJob> claimed, SteadyTime at) : row(std::move(claimed)), claimed_at(at) {}
  MailJob(const MailJob&) = delete;
  MailJob& operator=(const MailJob&) = delete;
  ~MailJob() {
    if (auto* reset = std::get_if<ResetJob>(&row)) wipe(reset->seed);
  }

  const Lease& lease() const {
    return std::visit([](const auto& job) -> const Lease& { return job.lease; }, row);
  }
  const RequestInfo& request() const {
    return std::visit([](const auto& job) -> const RequestInfo& { return job.request; }, row);
  }
};

using MailJobPtr = std::unique_ptr<MailJob>;  // never copied: it holds a seed

}  // namespace rekey
