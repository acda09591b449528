-- serves: 0001
-- Accounts, sessions, requests for a reset link, and the outbox, in the schema `rekey`, which `migrate` makes if it is missing. What
-- each state promises: DESIGN.md, "What is stored". Each statement names the schema: no search_path can lead it elsewhere.
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
CREATE FUNCTION rekey.password_kind(password_hash text) RETURNS text
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

CREATE TABLE rekey.users (
  id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- Anyone can cause mails that hold it: no room for a sentence, a host name or a telephone number.
  username           text NOT NULL CHECK (length(username) BETWEEN 3 AND 30 AND username ~ '^[A-Za-z0-9]+([_-][A-Za-z0-9]+)?$' AND username !~ '[0-9]{5}'),
  -- As registered: mail goes here. Printable ASCII without spaces, so that no row can break a mail's lines.
  email              text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 120 AND email COLLATE "C" ~ '^[!-~]+@[!-~]+$'),
  -- NULL: the account has no password, and signs in through a provider.
  password_hash      text CHECK (octet_length(password_hash) BETWEEN 1 AND 512),
  sign_in_with       text CHECK (octet_length(sign_in_with) BETWEEN 1 AND 120 AND sign_in_with !~ '[[:cntrl:]]'),
  -- A column, not an expression in its index: a new password of the same kind changes no indexed column, and writes no index.
  password_kind      text GENERATED ALWAYS AS (rekey.password_kind(password_hash)) STORED,
  language           text NOT NULL DEFAULT '' CHECK (octet_length(language) <= 35),
  is_active          boolean NOT NULL DEFAULT true,
  is_verified        boolean NOT NULL DEFAULT false,
  is_superuser       boolean NOT NULL DEFAULT false,
  created_at         timestamptz NOT NULL DEFAULT now(),
  created_by_request text UNIQUE
) WITH (fillfactor = 90);  -- room for a new password on the same page

-- lower() under the C collation changes only ASCII letters, so that no other character can match one.
CREATE UNIQUE INDEX users_email_key ON rekey.users (lower(email COLLATE "C"));
CREATE UNIQUE INDEX users_username_key ON rekey.users (lower(username COLLATE "C"));

-- An account as the origin sees it, whatever table it stands in.
CREATE TYPE rekey.account AS (
  id            text,
  username      text,         -- NULL: it has none
  email         text,         -- as stored: mail goes here
  language      text,         -- NULL: not known
  is_active     boolean,      -- no other account gets a link or a session
  is_verified   boolean,
  is_superuser  boolean,
  password_hash text,         -- NULL: no password
  sign_in_with  text,         -- how an account without a password signs in, such as 'Google'; NULL: not known
  created_at    timestamptz   -- NULL: not known
);

-- A text that is no such number or id names no account. Cheap: a test of the whole UUID would take as long as the look-up. Of 36 bytes a
-- text that is no UUID fails.
CREATE FUNCTION rekey.as_bigint(id text) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN id ~ '^-?[0-9]{1,18}$' THEN id::bigint
              WHEN id ~ '^-?[0-9]{19}$' THEN CASE WHEN id::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN id::bigint END
         END;

CREATE FUNCTION rekey.as_uuid(id text) RETURNS uuid
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN octet_length(id) = 36 THEN id::uuid END;

-- The origin reaches accounts only through the nine functions that follow. These read Rekey's own table. An installation over another
-- table replaces all nine (README.md, "An existing users table"); no migration changes them again. The two look-ups are STABLE, not
-- STRICT and have no SET, so that PostgreSQL puts their query in place of the call, where its index serves. They return one row at most.
-- The two locks are in PL/pgSQL, which keeps their plans.

-- Whose accounts these are, for people. 'rekey': the rows of rekey.users, which the origin may also add, list, change and delete.
CREATE FUNCTION rekey.accounts_source() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'rekey' $$;

-- The account with an address, active or not. In: an address whose ASCII letters are lower-case. Each account must be found by
-- lower(email COLLATE "C").
CREATE FUNCTION rekey.account_by_address(address text) RETURNS SETOF rekey.account LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, u.username, u.email, u.language, u.is_active, u.is_verified, u.is_superuser, u.password_hash, u.sign_in_with,
         u.created_at
  FROM rekey.users u WHERE lower(u.email COLLATE "C") = $1
$$;

CREATE FUNCTION rekey.account_by_id(id text) RETURNS SETOF rekey.account LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, u.username, u.email, u.language, u.is_active, u.is_verified, u.is_superuser, u.password_hash, u.sign_in_with,
         u.created_at
  FROM rekey.users u WHERE u.id = rekey.as_uuid($1)
$$;

-- The id of any account, for `rekey-origin doctor`, which tries the other functions with it.
CREATE FUNCTION rekey.any_account() RETURNS SETOF text LANGUAGE sql STABLE ROWS 1 AS $$ SELECT u.id::text FROM rekey.users u LIMIT 1 $$;

