# The reference Workers of the edge part, each at its own socket: scripts/bench gives the addresses and the folder.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "empty", worker = .empty),
    (name = "plain", worker = .plain),
    (name = "bare", worker = .bare),
    (name = "internet", network = (allow = ["private"])),
    (name = "limits", disk = (writable = true)),
  ],
  sockets = [
    (name = "empty", http = (forwardedProtoHeader = "X-Forwarded-Proto"), service = "empty"),
    (name = "plain", http = (forwardedProtoHeader = "X-Forwarded-Proto"), service = "plain"),
    (name = "bare", http = (forwardedProtoHeader = "X-Forwarded-Proto"), service = "bare"),
  ],
);

const empty :Workerd.Worker = (
  modules = [(name = "empty_worker.js", esModule = embed "empty_worker.js")],
  compatibilityDate = "2026-10-01",
);

const plain :Workerd.Worker = (
  modules = [
    (name = "tests/bench/plain_limiter.js", esModule = embed "plain_limiter.js"),
    (name = "tests/bench/plain_token.js", esModule = embed "plain_token.js"),
    (name = "tests/bench/plain_worker.js", esModule = embed "plain_worker.js"),
    (name = "edge/host/log.js", esModule = embed "../../edge/host/log.js"),
  ],
  compatibilityDate = "2026-10-01",
  durableObjectNamespaces = [(className = "PlainLimiter", uniqueKey = "rekey-bench-plain-limiter", enableSql = true)],
  durableObjectStorage = (localDisk = "limits"),
  bindings = [
    (name = "LIMITER", durableObjectNamespace = "PlainLimiter"),
    (name = "RESET_PASSWORD_TOKEN_SECRET", fromEnvironment = "RESET_PASSWORD_TOKEN_SECRET"),
    (name = "LIMIT_FORGOT_PER_CLIENT", fromEnvironment = "LIMIT_FORGOT_PER_CLIENT"),
    (name = "LIMIT_FAILURES_PER_CLIENT", fromEnvironment = "LIMIT_FAILURES_PER_CLIENT"),
  ],
);

const bare :Workerd.Worker = (
  modules = [
    (name = "tests/bench/bare_worker.js", esModule = embed "bare_worker.js"),
    (name = "tests/bench/plain_worker.js", esModule = embed "plain_worker.js"),
    (name = "tests/bench/plain_token.js", esModule = embed "plain_token.js"),
    (name = "edge/host/log.js", esModule = embed "../../edge/host/log.js"),
  ],
  compatibilityDate = "2026-10-01",
  durableObjectNamespaces = [(className = "BareLimiter", uniqueKey = "rekey-bench-bare-limiter", enableSql = true)],
  durableObjectStorage = (inMemory = void),
  bindings = [
    (name = "LIMITER", durableObjectNamespace = "BareLimiter"),
    (name = "ORIGIN_URLS", fromEnvironment = "ORIGIN_URLS"),
  ],
);
