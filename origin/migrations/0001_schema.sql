-- serves: 0001
-- Accounts, sessions, requests for a reset link, and the outbox. What each state promises: DESIGN.md, "What is stored".
--
-- No index of requests, deliveries, attempts and tokens is partial: the planner can use a partial index for any statement that
-- implies its predicate, and with statistics of an empty queue it would walk the whole queue for one row. For the same reason
-- conditions name `due_at` only in statements that walk its index, or inside `IS TRUE`, which no index serves.

-- step: short

-- The beginning of a stored hash that tells its kind: algorithm and parameters, on which its cost depends, and nothing about the account.
-- For sha512crypt also the salt's length, as dots, because the cost depends on it. Of scrypt the salt is left out; better-auth's form names
-- no parameters, so they are written as Django writes them. Of ASP.NET Identity's base64 the characters before the salt. NULL for other
-- forms. LIKE selects the pattern, because a regular expression of all forms takes three times as long; and the function is not STRICT,
-- because PostgreSQL then computes it in place, without a call.
CREATE FUNCTION password_kind(password_hash text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN password_hash LIKE '$argon2id$%' OR password_hash LIKE 'argon2$argon2id$%' THEN
      substring(password_hash FROM '^(?:argon2)?\$argon2id\$v=[0-9]+\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$')
    WHEN password_hash LIKE '$2%' OR password_hash LIKE 'bcrypt%' OR password_hash LIKE '$wp$%' THEN
      substring(password_hash FROM '^(?:bcrypt\$|bcrypt_sha256\$|\$wp)?\$2[aby]\$[0-9]{2}\$')
    WHEN password_hash LIKE '$6$%' THEN
      substring(password_hash FROM '^\$6\$(?:rounds=[0-9]{1,9}\$)?') ||
      repeat('.', least(16, length(substring(password_hash FROM '^\$6\$(?:rounds=[0-9]{1,9}\$)?([^$]*)'))))
    WHEN password_hash LIKE '$y$%' THEN substring(password_hash FROM '^\$y\$[./0-9A-Za-z]{1,8}\$')
    WHEN password_hash LIKE '$P$%' OR password_hash LIKE '$H$%' THEN substring(password_hash FROM '^\$[PH]\$[./0-9A-Za-z]')
    WHEN password_hash LIKE 'pbkdf2%' THEN substring(password_hash FROM '^pbkdf2_sha(?:1|256)\$[0-9]+\$')
    WHEN password_hash LIKE 'scrypt$%' THEN
      substring(password_hash FROM '^(scrypt\$[0-9]+\$)[^$]*\$[0-9]+\$[0-9]+\$') ||
      substring(password_hash FROM '^scrypt\$[0-9]+\$[^$]*(\$[0-9]+\$[0-9]+\$)')
    WHEN password_hash LIKE 'AQAAAA%' THEN substring(password_hash FROM '^AQAAAA[AEI]A[A-Za-z0-9+/]{4}AAAA')
    WHEN length(password_hash) = 161 AND password_hash ~ '^[0-9a-f]{32}:[0-9a-f]{128}$' THEN 'scrypt$16384$$16$1$'
  END;

CREATE TABLE users (
  id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- Anyone can cause mails that hold it: no room for a sentence, a host name or a telephone number.
  username           text NOT NULL CHECK (length(username) BETWEEN 3 AND 30 AND username ~ '^[A-Za-z0-9]+([_-][A-Za-z0-9]+)?$' AND username !~ '[0-9]{5}'),
  -- As registered: mail goes here. Printable ASCII without spaces, so that no row can break a mail's lines.
  email              text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 120 AND email COLLATE "C" ~ '^[!-~]+@[!-~]+$'),
  password_hash      text NOT NULL CHECK (octet_length(password_hash) BETWEEN 1 AND 512),
  -- A column, not an expression in its index: a new password of the same kind changes no indexed column, and writes no index.
  password_kind      text GENERATED ALWAYS AS (password_kind(password_hash)) STORED,
  language           text NOT NULL DEFAULT '' CHECK (octet_length(language) <= 35),
  is_active          boolean NOT NULL DEFAULT true,
  is_verified        boolean NOT NULL DEFAULT false,
  is_superuser       boolean NOT NULL DEFAULT false,
  created_at         timestamptz NOT NULL DEFAULT now(),
  created_by_request text UNIQUE
) WITH (fillfactor = 90);  -- room for a new password on the same page

