-- Accounts, their sessions, and who did what to them.

CREATE TABLE users (
  id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  username           text NOT NULL CHECK (username ~ '^[A-Za-z0-9][A-Za-z0-9_-]{2,49}$'),
  -- As registered: mail goes here. Printable ASCII without spaces, so that no row can break a mail's lines.
  email              text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 120 AND email COLLATE "C" ~ '^[!-~]+@[!-~]+$'),
  password_hash      text NOT NULL CHECK (octet_length(password_hash) BETWEEN 1 AND 512),
  language           text NOT NULL DEFAULT '' CHECK (octet_length(language) <= 35),
  is_active          boolean NOT NULL DEFAULT true,
  is_verified        boolean NOT NULL DEFAULT false,
  is_superuser       boolean NOT NULL DEFAULT false,
  created_at         timestamptz NOT NULL DEFAULT now(),
  created_by_request text UNIQUE
);

-- lower() under the C collation changes ASCII letters and nothing else: no other character is ever taken for one of them.
CREATE UNIQUE INDEX users_email_key ON users (lower(email COLLATE "C"));
CREATE UNIQUE INDEX users_username_key ON users (lower(username COLLATE "C"));

-- What a token or a session remembers of the password it was made under. It dies when this changes, whoever changed it.
CREATE FUNCTION password_fingerprint(password_hash text) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN sha256(convert_to(password_hash, 'UTF8'));

CREATE TABLE sessions (
  token_hash           bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id              uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  password_fingerprint bytea NOT NULL CHECK (octet_length(password_fingerprint) = 32),
  -- Shared by a session and those that renewed it; logging out ends the chain.
  chain_id             uuid NOT NULL DEFAULT gen_random_uuid(),
  started_at           timestamptz NOT NULL DEFAULT now(),
  created_at           timestamptz NOT NULL DEFAULT now(),
  expires_at           timestamptz NOT NULL,
  renewed_at           timestamptz,
  request_id           text NOT NULL,
  CONSTRAINT sessions_lifetime_bounded CHECK (expires_at <= started_at + interval '12 hours')
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_chain_id ON sessions (chain_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE audit_log (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now(),
  event      text NOT NULL,
  user_id    uuid,  -- no foreign key: what was done outlives the account
  request_id text NOT NULL,
  client_ip  text NOT NULL
);
CREATE INDEX audit_log_user_id ON audit_log (user_id, at);
CREATE INDEX audit_log_at ON audit_log (at);
