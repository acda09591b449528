# The edge on your own machines: the Worker of wrangler.toml under workerd, behind a proxy that terminates TLS. README.md,
# "In production", says how to run it and what the proxy must do. `scripts/build workerd` puts this file beside the modules as
# rekey.capnp.
#
# Settings come from the environment alone; a missing setting has its default. A test compares the names with the edge's settings.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  # With little room for young objects V8 collects the old ones more often, and each time fewer. That stops the thread that answers: for
  # some 40 ms, with V8's own choice for 100 to 250 ms.
  v8Flags = ["--max-semi-space-size=1"],
  services = [
    (name = "edge", worker = .edge),
    (name = "origins", network = .origins),
    (name = "site", disk = "build/workerd/site"),
    (name = "limits", disk = (path = "build/workerd/limits", writable = true)),  # elsewhere: --directory-path limits=/folder
  ],
  sockets = [
    (
      name = "http",
      address = "127.0.0.1:8787",  # elsewhere: --socket-addr http=address:port; only the proxy, whose headers are trusted, and your Prometheus may reach it
      http = (forwardedProtoHeader = "X-Forwarded-Proto"),
      service = "edge",
    ),
  ],
);

# The Worker calls only ORIGIN_URLS. workerd can restrict networks, not URLs: remove a network without any of your origins.
const origins :Workerd.Network = (
  allow = ["public", "private"],
  tlsOptions = (trustBrowserCas = true),  # or trustedCertificates = [embed "authority.pem"]
);

const edge :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "rekey.wasm", wasm = embed "rekey.wasm"),
  ],
  compatibilityDate = "2026-10-01",
  globalOutbound = "origins",
  durableObjectNamespaces = [(className = "Limiter", uniqueKey = "rekey-limiter", enableSql = true)],
  durableObjectStorage = (localDisk = "limits"),
  bindings = [
    (name = "LIMITER", durableObjectNamespace = "Limiter"),
    (name = "ASSETS", service = "site"),
    # Not a setting: under workerd all requests and objects share one isolate, so the Worker can count for the objects (limiters.js).
    (name = "SINGLE_ISOLATE", text = "yes"),

    (name = "EDGE_ORIGIN_KEYS", fromEnvironment = "EDGE_ORIGIN_KEYS"),
    (name = "RESET_PASSWORD_TOKEN_SECRET", fromEnvironment = "RESET_PASSWORD_TOKEN_SECRET"),
    (name = "EDGE_METRICS_KEY", fromEnvironment = "EDGE_METRICS_KEY"),

    (name = "ORIGIN_URLS", fromEnvironment = "ORIGIN_URLS"),
    (name = "ORIGIN_PLAIN_HTTP", fromEnvironment = "ORIGIN_PLAIN_HTTP"),
    (name = "FRONTEND_URL", fromEnvironment = "FRONTEND_URL"),
    (name = "PRODUCT_NAME", fromEnvironment = "PRODUCT_NAME"),
    (name = "AUTH_PREFIX", fromEnvironment = "AUTH_PREFIX"),
    (name = "FEATURES", fromEnvironment = "FEATURES"),
    (name = "LOGIN_URL", fromEnvironment = "LOGIN_URL"),
    (name = "RECOVERY", fromEnvironment = "RECOVERY"),
    (name = "ALLOWED_ORIGINS", fromEnvironment = "ALLOWED_ORIGINS"),
    (name = "IOS_APP_IDS", fromEnvironment = "IOS_APP_IDS"),
    (name = "ANDROID_APPS", fromEnvironment = "ANDROID_APPS"),
    (name = "PASSWORD_FORMAT", fromEnvironment = "PASSWORD_FORMAT"),
    (name = "PASSWORD_MIN_LENGTH", fromEnvironment = "PASSWORD_MIN_LENGTH"),
    (name = "ACCESS_TOKEN_EXPIRE_MINUTES", fromEnvironment = "ACCESS_TOKEN_EXPIRE_MINUTES"),
    (name = "CLIENT_IP_HEADER", fromEnvironment = "CLIENT_IP_HEADER"),
    (name = "HSTS_MAX_AGE", fromEnvironment = "HSTS_MAX_AGE"),
    (name = "HSTS_INCLUDE_SUBDOMAINS", fromEnvironment = "HSTS_INCLUDE_SUBDOMAINS"),
    (name = "LIMITER_OBJECTS", fromEnvironment = "LIMITER_OBJECTS"),
    (name = "LIMIT_FORGOT_PER_CLIENT", fromEnvironment = "LIMIT_FORGOT_PER_CLIENT"),
    (name = "LIMIT_FORGOT_PER_ACCOUNT", fromEnvironment = "LIMIT_FORGOT_PER_ACCOUNT"),
    (name = "LIMIT_RESET_PER_CLIENT", fromEnvironment = "LIMIT_RESET_PER_CLIENT"),
    (name = "LIMIT_LOGIN_PER_CLIENT", fromEnvironment = "LIMIT_LOGIN_PER_CLIENT"),
    (name = "LIMIT_LOGIN_PER_ACCOUNT", fromEnvironment = "LIMIT_LOGIN_PER_ACCOUNT"),
    (name = "LIMIT_REGISTER_PER_CLIENT", fromEnvironment = "LIMIT_REGISTER_PER_CLIENT"),
    (name = "LIMIT_OTHER_PER_CLIENT", fromEnvironment = "LIMIT_OTHER_PER_CLIENT"),
    (name = "LIMIT_FAILURES_PER_CLIENT", fromEnvironment = "LIMIT_FAILURES_PER_CLIENT"),
  ],
);