-- Locks an account until the transaction's end, against every change of its address, its password and its standing, and waits for
-- the lock. Returns: the id, or nothing if the account is gone. FOR NO KEY UPDATE: rows that refer to the account may still be added.
CREATE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
BEGIN
  RETURN QUERY SELECT u.id::text FROM rekey.users u WHERE u.id = rekey.as_uuid($1) FOR NO KEY UPDATE;
END $$;

-- The same for those of many accounts that nobody else has locked: it waits for none. In: `most` is NULL for all.
-- Returns: the ids of the first `most` of these, in the order given.
CREATE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 10 AS $$
BEGIN
  RETURN QUERY SELECT w.id FROM unnest($1) WITH ORDINALITY AS w (id, place) JOIN rekey.users u ON u.id = rekey.as_uuid(w.id)
  ORDER BY w.place LIMIT $2 FOR NO KEY UPDATE OF u SKIP LOCKED;
END $$;

-- Sets the password's hash of an account that the transaction has locked. `reads_address`: a mailed link has just proved that the
-- account's address is its owner's. Returns: the id.
CREATE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text LANGUAGE sql VOLATILE ROWS 1 AS $$
  UPDATE rekey.users u SET password_hash = $2, is_verified = u.is_verified OR $3 WHERE u.id = rekey.as_uuid($1) RETURNING u.id::text
$$;

-- Runs in the transaction that sets a new password, after it: the place to end sessions that stand in this database. Rekey ends its own.
-- In: `cause` is 'reset', 'owner' or 'operator' (who has made the old password useless).
CREATE FUNCTION rekey.after_password(id text, cause text) RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT $$;

-- One row like an account's. A log-in reads it for every address, and is sent it where no account has the address: so both cases send
-- one row. Nothing else reads it, and nobody can log in as it.
CREATE TABLE rekey.nobody OF rekey.account;
INSERT INTO rekey.nobody VALUES
  ('00000000-0000-0000-0000-000000000000', 'nobody', 'nobody@nobody.invalid', 'en', true, false, false,
   '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', NULL, now());

-- No statement of the worker reads password_kind.
CREATE INDEX users_password_kind ON rekey.users (password_kind) WHERE password_kind IS NOT NULL;

-- The kinds of the stored hashes, each once, and at most `most`: read once at the start, so that a refused log-in takes the same time
-- whatever the account's hash. Over a table without such an index a sample will do, since the origin learns each further kind when it
-- meets one. This steps along the index from one kind to the next: one step for each kind, not for each account.
CREATE FUNCTION rekey.password_kinds(most bigint) RETURNS SETOF text LANGUAGE sql STABLE ROWS 10 AS $$
  WITH RECURSIVE kinds AS (
    SELECT min(u.password_kind) AS kind FROM rekey.users u WHERE u.password_kind IS NOT NULL
    UNION ALL
    SELECT (SELECT min(u.password_kind) FROM rekey.users u WHERE u.password_kind > kinds.kind) FROM kinds WHERE kinds.kind IS NOT NULL
  )
  SELECT kinds.kind FROM kinds WHERE kinds.kind IS NOT NULL LIMIT $1
$$;

-- A session stores the fingerprint of the password that it was opened under, and ends with any change of it.
CREATE FUNCTION rekey.password_fingerprint(password_hash text) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN sha256(convert_to(password_hash, 'UTF8'));

-- A reset token also covers the address, and dies when that changes. The space separates: no hash holds one. An account without a
-- password has one, too: its token dies when it gets a password in another way.
CREATE FUNCTION rekey.account_fingerprint(password_hash text, email text) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN sha256(convert_to(coalesce(password_hash, '') || ' ' || email, 'UTF8'));

-- No table has a foreign key to its account, which may stand in another product's table. Rows of an account that is gone are dead. Those
-- of another product's account are pruned in their time, those of Rekey's own go with it (forget_user() below).
CREATE TABLE rekey.sessions (
  token_hash           bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id              text NOT NULL,
  password_fingerprint bytea NOT NULL CHECK (octet_length(password_fingerprint) = 32),
  -- Shared by a session and its renewals; logging out ends the chain.
  chain_id             uuid NOT NULL DEFAULT gen_random_uuid(),
  -- The session that this one continues; NULL: a log-in opened it.
  renewed_from         bytea CHECK (octet_length(renewed_from) = 32),
  started_at           timestamptz NOT NULL DEFAULT now(),
  created_at           timestamptz NOT NULL DEFAULT now(),
  expires_at           timestamptz NOT NULL,
  renewed_at           timestamptz,
  -- An ended session keeps its row: otherwise the signed log-in that opened it could be replayed and would open it again. `expires_at`
  -- is not enough: a transaction that began just before the end compares it with its own, earlier now().
  ended_at             timestamptz,
  -- Of a renewed session: when it would have expired. Until then its token passes the edge, so its row stays, by which a late use of
  -- it is noticed.
  token_expires_at     timestamptz,
  kept_until           timestamptz GENERATED ALWAYS AS (CASE WHEN ended_at IS NULL THEN coalesce(token_expires_at, expires_at)
                                                             ELSE expires_at END) STORED,
  -- Of the log-in, for the owner's list of sessions.
  user_agent           text NOT NULL DEFAULT '',
  country              text NOT NULL DEFAULT '',
  request_id           text NOT NULL,
  CONSTRAINT sessions_lifetime_bounded CHECK (expires_at <= started_at + interval '720 hours'),
  CONSTRAINT sessions_ended CHECK (ended_at IS NULL OR expires_at <= ended_at)
);
CREATE INDEX sessions_user_id ON rekey.sessions (user_id);
CREATE INDEX sessions_chain_id ON rekey.sessions (chain_id);
CREATE INDEX sessions_kept_until ON rekey.sessions (kept_until);

