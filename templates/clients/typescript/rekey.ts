// A client of Rekey for applications: recovery by code or by link, log-in, the session and its account. It needs fetch and crypto, and no
// package; a runtime that strips types runs it as it is.
//
// Keep the session's token where the platform keeps secrets, and the recovery id until the new password is set. A call that may be sent
// again without a second effect is sent again when its answer is lost, or after `Retry-After`, if that is short.

export type ProblemType =
  | "unreadable-json" | "unreadable-form" | "query-not-allowed" | "broken-request" | "bad-token" | "wrong-password"
  | "bad-idempotency-key" | "bad-credentials" | "no-session" | "cross-site" | "https-required" | "registration-off" | "recovery-off"
  | "not-found" | "method-not-allowed" | "body-timeout" | "taken" | "not-renewed" | "call-under-way" | "body-too-large" | "url-too-long"
  | "unsupported-media-type" | "invalid-fields" | "other-body" | "password-refused" | "rate-limited" | "header-too-large" | "other-keys"
  | "clocks-apart" | "other-version" | "unavailable";

export interface FieldError {
  pointer: string;
  detail: string;
  reason: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: FieldError[];
}

export interface User {
  id: string;
  username: string;
  email: string;
  is_active: boolean;
  is_verified: boolean;
  is_superuser: boolean;
}

export interface NewUser {
  id: string;
  username: string;
  email: string;
}

export interface Token {
  access_token: string;
  token_type: "bearer";
  expires_in: number;
}

export interface Session {
  id: string;
  current: boolean;
  browser: string;
  system: string;
  country: string;
  started_at: string;
  renewed_at: string | null;
  expires_at: string;
}

const PREFIX = "urn:rekey:problem:";

/** A refusal. Branch on `type`, and on the `reason` of a field; `title` and `detail` are for people, in their language. */
export class RekeyError extends Error {
  readonly type: ProblemType | "unknown";
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly fields: FieldError[];
  /** Seconds to wait before the next try; undefined if waiting does not help. */
  readonly retryAfter: number | undefined;
  /** For the operator, who finds it in the logs. */
  readonly requestId: string;

  constructor(response: Response, problem: Partial<Problem>) {
    super(problem.detail ?? `status ${response.status}`);
    this.name = "RekeyError";
    this.type = problem.type?.startsWith(PREFIX) ? (problem.type.slice(PREFIX.length) as ProblemType) : "unknown";
    this.status = response.status;
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    this.fields = problem.errors ?? [];
    this.retryAfter = secondsOf(response.headers.get("retry-after"));
    this.requestId = response.headers.get("x-request-id") ?? "";
  }
}

export interface Options {
  /** A session's token of an earlier run. */
  token?: string;
  /** Gets each new token, and undefined when there is none any more: to be stored. */
  onToken?: (token: string | undefined) => void;
  /** A device id of an earlier run. With it the limits count this device by itself, not with all others behind its address. */
  device?: string;
  /** Gets each new device id: to be stored for longer than the token. */
  onDevice?: (device: string) => void;
  /** For the texts of errors, as in Accept-Language; by default the platform's. */
  language?: string;
  fetch?: typeof fetch;
  pause?: (milliseconds: number) => Promise<void>;
}

interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: Record<string, string>;
  form?: Record<string, string>;
  /** Whether the call may be sent again, also when nobody knows if it was carried out. One with a key may, too. */
  repeats?: "safely";
  /** The same for each sending of this call. */
  key?: string;
}

const ATTEMPTS = 3;
const LONGEST_PAUSE_SECONDS = 10; // a longer one is for the reader to decide
const DEADLINE_MS = 20_000; // three attempts begin in the minute in which a renewed token still works

/** The token in a mail's link, with which the system opened the application; undefined for another link. */
export function tokenOf(link: string): string | undefined {
  return /#token=([A-Za-z0-9_-]{72})$/.exec(link)?.[1];
}

export class Rekey {
  readonly #base: string;
  readonly #options: Options;
  #token: string | undefined;
  #device: string | undefined;

  /** In: the address of the edge, such as "https://account.example.com". */
  constructor(base: string, options: Options = {}) {
    this.#base = base.replace(/\/$/, "");
    this.#options = options;
    this.#token = options.token;
    this.#device = options.device;
  }

  get token(): string | undefined {
    return this.#token;
  }

  // --- recovery

  /** Returns: the recovery id, for the code in the mail. It is the same kind of answer for every address. */
  async forgotPassword(email: string): Promise<string> {
    const { recovery_id } = await this.#call({ method: "POST", path: "/api/users/forgot-password", body: { email } });
    return recovery_id;
  }

  /** Throws: "bad-token" for a code that does not work; each wrong one costs one of five tries. */
  async checkRecoveryCode(recoveryId: string, code: string): Promise<void> {
    await this.#call({ method: "POST", path: "/api/users/recovery/check", body: { recovery_id: recoveryId, code } });
  }