-- lower() under the C collation changes only ASCII letters, so that no other character can match one.
CREATE UNIQUE INDEX users_email_key ON users (lower(email COLLATE "C"));
CREATE UNIQUE INDEX users_username_key ON users (lower(username COLLATE "C"));

-- One row like an account's. A log-in reads it for every address, and is sent it where no account has the address: so both cases send
-- one row. Nothing else reads it, and nobody can log in as it.
CREATE TABLE nobody (LIKE users INCLUDING DEFAULTS INCLUDING GENERATED);
INSERT INTO nobody (id, username, email, password_hash, language) VALUES
  ('00000000-0000-0000-0000-000000000000', 'nobody', 'nobody@nobody.invalid',
   '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'en');

-- Lists the distinct kinds in one step each, however many accounts there are. No statement of the worker reads password_kind.
CREATE INDEX users_password_kind ON users (password_kind) WHERE password_kind IS NOT NULL;

-- A session stores the fingerprint of the password that it was opened under, and ends with any change of it.
CREATE FUNCTION password_fingerprint(password_hash text) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN sha256(convert_to(password_hash, 'UTF8'));

-- A reset token also covers the address, and dies when that changes. The space separates: neither a hash nor an address holds one.
CREATE FUNCTION account_fingerprint(password_hash text, email text) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN sha256(convert_to(password_hash || ' ' || email, 'UTF8'));

CREATE TABLE sessions (
  token_hash           bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id              uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  password_fingerprint bytea NOT NULL CHECK (octet_length(password_fingerprint) = 32),
  -- Shared by a session and its renewals; logging out ends the chain.
  chain_id             uuid NOT NULL DEFAULT gen_random_uuid(),
  started_at           timestamptz NOT NULL DEFAULT now(),
  created_at           timestamptz NOT NULL DEFAULT now(),
  expires_at           timestamptz NOT NULL,
  renewed_at           timestamptz,
  -- An ended session keeps its row: otherwise the signed log-in that opened it could be replayed and would open it again. `expires_at`
  -- is not enough: a transaction that began just before the end compares it with its own, earlier now().
  ended_at             timestamptz,
  request_id           text NOT NULL,
  CONSTRAINT sessions_lifetime_bounded CHECK (expires_at <= started_at + interval '720 hours'),
  CONSTRAINT sessions_ended CHECK (ended_at IS NULL OR expires_at <= ended_at)
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_chain_id ON sessions (chain_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE audit_log (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now(),
  event      text NOT NULL,
  user_id    uuid,  -- no foreign key: the row outlives the account
  -- Of a refused log-in, a forgot request and a change of the suppression list: the typed address, normalised. Nobody looks up its
  -- account, so that the row costs the same for every address.
  email      text COLLATE "C" CHECK (octet_length(email) <= 120),
  request_id text NOT NULL,
  client_ip  text NOT NULL,
  detail     text NOT NULL DEFAULT ''  -- the operator of a command, the state in which a forgot request ended
);
CREATE INDEX audit_log_user_id ON audit_log (user_id, at);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_email ON audit_log (email, at) WHERE email IS NOT NULL;
-- Finds a replayed request, even if the account that it registered is gone.
CREATE INDEX audit_log_request_id ON audit_log (request_id);

-- Every forgot request, kept for REQUESTS_KEEP_HOURS after its end. `queued`: undecided. `sending`: its mail is in the outbox. All other states are
-- terminal. No user_id: an INSERT that read `users` would tell who has an account, and would wait while that table is altered.
CREATE TABLE reset_requests (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id       text NOT NULL UNIQUE,
  -- In normalised form, and under the collation of the index on users, so that the index serves.
  email            text COLLATE "C" NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 120),
  state            text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'no_account', 'suppressed', 'superseded', 'rejected',
                                                  'expired_undelivered')),
  requested_at     timestamptz NOT NULL DEFAULT now(),
  -- While queued: the address again, and when to decide. Then NULL, so that their indexes find only the queue.
  queued_email     text COLLATE "C",
  due_at           timestamptz,
  -- Its place in the queue: when it began to wait, or when the oldest request that it replaced did.
  waiting_since    timestamptz NOT NULL DEFAULT now(),
  client_ip        text NOT NULL,
  user_agent       text NOT NULL,
  country          text NOT NULL,
  accept_language  text NOT NULL,
  ended_at         timestamptz,
  CONSTRAINT reset_requests_queued CHECK ((state = 'queued') = (due_at IS NOT NULL) AND (state = 'queued') = (queued_email IS NOT NULL)),
  CONSTRAINT reset_requests_ended CHECK ((state IN ('queued', 'sending')) = (ended_at IS NULL))
) WITH (fillfactor = 85);
CREATE INDEX reset_requests_due ON reset_requests (due_at);
-- `id + 0`, not `id`: while the statistics know of one page, walking this whole index for an id seems to cost no more than the primary key.
CREATE INDEX reset_requests_queued_email ON reset_requests (queued_email, (id + 0));