CREATE TABLE rekey.audit_log (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now(),
  event      text NOT NULL,
  user_id    text,
  -- Of a refused log-in, a forgot request and a change of the suppression list: the typed address, normalised. Nobody looks up its
  -- account, so that the row costs the same for every address.
  email      text COLLATE "C" CHECK (octet_length(email) <= 120),
  request_id text NOT NULL,
  client_ip  text NOT NULL,
  detail     text NOT NULL DEFAULT ''  -- the operator of a command, the state in which a forgot request ended
);
CREATE INDEX audit_log_user_id ON rekey.audit_log (user_id, at);
CREATE INDEX audit_log_at ON rekey.audit_log (at);
CREATE INDEX audit_log_email ON rekey.audit_log (email, at) WHERE email IS NOT NULL;
-- Finds a replayed request, even if the account that it registered is gone.
CREATE INDEX audit_log_request_id ON rekey.audit_log (request_id);

-- Every forgot request, kept for REQUESTS_KEEP_HOURS after its end. `queued`: undecided. `sending`: its mail is in the outbox. All other states are
-- terminal. No user_id: an INSERT that read the account would tell who has one, and would wait while that table is altered.
CREATE TABLE rekey.reset_requests (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id       text NOT NULL UNIQUE,
  -- In normalised form, and under the collation of the index on rekey.users, so that the index serves.
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
  -- The code that its mail shows, and the link beside it. NULL: its mail shows none, or there is no mail. Every request counts its tries.
  code_print       bytea CHECK (octet_length(code_print) = 8),  -- keyed: shared/recovery_code.h
  code_token       bytea CHECK (octet_length(code_token) = 32),
  code_misses      text[] NOT NULL DEFAULT '{}' CHECK (cardinality(code_misses) <= 5),  -- the calls that tried a wrong code
  code_met_at      timestamptz,  -- the first right one
  CONSTRAINT reset_requests_code CHECK ((code_print IS NULL) = (code_token IS NULL)),
  CONSTRAINT reset_requests_queued CHECK ((state = 'queued') = (due_at IS NOT NULL) AND (state = 'queued') = (queued_email IS NOT NULL)),
  CONSTRAINT reset_requests_ended CHECK ((state IN ('queued', 'sending')) = (ended_at IS NULL))
) WITH (fillfactor = 85);
CREATE INDEX reset_requests_due ON rekey.reset_requests (due_at);
-- `id + 0`, not `id`: while the statistics know of one page, walking this whole index for an id seems to cost no more than the primary key.
CREATE INDEX reset_requests_queued_email ON rekey.reset_requests (queued_email, (id + 0));

