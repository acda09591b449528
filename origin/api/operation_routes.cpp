#include "origin/api/operation_routes.h"

namespace rekey {
namespace {

HttpAnswer plain(std::string_view text) { return {200, "text/plain; charset=utf-8", std::string(text), {}}; }

}  // namespace

HttpAnswer OperationRoutes::answer(const HttpRequest& request) {
  return barrier_.guard("", [&] { return route(request); });
}

HttpAnswer OperationRoutes::route(const HttpRequest& request) const {
  if (request.target != "/healthz" && request.target != "/readyz" && request.target != "/metrics") {
    return problem(404, "There is nothing at this path.");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    auto refusal = problem(405, "Use GET or HEAD.");
    refusal.fields.push_back({"Allow", "GET, HEAD"});
    return refusal;
  }
  if (request.target == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", ports_.write(), {}};
  if (request.target == "/readyz") ports_.ping();
  return plain("ok\n");
}

}  // namespace rekey