-- Mails with a reset link, notices that a password has changed, and links that an operator handed over, which are `sent` from the
-- start. Kept for REQUESTS_KEEP_HOURS after the end.
CREATE TABLE deliveries (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind             text NOT NULL CHECK (kind IN ('reset', 'password_changed', 'link')),
  -- NULL: a rehearsal for an address without an account, prepared like any other delivery but not mailed. No foreign key: if the
  -- account is deleted a claim ends the delivery and its request as `no_account`; a cascade would leave the request open.
  user_id          uuid,
  reset_request    bigint,  -- of kind reset
  state            text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'no_account', 'suppressed', 'superseded',
                                                                   'rejected', 'expired_undelivered')),
  due_at           timestamptz DEFAULT now(),  -- the next attempt; a claim leaves it alone; NULL once ended
  leased_until     timestamptz,                -- while sending
  attempt          bigint NOT NULL DEFAULT 0,  -- counts claims: tells an old holder from a new one
  first_try_at     timestamptz,
  deliver_by       timestamptz NOT NULL,       -- no attempt begins later
  waiting_since    timestamptz NOT NULL DEFAULT now(),
  message_key      uuid NOT NULL DEFAULT gen_random_uuid(),
  happened_at      timestamptz NOT NULL DEFAULT now(),  -- the request, or the change of the password
  cause            text CHECK (cause IN ('reset', 'owner')),
  seed             bytea CHECK (octet_length(seed) = 32),
  key_id           smallint CHECK (key_id BETWEEN 0 AND 255),
  token_hash       bytea UNIQUE CHECK (octet_length(token_hash) = 32),
  token_expires_at timestamptz,
  request_id       text NOT NULL,
  client_ip        text NOT NULL,
  user_agent       text NOT NULL,
  country          text NOT NULL,
  accept_language  text NOT NULL,
  ended_at         timestamptz,
  smtp_code        integer NOT NULL DEFAULT 0,
  CONSTRAINT deliveries_ended CHECK ((state IN ('queued', 'sending')) = (ended_at IS NULL) AND (ended_at IS NULL) = (due_at IS NOT NULL)),
  CONSTRAINT deliveries_leased CHECK ((state = 'sending') = (leased_until IS NOT NULL)),
  CONSTRAINT deliveries_seed_wiped CHECK (ended_at IS NULL OR seed IS NULL),
  CONSTRAINT deliveries_kind CHECK ((kind = 'reset') = (reset_request IS NOT NULL) AND (kind = 'password_changed') = (cause IS NOT NULL))
) WITH (fillfactor = 45);  -- one claim takes all rows of a page: each finds room for its new version there, and no index is written
CREATE INDEX deliveries_due ON deliveries (due_at);
CREATE INDEX deliveries_user_id ON deliveries (user_id);

