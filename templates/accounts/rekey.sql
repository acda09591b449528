-- Rekey's own accounts again, after one of the other files here: the functions as `rekey-origin migrate` makes them.
--   psql "$DATABASE_URL" -1 -f rekey.sql      as the role that ran `rekey-origin migrate`
-- Links and sessions of the other product's accounts end with it. Revoke what its file granted.

CREATE OR REPLACE FUNCTION rekey.accounts_source() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'rekey' $$;

CREATE OR REPLACE FUNCTION rekey.account_by_address(address text) RETURNS SETOF rekey.account LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, u.username, u.email, u.language, u.is_active, u.is_verified, u.is_superuser, u.password_hash, u.sign_in_with,
         u.created_at
  FROM rekey.users u WHERE lower(u.email COLLATE "C") = $1
$$;

CREATE OR REPLACE FUNCTION rekey.account_by_id(id text) RETURNS SETOF rekey.account LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, u.username, u.email, u.language, u.is_active, u.is_verified, u.is_superuser, u.password_hash, u.sign_in_with,
         u.created_at
  FROM rekey.users u WHERE u.id = rekey.as_uuid($1)
$$;

CREATE OR REPLACE FUNCTION rekey.any_account() RETURNS SETOF text LANGUAGE sql STABLE ROWS 1 AS $$ SELECT u.id::text FROM rekey.users u LIMIT 1 $$;

CREATE OR REPLACE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
BEGIN
  RETURN QUERY SELECT u.id::text FROM rekey.users u WHERE u.id = rekey.as_uuid($1) FOR NO KEY UPDATE;
END $$;

CREATE OR REPLACE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 10 AS $$
BEGIN
  RETURN QUERY SELECT w.id FROM unnest($1) WITH ORDINALITY AS w (id, place) JOIN rekey.users u ON u.id = rekey.as_uuid(w.id)
  ORDER BY w.place LIMIT $2 FOR NO KEY UPDATE OF u SKIP LOCKED;
END $$;

CREATE OR REPLACE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text LANGUAGE sql VOLATILE ROWS 1 AS $$
  UPDATE rekey.users u SET password_hash = $2, is_verified = u.is_verified OR $3 WHERE u.id = rekey.as_uuid($1) RETURNING u.id::text
$$;

CREATE OR REPLACE FUNCTION rekey.after_password(id text, cause text) RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT $$;

CREATE OR REPLACE FUNCTION rekey.password_kinds(most bigint) RETURNS SETOF text LANGUAGE sql STABLE ROWS 10 AS $$
  WITH RECURSIVE kinds AS (
    SELECT min(u.password_kind) AS kind FROM rekey.users u WHERE u.password_kind IS NOT NULL
    UNION ALL
    SELECT (SELECT min(u.password_kind) FROM rekey.users u WHERE u.password_kind > kinds.kind) FROM kinds WHERE kinds.kind IS NOT NULL
  )
  SELECT kinds.kind FROM kinds WHERE kinds.kind IS NOT NULL LIMIT $1
$$;