  async resetPasswordByCode(recoveryId: string, code: string, newPassword: string): Promise<void> {
    await this.#call({ method: "POST", path: "/api/users/reset-password", body: { recovery_id: recoveryId, code, new_password: newPassword }, key: newKey() });
  }

  async resetPasswordByToken(token: string, newPassword: string): Promise<void> {
    await this.#call({ method: "POST", path: "/api/users/reset-password", body: { token, new_password: newPassword }, key: newKey() });
  }

  async cancelReset(token: string, email: string): Promise<void> {
    await this.#call({ method: "POST", path: "/api/users/reset-password/cancel", body: { token, email }, repeats: "safely" });
  }

  // --- accounts and sessions

  register(username: string, email: string, password: string): Promise<NewUser> {
    return this.#call({ method: "POST", path: "/api/users", body: { username, email, password }, key: newKey() });
  }

  async logIn(email: string, password: string): Promise<Token> {
    return this.#keep(await this.#call({ method: "POST", path: "/api/users/token", form: { grant_type: "password", username: email, password } }));
  }

  /** In the last third of a token's life is a good time. Throws: "not-renewed" if the session can last no longer. */
  async renewToken(): Promise<Token> {
    return this.#keep(await this.#call({ method: "POST", path: "/api/users/token/renew", repeats: "safely" }));
  }

  async logout(): Promise<void> {
    await this.#call({ method: "POST", path: "/api/users/logout", repeats: "safely" });
    this.#setToken(undefined);
  }

  me(): Promise<User> {
    return this.#call({ method: "GET", path: "/api/users/me", repeats: "safely" });
  }

  /** This session lives on, all others end. */
  async changePassword(currentPassword: string, newPassword: string): Promise<void> {
    await this.#call({ method: "PATCH", path: "/api/users/me/password", body: { current_password: currentPassword, new_password: newPassword }, key: newKey() });
  }

  async sessions(): Promise<Session[]> {
    return (await this.#call({ method: "GET", path: "/api/users/me/sessions", repeats: "safely" })).sessions;
  }

  async endSession(id: string): Promise<void> {
    await this.#call({ method: "DELETE", path: `/api/users/me/sessions/${encodeURIComponent(id)}`, repeats: "safely" });
  }

  async endOtherSessions(): Promise<void> {
    await this.#call({ method: "DELETE", path: "/api/users/me/sessions", repeats: "safely" });
  }

  // --- one call

  async #call(call: Call): Promise<any> {
    const repeats = call.key !== undefined || call.repeats === "safely";
    for (let attempt = 1; ; ++attempt) {
      const fault = await this.#attempt(call).catch((error: Error) => error);
      if (!(fault instanceof Error)) return fault;
      const pause = pauseAfter(fault, repeats);
      if (attempt === ATTEMPTS || pause === undefined || pause > LONGEST_PAUSE_SECONDS) throw fault;
      await (this.#options.pause ?? sleep)(pause * 1000);
    }
  }

  /** Throws: RekeyError for a refusal; another error if there is no answer. */
  async #attempt(call: Call): Promise<any> {
    const sent = this.#token;
    const response = await (this.#options.fetch ?? fetch)(this.#base + call.path, {
      method: call.method,
      headers: this.#headersOf(call),
      body: call.form ? new URLSearchParams(call.form) : call.body && JSON.stringify(call.body),
      credentials: "omit", // the cookie is for pages
      redirect: "error",
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    this.#keepDevice(response.headers.get("rekey-device"));
    if (response.ok) return response.status === 204 ? null : response.json();
    const error = new RekeyError(response, await response.json().catch(() => ({})));
    if (error.type === "no-session" && this.#token === sent) this.#setToken(undefined); // not a newer one
    throw error;
  }

  #headersOf(call: Call): Headers {
    const headers = new Headers({ Accept: "application/json" });
    if (call.body) headers.set("Content-Type", "application/json");
    if (call.key) headers.set("Idempotency-Key", call.key);
    if (this.#token) headers.set("Authorization", `Bearer ${this.#token}`);
    if (this.#device) headers.set("Rekey-Device", this.#device);
    if (this.#options.language) headers.set("Accept-Language", this.#options.language);
    return headers;
  }

  #keep(token: Token): Token {
    this.#setToken(token.access_token);
    return token;
  }

  #keepDevice(device: string | null): void {
    if (!device) return;
    this.#device = device;
    this.#options.onDevice?.(device);
  }

  #setToken(token: string | undefined): void {
    this.#token = token;
    this.#options.onToken?.(token);
  }
}

/** Returns: seconds; undefined where sending again would not help, or might do the work twice: a 429 may hide that a code was wrong. */
function pauseAfter(fault: Error, repeats: boolean): number | undefined {
  if (!repeats) return undefined;
  if (!(fault instanceof RekeyError)) return 1;
  const passes = fault.status === 429 || fault.status === 503 || fault.type === "call-under-way";
  return passes ? fault.retryAfter : undefined;
}

function secondsOf(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
}

const newKey = (): string => crypto.randomUUID();
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds));