-- How each attempt ended. `rehearsed`: without an account, or with an address on the suppression list. `lost`: its lease ran out.
-- After `unknown`, `cut_off` and `lost` the mail may be in the inbox: they count for the account's mail limit like `taken`, and no
-- later failure ends the delivery's token.
CREATE TABLE delivery_attempts (
  delivery   bigint NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  attempt    bigint NOT NULL,
  kind       text NOT NULL,
  user_id    uuid,
  outcome    text NOT NULL CHECK (outcome IN ('taken', 'try_later', 'refused', 'wants_log_in', 'unknown', 'cut_off', 'poisoned', 'lost',
                                                   'rehearsed')),
  smtp_code  integer NOT NULL DEFAULT 0,
  at         timestamptz NOT NULL DEFAULT now(),  -- its end; for a lost attempt its beginning, or later if the lease was prolonged
  PRIMARY KEY (delivery, attempt)
);
CREATE INDEX delivery_attempts_user ON delivery_attempts (user_id, at);

CREATE TABLE reset_tokens (
  token_hash          bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id             uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  delivery            bigint NOT NULL UNIQUE REFERENCES deliveries (id) ON DELETE CASCADE,
  account_fingerprint bytea NOT NULL CHECK (octet_length(account_fingerprint) = 32),
  created_at          timestamptz NOT NULL DEFAULT now(),
  expires_at          timestamptz NOT NULL,
  CONSTRAINT reset_tokens_lifetime_bounded CHECK (expires_at <= created_at + interval '60 minutes')
);
CREATE INDEX reset_tokens_user_id ON reset_tokens (user_id);
CREATE INDEX reset_tokens_expires_at ON reset_tokens (expires_at);

-- Addresses that get no mail, as the operator wishes: `rekey-origin mail suppress`. In normalised form.
CREATE TABLE suppressed_addresses (
  email         text COLLATE "C" PRIMARY KEY CHECK (octet_length(email) BETWEEN 3 AND 120 AND email = lower(email)),
  suppressed_at timestamptz NOT NULL DEFAULT now()
);

-- Where MAIL_LIMIT_TOTAL is set: the mails that all origins claimed in each of the last minutes.
CREATE TABLE mail_minutes (
  minute timestamptz PRIMARY KEY,
  mails  bigint NOT NULL
);

-- The sixty minutes before this one count, too: so no hour has more mails than the limit, wherever it begins.
CREATE FUNCTION mails_of_the_hour() RETURNS bigint
  LANGUAGE sql STABLE
  RETURN (SELECT coalesce(sum(mails), 0)::bigint FROM mail_minutes WHERE minute >= date_trunc('minute', now()) - interval '60 minutes');

CREATE FUNCTION mails_left(per_hour bigint) RETURNS bigint
  LANGUAGE sql STABLE
  RETURN greatest(0, per_hour - mails_of_the_hour());

-- Until the transaction's end no other one claims mails. Volatile, so that the sum sees what was committed while it waited.
CREATE FUNCTION lock_mail_budget(per_hour bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('rekey mail budget', 0));
  RETURN mails_left(per_hour);
END $$;

-- When a delivery that was not taken is tried again: the next of 15 s, 1, 3, 8, 15, 25 min after the first attempt, then every 5 min.
-- Up to a tenth is added to the wait, so that deliveries that failed together don't come back together. A point less than 5 s ahead
-- is skipped: the attempt that just ended took its place.
CREATE FUNCTION next_delivery_try(first_try_at timestamptz) RETURNS timestamptz
  LANGUAGE sql VOLATILE
  RETURN (
    SELECT now() + (first_try_at + make_interval(secs => min(point)) - now()) * (1 + random() / 10)
    FROM (
      SELECT unnest(ARRAY[15, 60, 180, 480, 900, 1500]::double precision[]) AS point
      UNION ALL
      SELECT 1500 + 300 * (greatest(0, floor((extract(epoch FROM now() - first_try_at)::double precision + 5 - 1500) / 300)) + 1)
    ) AS schedule
    WHERE first_try_at + make_interval(secs => point) > now() + interval '5 seconds'
  );

