-- Requests for a reset link, the tokens they became, and the notices that a password has changed.

CREATE TABLE reset_requests (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id       text NOT NULL UNIQUE,
  -- In the form to look up by, and under the collation of the index on users: else no index serves. Whether there is such an account is asked by the worker, not here.
  email            text COLLATE "C" NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 120),
  state            text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'no_account', 'suppressed', 'superseded', 'rejected',
                                                  'expired_undelivered')),
  requested_at     timestamptz NOT NULL DEFAULT now(),
  -- queued: not before; sending: the lease's end.
  due_at           timestamptz NOT NULL DEFAULT now(),
  client_ip        text NOT NULL,
  user_agent       text NOT NULL,
  country          text NOT NULL,
  accept_language  text NOT NULL,
  message_key      uuid NOT NULL DEFAULT gen_random_uuid(),
  attempts         bigint NOT NULL DEFAULT 0,
  -- What the first claim commits.
  user_id          uuid REFERENCES users (id) ON DELETE CASCADE,
  seed             bytea CHECK (octet_length(seed) = 32),
  key_id           smallint CHECK (key_id BETWEEN 0 AND 255),
  token_hash       bytea CHECK (octet_length(token_hash) = 32),
  token_expires_at timestamptz,
  -- The claim (as `attempts` counted then) that made the token: given back untried by that very claim, nobody ever saw the token.
  token_attempt    bigint,
  first_try_at     timestamptz,
  -- Handing the mail over later would leave too little of the token's life.
  deliver_by       timestamptz,
  sent_at          timestamptz,
  ended_at         timestamptz,
  smtp_code        integer NOT NULL DEFAULT 0,
  CONSTRAINT reset_requests_ended CHECK ((state IN ('queued', 'sending')) = (ended_at IS NULL)),
  CONSTRAINT reset_requests_seed_wiped CHECK (ended_at IS NULL OR seed IS NULL),
  CONSTRAINT reset_requests_sent CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CONSTRAINT reset_requests_claimed CHECK (state <> 'sending' OR (user_id IS NOT NULL AND seed IS NOT NULL AND token_hash IS NOT NULL))
);
-- Partial by `ended_at`, not by `state`: a statement that finds its row by id and asks for its state must not be tempted to walk these.
CREATE INDEX reset_requests_due ON reset_requests (due_at) WHERE ended_at IS NULL;
CREATE INDEX reset_requests_waiting ON reset_requests (email) WHERE ended_at IS NULL;
CREATE INDEX reset_requests_mailed ON reset_requests (user_id, sent_at) WHERE state = 'sent';
CREATE INDEX reset_requests_user_id ON reset_requests (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX reset_requests_ended_at ON reset_requests (ended_at) WHERE ended_at IS NOT NULL;
CREATE UNIQUE INDEX reset_requests_token_hash ON reset_requests (token_hash) WHERE token_hash IS NOT NULL;

CREATE TABLE reset_tokens (
  token_hash           bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id              uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  request_id           bigint NOT NULL UNIQUE REFERENCES reset_requests (id) ON DELETE CASCADE,
  password_fingerprint bytea NOT NULL CHECK (octet_length(password_fingerprint) = 32),
  created_at           timestamptz NOT NULL DEFAULT now(),
  expires_at           timestamptz NOT NULL,
  CONSTRAINT reset_tokens_lifetime_bounded CHECK (expires_at <= created_at + interval '60 minutes')
);
CREATE INDEX reset_tokens_user_id ON reset_tokens (user_id);
CREATE INDEX reset_tokens_expires_at ON reset_tokens (expires_at);

CREATE TABLE hook_deliveries (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id         uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  cause           text NOT NULL CHECK (cause IN ('reset', 'owner')),
  state           text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'rejected', 'expired_undelivered')),
  changed_at      timestamptz NOT NULL DEFAULT now(),
  due_at          timestamptz NOT NULL DEFAULT now(),
  request_id      text NOT NULL,
  client_ip       text NOT NULL,
  user_agent      text NOT NULL,
  country         text NOT NULL,
  accept_language text NOT NULL,
  message_key     uuid NOT NULL DEFAULT gen_random_uuid(),
  attempts        bigint NOT NULL DEFAULT 0,
  first_try_at    timestamptz,
  ended_at        timestamptz,
  smtp_code       integer NOT NULL DEFAULT 0,
  CONSTRAINT hook_deliveries_ended CHECK ((state IN ('queued', 'sending')) = (ended_at IS NULL))
);
CREATE INDEX hook_deliveries_due ON hook_deliveries (due_at) WHERE ended_at IS NULL;
CREATE INDEX hook_deliveries_user_id ON hook_deliveries (user_id);
CREATE INDEX hook_deliveries_ended_at ON hook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- When a mail that was not taken is tried again: the next of 15 s, 1, 3, 8, 15, 25 min after the first try, then every 5 min. The wait
-- is drawn out by up to a tenth, so that many rows that failed together don't come back together. A point less than 5 s ahead is
-- skipped: the try that just ended took its place.
CREATE FUNCTION next_mail_try(first_try_at timestamptz) RETURNS timestamptz
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