-- Mails with a reset link, notices that a password has changed or that a renewed session was used again, and links that an operator
-- handed over, which are `sent` from the start. Kept for REQUESTS_KEEP_HOURS after the end.
CREATE TABLE rekey.deliveries (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind             text NOT NULL CHECK (kind IN ('reset', 'password_changed', 'session_reused', 'link')),
  -- NULL: a rehearsal for an address without an account, prepared like any other delivery but not mailed. If the account is deleted a
  -- claim ends the delivery and its request as `no_account`.
  user_id          text,
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
  has_code         boolean NOT NULL DEFAULT false,  -- its mail shows a code beside the link
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
CREATE INDEX deliveries_due ON rekey.deliveries (due_at);
CREATE INDEX deliveries_user_id ON rekey.deliveries (user_id);

-- How each attempt ended. `rehearsed`: without an account, or with an address on the suppression list. `lost`: its lease ran out.
-- After `unknown`, `cut_off` and `lost` the mail may be in the inbox: they count for the account's mail limit like `taken`, and no
-- later failure ends the delivery's token.
CREATE TABLE rekey.delivery_attempts (
  delivery   bigint NOT NULL REFERENCES rekey.deliveries (id) ON DELETE CASCADE,
  attempt    bigint NOT NULL,
  kind       text NOT NULL,
  user_id    text,
  outcome    text NOT NULL CHECK (outcome IN ('taken', 'try_later', 'refused', 'wants_log_in', 'unknown', 'cut_off', 'poisoned', 'lost',
                                                   'rehearsed')),
  smtp_code  integer NOT NULL DEFAULT 0,
  at         timestamptz NOT NULL DEFAULT now(),  -- its end; for a lost attempt its beginning, or later if the lease was prolonged
  PRIMARY KEY (delivery, attempt)
);
CREATE INDEX delivery_attempts_user ON rekey.delivery_attempts (user_id, at);

CREATE TABLE rekey.reset_tokens (
  token_hash          bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id             text NOT NULL,
  delivery            bigint NOT NULL UNIQUE REFERENCES rekey.deliveries (id) ON DELETE CASCADE,
  account_fingerprint bytea NOT NULL CHECK (octet_length(account_fingerprint) = 32),
  created_at          timestamptz NOT NULL DEFAULT now(),
  expires_at          timestamptz NOT NULL,
  CONSTRAINT reset_tokens_lifetime_bounded CHECK (expires_at <= created_at + interval '60 minutes')
);
CREATE INDEX reset_tokens_user_id ON rekey.reset_tokens (user_id);
CREATE INDEX reset_tokens_expires_at ON rekey.reset_tokens (expires_at);

CREATE FUNCTION rekey.forget_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM rekey.reset_tokens WHERE user_id = OLD.id::text;
  DELETE FROM rekey.sessions WHERE user_id = OLD.id::text;
  RETURN NULL;
END $$;
CREATE TRIGGER users_forgotten AFTER DELETE ON rekey.users FOR EACH ROW EXECUTE FUNCTION rekey.forget_user();

-- Addresses that get no mail, as the operator wishes: `rekey-origin mail suppress`. In normalised form.
CREATE TABLE rekey.suppressed_addresses (
  email         text COLLATE "C" PRIMARY KEY CHECK (octet_length(email) BETWEEN 3 AND 120 AND email = lower(email)),
  suppressed_at timestamptz NOT NULL DEFAULT now()
);

-- Where MAIL_LIMIT_TOTAL is set: the mails that all origins claimed in each of the last minutes.
CREATE TABLE rekey.mail_minutes (
  minute timestamptz PRIMARY KEY,
  mails  bigint NOT NULL
);

-- The sixty minutes before this one count, too: so no hour has more mails than the limit, wherever it begins.
CREATE FUNCTION rekey.mails_of_the_hour() RETURNS bigint
  LANGUAGE sql STABLE
  RETURN (SELECT coalesce(sum(mails), 0)::bigint FROM rekey.mail_minutes WHERE minute >= date_trunc('minute', now()) - interval '60 minutes');

CREATE FUNCTION rekey.mails_left(per_hour bigint) RETURNS bigint
  LANGUAGE sql STABLE
  RETURN greatest(0, per_hour - rekey.mails_of_the_hour());

-- Until the transaction's end no other one claims mails. Volatile, so that the sum sees what was committed while it waited.
CREATE FUNCTION rekey.lock_mail_budget(per_hour bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('rekey mail budget', 0));
  RETURN rekey.mails_left(per_hour);
END $$;

-- When a delivery that was not taken is tried again: the next of 15 s, 1, 3, 8, 15, 25 min after the first attempt, then every 5 min.
-- Up to a tenth is added to the wait, so that deliveries that failed together don't come back together. A point less than 5 s ahead
-- is skipped: the attempt that just ended took its place.
CREATE FUNCTION rekey.next_delivery_try(first_try_at timestamptz) RETURNS timestamptz
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
CREATE FUNCTION rekey.token_is_live(t rekey.reset_tokens, u rekey.account) RETURNS boolean
  LANGUAGE sql STABLE
  RETURN (t.expires_at > now()) IS TRUE AND u.is_active AND t.account_fingerprint = rekey.account_fingerprint(u.password_hash, u.email);

-- Which origin shows the metrics that are counted in the database, so that their sum over all origins is right: at most one row.
CREATE TABLE rekey.gauge_lease (
  the_only_row boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
  holder       text NOT NULL,  -- of a process, drawn at random at its start
  held_until   timestamptz NOT NULL
);

-- Changes of passwords and sessions are functions: one round trip, not nine, while another thread hashes. Each statement of a function
-- sees what was committed before it began, so what stands after a lock sees what the lock's last holder did.

-- Locks an active account whose hash is still the one that was verified. Returns: whether it did.
CREATE FUNCTION rekey.lock_verified(owner text, verified text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rekey.lock_account(owner);
  RETURN EXISTS (SELECT FROM rekey.account_by_id(owner) AS u WHERE u.password_hash = verified AND u.is_active);
END $$;

-- Sets the hash, and fails rather than tell its caller of a password that was not set.
CREATE FUNCTION rekey.set_hash(owner text, new_hash text, reads_address boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rekey.set_password(owner, new_hash, reads_address);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'rekey.set_password() has set no password';
  END IF;
END $$;

-- A session and those that it was renewed into, directly or not. `OFFSET 0` keeps the planner from joining the whole table.
CREATE FUNCTION rekey.session_line(first bytea) RETURNS bytea[] LANGUAGE sql STABLE AS $$
  WITH RECURSIVE line AS (
    SELECT s.token_hash, s.chain_id FROM rekey.sessions s WHERE s.token_hash = $1
    UNION ALL
    SELECT next.token_hash, line.chain_id FROM line CROSS JOIN LATERAL (
      SELECT s.token_hash FROM rekey.sessions s WHERE s.chain_id = line.chain_id AND s.renewed_from = line.token_hash OFFSET 0
    ) AS next
  )
  SELECT coalesce(array_agg(token_hash), '{}') FROM line
$$;

-- Ends the sessions of an account but those that are kept, if any. Lowers expires_at too, and with it kept_until, by which prune goes.
CREATE FUNCTION rekey.end_sessions(owner text, kept bytea[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE rekey.sessions SET ended_at = now(), expires_at = least(expires_at, now())
  WHERE user_id = owner AND ended_at IS NULL AND (token_hash = ANY (kept)) IS NOT TRUE;
END $$;

-- Continues a session under another token: `each` seconds long, `longest` from its log-in. The account's lock keeps the password as it
-- is. The old session's row is a lock, too: renewals of one session run one after the other, and see that it has ended if it has. It
-- keeps a minute for requests that are under way; another renewal can only shorten it. If the new session exists already, the UPDATE
-- changes nothing and only reads it under a lock. Returns: whether the new session continues the old one.
CREATE FUNCTION rekey.renew_session(used bytea, replacement bytea, each bigint, longest bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rekey.lock_account((SELECT user_id FROM rekey.sessions WHERE token_hash = used));
  WITH old AS (
    UPDATE rekey.sessions s SET renewed_at = now(), token_expires_at = coalesce(s.token_expires_at, s.expires_at),
                                expires_at = least(s.expires_at, now() + interval '60 seconds')
    WHERE s.token_hash = used AND used <> replacement AND s.ended_at IS NULL AND s.expires_at > now()
      AND s.password_fingerprint = (SELECT rekey.password_fingerprint(u.password_hash) FROM rekey.account_by_id(s.user_id) AS u
                                    WHERE u.is_active)
      AND least(now() + make_interval(secs => each), s.started_at + make_interval(secs => longest)) > s.expires_at
    RETURNING s.user_id, s.password_fingerprint, s.chain_id, s.started_at, s.user_agent, s.country, s.request_id
  )
  INSERT INTO rekey.sessions AS s (token_hash, user_id, password_fingerprint, chain_id, renewed_from, started_at, expires_at, user_agent,
                                   country, request_id)
  SELECT replacement, user_id, password_fingerprint, chain_id, used, started_at,
         least(now() + make_interval(secs => each), started_at + make_interval(secs => longest)), user_agent, country, request_id
  FROM old
  ON CONFLICT (token_hash) DO UPDATE SET token_hash = excluded.token_hash
    WHERE s.chain_id = excluded.chain_id AND s.ended_at IS NULL AND s.expires_at > now();
  RETURN FOUND;
END $$;

-- A session that was renewed more than a minute ago is used again: either by somebody who copied it, or by its owner after somebody
-- else renewed it. So its chain ends, and the owner is told. Nothing happens if no session of the chain is alive, so that one copy
-- causes one mail. Returns: the account whose chain this call has ended, or NULL.
CREATE FUNCTION rekey.end_reused_chain(used bytea, request text, ip text, agent text, land text, languages text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  owner  text;
  reused uuid;
BEGIN
  SELECT s.user_id, s.chain_id INTO owner, reused FROM rekey.sessions s
  WHERE s.token_hash = used AND s.renewed_at <= now() - interval '1 minute' AND s.ended_at IS NULL AND s.expires_at <= now();
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM rekey.lock_account(owner);
  PERFORM FROM rekey.sessions s WHERE s.chain_id = reused AND s.ended_at IS NULL AND s.expires_at > now();
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  UPDATE rekey.sessions SET ended_at = now(), expires_at = least(expires_at, now()) WHERE chain_id = reused AND ended_at IS NULL;
  INSERT INTO rekey.deliveries (kind, user_id, deliver_by, request_id, client_ip, user_agent, country, accept_language)
  VALUES ('session_reused', owner, now() + interval '1 day', request, ip, agent, land, languages);
  INSERT INTO rekey.audit_log (event, user_id, request_id, client_ip) VALUES ('session.reused', owner, request, ip);
  RETURN owner;
END $$;

-- Calls with an Idempotency-Key, for a day: keyed hashes of the key and of the body, by a key that the database does not hold, and as
-- much of the answer as tells the rest. No token, no password, no address.
CREATE TABLE rekey.call_answers (
  call_key     bytea PRIMARY KEY CHECK (octet_length(call_key) = 32),
  body_hash    bytea NOT NULL CHECK (octet_length(body_hash) = 32),
  request_id   text NOT NULL,         -- of the first call: all later ones run under it
  begun_at     timestamptz NOT NULL DEFAULT now(),
  leased_until timestamptz NOT NULL,  -- until then no other call runs, unless it is the same one
  outcome      text,                  -- NULL while under way
  detail       text NOT NULL DEFAULT ''
);
CREATE INDEX call_answers_begun_at ON rekey.call_answers (begun_at);

-- `run`, `answered`, `other_body` or `under_way`. A lease is longer than any call takes: the edge waits for a call for 5 s.
CREATE FUNCTION rekey.begin_call(key bytea, body bytea, request text,
                                 OUT verdict text, OUT first_request text, OUT kept_outcome text, OUT kept_detail text)
LANGUAGE plpgsql AS $$
DECLARE
  known rekey.call_answers;
BEGIN
  verdict := 'run';
  first_request := request;
  INSERT INTO rekey.call_answers (call_key, body_hash, request_id, leased_until) VALUES (key, body, request, now() + interval '30 seconds')
  ON CONFLICT DO NOTHING;
  IF FOUND THEN
    RETURN;
  END IF;
  SELECT * INTO known FROM rekey.call_answers a WHERE a.call_key = key FOR UPDATE;
  first_request := known.request_id;
  kept_outcome := known.outcome;
  kept_detail := known.detail;
  IF known.body_hash IS DISTINCT FROM body THEN
    verdict := CASE WHEN known.body_hash IS NULL THEN 'under_way' ELSE 'other_body' END;  -- NULL: pruned just now
  ELSIF known.outcome IS NOT NULL THEN
    verdict := 'answered';
  ELSIF known.request_id <> request AND known.leased_until > now() THEN
    verdict := 'under_way';
  ELSE
    UPDATE rekey.call_answers SET leased_until = now() + interval '30 seconds' WHERE call_key = key;
  END IF;
END $$;

-- The notice to the owner, useless after a day, and the row of the audit log.
CREATE FUNCTION rekey.record_new_password(owner text, by text, request text, ip text, agent text, land text, languages text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rekey.deliveries (kind, cause, user_id, deliver_by, request_id, client_ip, user_agent, country, accept_language)
  VALUES ('password_changed', by, owner, now() + interval '1 day', request, ip, agent, land, languages);
  INSERT INTO rekey.audit_log (event, user_id, request_id, client_ip)
  VALUES (CASE by WHEN 'reset' THEN 'password.reset' ELSE 'password.changed' END, owner, request, ip);
END $$;

-- Uses a reset token up. Returns false, and has changed nothing, for a token that is not live.
CREATE FUNCTION rekey.use_reset_token(used bytea, new_hash text, request text, ip text, agent text, land text, languages text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  owner text;
  way   bigint;
BEGIN
  -- The account first: a concurrent use waits here, and looks at the token only after the first has committed.
  owner := rekey.lock_account((SELECT user_id FROM rekey.reset_tokens WHERE token_hash = used));
  DELETE FROM rekey.reset_tokens t USING rekey.account_by_id(owner) AS u
    WHERE t.token_hash = used AND t.user_id = owner AND rekey.token_is_live(t, u)
    RETURNING t.delivery INTO way;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- Using a mailed link proves access to the mail box; a link that an operator handed over proves nothing.
  PERFORM rekey.set_hash(owner, new_hash, (SELECT d.kind = 'reset' FROM rekey.deliveries d WHERE d.id = way));
  DELETE FROM rekey.reset_tokens WHERE user_id = owner;
  PERFORM rekey.end_sessions(owner, NULL);
  PERFORM rekey.record_new_password(owner, 'reset', request, ip, agent, land, languages);
  PERFORM rekey.after_password(owner, 'reset');
  RETURN true;
END $$;

-- Wrong and right codes of the installation, for the budget that bounds guessing across many accounts.
CREATE TABLE rekey.code_hours (
  hour   timestamptz PRIMARY KEY,
  missed bigint NOT NULL DEFAULT 0,
  met    bigint NOT NULL DEFAULT 0  -- recoveries, however often their code is typed
);

-- How many wrong codes are left of `most` a day: a tenth of them, at least one, and one more for each right code. The 24 hours before this
-- one count, so no day has more than `most`, wherever it begins.
CREATE FUNCTION rekey.codes_left(most bigint) RETURNS bigint
  LANGUAGE sql STABLE
  RETURN (SELECT least(most, (most + 9) / 10 + coalesce(sum(met), 0)::bigint) - coalesce(sum(missed), 0)::bigint
          FROM rekey.code_hours WHERE hour >= date_trunc('hour', now()) - interval '24 hours');

CREATE FUNCTION rekey.count_code(misses bigint, meets bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rekey.code_hours AS h (hour, missed, met) VALUES (date_trunc('hour', now()), misses, meets)
  ON CONFLICT (hour) DO UPDATE SET missed = h.missed + excluded.missed, met = h.met + excluded.met;
END $$;

-- Compares a typed code with that of a request. In: `prints` of the code under each key, `tried_by` is the id of this call. A call counts
-- once, however often it is sent. The request's row is locked first: of any number of simultaneous wrong codes five are counted, and
-- none is compared after them. Every request has the row, and a request without a code takes the same steps as one with another code:
-- so nobody learns which addresses have accounts.
-- Out: verdict 'right' with the link's hash, dead or alive; 'wrong'; 'spent' if the installation's budget is used up, or this code
-- used it up.
CREATE FUNCTION rekey.try_code(request text, prints bytea[], tried_by text, most bigint, OUT verdict text, OUT token bytea) LANGUAGE plpgsql AS $$
DECLARE
  room  bigint := rekey.codes_left(most);
  asked rekey.reset_requests;
BEGIN
  SELECT * INTO asked FROM rekey.reset_requests WHERE request_id = request FOR UPDATE;
  verdict := CASE WHEN room > 0 THEN 'wrong' ELSE 'spent' END;
  IF room <= 0 OR asked.id IS NULL OR cardinality(asked.code_misses) >= 5 OR tried_by = ANY (asked.code_misses) THEN
    RETURN;
  END IF;
  IF asked.code_print = ANY (prints) THEN
    verdict := 'right';
    token := asked.code_token;
    IF asked.code_met_at IS NULL THEN
      UPDATE rekey.reset_requests SET code_met_at = now() WHERE id = asked.id;
      PERFORM rekey.count_code(0, 1);
    END IF;
    RETURN;
  END IF;
  UPDATE rekey.reset_requests SET code_misses = code_misses || tried_by WHERE id = asked.id;
  PERFORM rekey.count_code(1, 0);
  IF room = 1 THEN
    verdict := 'spent';
  END IF;
END $$;

-- Changes the password of an account whose hash is still the one that was verified, and ends all of its sessions but one and those that it
-- was renewed into, which continue under the new hash: a client may renew its session while its change is under way. A replayed change
-- returns false: it must not undo a later change back to the first password.
CREATE FUNCTION rekey.change_password(owner text, verified text, new_hash text, kept bytea,
                                      request text, ip text, agent text, land text, languages text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  line bytea[];
BEGIN
  IF NOT rekey.lock_verified(owner, verified) OR EXISTS (
    SELECT FROM rekey.audit_log WHERE request_id = request AND event = 'password.changed') THEN
    RETURN false;
  END IF;
  PERFORM rekey.set_hash(owner, new_hash, false);
  DELETE FROM rekey.reset_tokens WHERE user_id = owner;
  -- Also the parents and their other renewals of the one that is kept: a thief and the owner may both have renewed a stolen cookie.
  line := rekey.session_line(kept);
  PERFORM rekey.end_sessions(owner, line);
  UPDATE rekey.sessions SET password_fingerprint = rekey.password_fingerprint(new_hash)
  WHERE token_hash = ANY (line) AND user_id = owner
    AND password_fingerprint = rekey.password_fingerprint(verified) AND ended_at IS NULL;
  PERFORM rekey.record_new_password(owner, 'owner', request, ip, agent, land, languages);
  PERFORM rekey.after_password(owner, 'owner');
  RETURN true;
END $$;

-- The URLs of WEBHOOK_URLS, which each origin writes here when it starts, and the events that each wants. `gone`: it answered 410, and
-- gets nothing more until an operator restarts it. `removed`: no longer among the settings.
CREATE TABLE rekey.webhook_urls (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url        text NOT NULL UNIQUE,
  events     text[] NOT NULL,
  state      text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'gone', 'removed')),
  changed_at timestamptz NOT NULL DEFAULT now(),
  failures   integer NOT NULL DEFAULT 0,         -- in a row, of the receiver rather than of one message
  held_until timestamptz NOT NULL DEFAULT now()  -- no attempt begins earlier
);

-- The outbox of webhooks: each event once for each URL. `dead`: not delivered within a day, or its URL is gone.
CREATE TABLE rekey.webhook_messages (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url           bigint NOT NULL,   -- no foreign key: the change that is reported would lock the URL's row
  message_id    text NOT NULL,     -- `webhook-id`: the same for a repeated call, and at each URL
  type          text NOT NULL,
  account       text NOT NULL,     -- messages of an account go out in the order of their ids
  data          text NOT NULL,     -- JSON
  happened_at   timestamptz NOT NULL,
  state         text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'delivered', 'dead')),
  due_at        timestamptz DEFAULT now(),  -- the next attempt; a claim leaves it alone; NULL once ended
  leased_until  timestamptz,                -- while sending
  attempt       bigint NOT NULL DEFAULT 0,  -- counts claims: tells an old holder from a new one
  first_try_at  timestamptz,
  deliver_by    timestamptz NOT NULL DEFAULT now() + interval '1 day',  -- no attempt begins later
  waiting_since timestamptz NOT NULL DEFAULT now(),
  ended_at      timestamptz,
  status        integer NOT NULL DEFAULT 0,  -- of the last answer, 0 for none
  reason        text NOT NULL DEFAULT '',    -- how the last attempt ended
  -- NULL while it waits: a column, not an expression in its index, so that a claim changes no indexed column.
  end_state     text GENERATED ALWAYS AS (CASE WHEN state IN ('delivered', 'dead') THEN state END) STORED,
  UNIQUE (url, message_id),
  CONSTRAINT webhook_messages_ended CHECK ((state IN ('queued', 'sending')) = (ended_at IS NULL) AND (ended_at IS NULL) = (due_at IS NOT NULL)),
  CONSTRAINT webhook_messages_leased CHECK ((state = 'sending') = (leased_until IS NOT NULL))
) WITH (fillfactor = 60);
CREATE INDEX webhook_messages_due ON rekey.webhook_messages (url, due_at);
CREATE INDEX webhook_messages_account ON rekey.webhook_messages (account);
CREATE INDEX webhook_messages_ended ON rekey.webhook_messages (end_state, ended_at);

-- Of an account that is gone only its id.
CREATE FUNCTION rekey.webhook_account(account_id text) RETURNS jsonb
  LANGUAGE sql STABLE
  RETURN jsonb_build_object('account_id', account_id) ||
         coalesce((SELECT jsonb_build_object('email', u.email) FROM rekey.account_by_id(account_id) u), '{}');

-- Queues a message for each URL that wants the event. In: `event_key` is another one for each event of a type; a repeated call queues
-- nothing. The id of the message is a hash, since receivers need not know ids of requests and mails.
CREATE FUNCTION rekey.report_event(event_type text, of_account text, event_key text, at timestamptz, details jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rekey.webhook_messages (url, message_id, type, account, data, happened_at)
  SELECT u.id, 'msg_' || substr(encode(sha256(convert_to(event_type || ' ' || event_key, 'UTF8')), 'hex'), 1, 32),
         event_type, of_account, (rekey.webhook_account(of_account) || details)::text, at
  FROM rekey.webhook_urls u WHERE u.state = 'active' AND event_type = ANY (u.events)
  ON CONFLICT DO NOTHING;
END $$;

-- The rows that a change writes anyway report it: so every way to the change reports it, in its own transaction. No message holds a
-- token, a link, a password or a hash.

CREATE FUNCTION rekey.report_audited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rekey.report_event(
    CASE NEW.event WHEN 'password.reset' THEN 'password_reset.completed' WHEN 'user.registered' THEN 'account.registered'
                   ELSE 'password.changed' END,
    NEW.user_id, NEW.request_id, NEW.at,
    jsonb_build_object('request_id', NEW.request_id, 'client_ip', NEW.client_ip) ||
      CASE NEW.event WHEN 'password.changed' THEN jsonb_build_object('by', 'owner')
                     WHEN 'user.reset_required' THEN jsonb_build_object('by', 'operator') ELSE '{}' END);
  RETURN NULL;
END $$;
CREATE TRIGGER audit_log_report AFTER INSERT ON rekey.audit_log
  FOR EACH ROW WHEN (NEW.event IN ('password.reset', 'password.changed', 'user.reset_required', 'user.registered') AND NEW.user_id IS NOT NULL)
  EXECUTE FUNCTION rekey.report_audited();

CREATE FUNCTION rekey.report_reset_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rekey.report_event('password_reset.requested', NEW.user_id, NEW.request_id, NEW.happened_at,
                       jsonb_build_object('request_id', NEW.request_id, 'client_ip', NEW.client_ip));
  RETURN NULL;
END $$;
CREATE TRIGGER deliveries_report_request AFTER INSERT ON rekey.deliveries
  FOR EACH ROW WHEN (NEW.kind = 'reset' AND NEW.user_id IS NOT NULL) EXECUTE FUNCTION rekey.report_reset_request();

CREATE FUNCTION rekey.report_undeliverable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rekey.report_event('mail.undeliverable', NEW.user_id, NEW.message_key::text, now(),
                       jsonb_build_object('request_id', NEW.request_id, 'mail', NEW.kind, 'state', NEW.state, 'smtp_code', NEW.smtp_code));
  RETURN NULL;
END $$;
CREATE TRIGGER deliveries_report_undeliverable AFTER UPDATE OF state ON rekey.deliveries
  FOR EACH ROW WHEN (NEW.state IN ('rejected', 'expired_undelivered') AND NEW.user_id IS NOT NULL AND OLD.state <> NEW.state)
  EXECUTE FUNCTION rekey.report_undeliverable();