-- A usable token: not expired by the database's clock, its account active, with the password and the address that it was issued for.
-- `IS TRUE` keeps the planner off the index on expires_at.
CREATE FUNCTION token_is_live(t reset_tokens, u users) RETURNS boolean
  LANGUAGE sql STABLE
  RETURN (t.expires_at > now()) IS TRUE AND u.is_active AND t.account_fingerprint = account_fingerprint(u.password_hash, u.email);

-- Which origin shows the metrics that are counted in the database, so that their sum over all origins is right: at most one row.
CREATE TABLE gauge_lease (
  the_only_row boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
  holder       text NOT NULL,  -- of a process, drawn at random at its start
  held_until   timestamptz NOT NULL
);

-- The changes of a password are functions: one round trip, not nine, while another thread hashes. Each statement of a function sees what
-- was committed before it began, so what stands after a lock sees what the lock's last holder did.

-- Ends the sessions of an account but the one that is kept, if any. Lowers expires_at too: prune looks at nothing else.
CREATE FUNCTION end_sessions(owner uuid, kept bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sessions SET ended_at = now(), expires_at = least(expires_at, now())
  WHERE user_id = owner AND ended_at IS NULL AND token_hash IS DISTINCT FROM kept;
END $$;

-- The notice to the owner, useless after a day, and the row of the audit log.
CREATE FUNCTION record_new_password(owner uuid, by text, request text, ip text, agent text, land text, languages text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deliveries (kind, cause, user_id, deliver_by, request_id, client_ip, user_agent, country, accept_language)
  VALUES ('password_changed', by, owner, now() + interval '1 day', request, ip, agent, land, languages);
  INSERT INTO audit_log (event, user_id, request_id, client_ip)
  VALUES (CASE by WHEN 'reset' THEN 'password.reset' ELSE 'password.changed' END, owner, request, ip);
END $$;

-- Uses a reset token up. Returns false, and has changed nothing, for a token that is not live.
CREATE FUNCTION use_reset_token(used bytea, new_hash text, request text, ip text, agent text, land text, languages text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  owner uuid;
  way   bigint;
BEGIN
  -- The account first: a concurrent use waits here, and looks at the token only after the first has committed.
  SELECT u.id INTO owner FROM users u WHERE u.id = (SELECT user_id FROM reset_tokens WHERE token_hash = used) FOR NO KEY UPDATE;
  DELETE FROM reset_tokens t USING users u WHERE t.token_hash = used AND u.id = t.user_id AND token_is_live(t, u)
    RETURNING t.delivery INTO way;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- Using a mailed link proves access to the mail box; a link that an operator handed over proves nothing.
  UPDATE users SET password_hash = new_hash, is_verified = is_verified OR (SELECT d.kind = 'reset' FROM deliveries d WHERE d.id = way)
  WHERE id = owner;
  DELETE FROM reset_tokens WHERE user_id = owner;
  PERFORM end_sessions(owner, NULL);
  PERFORM record_new_password(owner, 'reset', request, ip, agent, land, languages);
  RETURN true;
END $$;

-- Changes the password of an account whose hash is still the one that was verified, and ends all of its sessions but one, which
-- continues under the new hash. A replayed change returns false: it must not undo a later change back to the first password.
CREATE FUNCTION change_password(owner uuid, verified text, new_hash text, kept bytea,
                                request text, ip text, agent text, land text, languages text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM users WHERE id = owner AND password_hash = verified AND is_active
    AND NOT EXISTS (SELECT FROM audit_log WHERE request_id = request AND event = 'password.changed')
    FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE users SET password_hash = new_hash WHERE id = owner;
  DELETE FROM reset_tokens WHERE user_id = owner;
  -- Also the parent and siblings by renewal of the one that is kept: a thief and the owner may both have renewed a stolen cookie.
  PERFORM end_sessions(owner, kept);
  UPDATE sessions SET password_fingerprint = password_fingerprint(new_hash)
  WHERE token_hash = kept AND user_id = owner AND password_fingerprint = password_fingerprint(verified) AND ended_at IS NULL;
  PERFORM record_new_password(owner, 'owner', request, ip, agent, land, languages);
  RETURN true;
END $$;
