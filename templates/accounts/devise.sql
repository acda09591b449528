-- Accounts of Ruby on Rails with Devise: public.users, as `rails generate devise User` makes it.
--   psql "$DATABASE_URL" -1 -f devise.sql
-- The last part needs the owner of Devise's table, the rest the role that ran `rekey-origin migrate`. A role that is both runs it whole.
-- Settings: PASSWORD_FORMAT=bcrypt-2b (without a `pepper` in Devise), BCRYPT_COST as Devise's `stretches`, REGISTRATION=off.
-- With UUIDs as keys write rekey.as_uuid() for rekey.as_bigint().
-- Devise ends the sessions of an account by itself when its password changes: each holds the hash's salt.

CREATE OR REPLACE FUNCTION rekey.accounts_source() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'Devise' $$;

-- Devise stores addresses in lower case (case_insensitive_keys), so that its own index serves. With :confirmable write
-- `u.confirmed_at IS NOT NULL` instead of `false`, and with :omniauthable `u.provider::text` instead of the NULL before created_at; and
-- grant SELECT on these columns. Where sign-up by :omniauthable stores a random password, such an account has one, and its owner gets a link.
-- If your model overrides active_for_authentication?, write its rule instead of the first `true`. An account that
-- :lockable has locked stays active here: anybody can lock it by wrong guesses.
CREATE OR REPLACE FUNCTION rekey.account_by_address(address text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, NULL::text, u.email::text, NULL::text, true, false, false, nullif(u.encrypted_password::text, ''), NULL::text,
         u.created_at AT TIME ZONE 'UTC'
  FROM public.users u WHERE u.email::text = $1
$$;

CREATE OR REPLACE FUNCTION rekey.account_by_id(id text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, NULL::text, u.email::text, NULL::text, true, false, false, nullif(u.encrypted_password::text, ''), NULL::text,
         u.created_at AT TIME ZONE 'UTC'
  FROM public.users u WHERE u.id = rekey.as_bigint($1)
$$;

CREATE OR REPLACE FUNCTION rekey.any_account() RETURNS SETOF text LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT few.id::text FROM (SELECT u.id, u.email FROM public.users u LIMIT 100) AS few ORDER BY few.email LIKE '%@%' DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
BEGIN
  RETURN QUERY SELECT u.id::text FROM public.users u WHERE u.id = rekey.as_bigint($1) FOR NO KEY UPDATE;
END $$;

CREATE OR REPLACE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 10 AS $$
BEGIN
  RETURN QUERY SELECT w.id FROM unnest($1) WITH ORDINALITY AS w (id, place) JOIN public.users u ON u.id = rekey.as_bigint(w.id)
  ORDER BY w.place LIMIT $2 FOR NO KEY UPDATE OF u SKIP LOCKED;
END $$;

-- As Devise's own reset does: its link of before dies, and "remember me" ends on every device. With :lockable it also unlocks: add
-- `locked_at = CASE WHEN $3 THEN NULL ELSE u.locked_at END, failed_attempts = CASE WHEN $3 THEN 0 ELSE u.failed_attempts END, unlock_token =
-- CASE WHEN $3 THEN NULL ELSE u.unlock_token END`, and grant SELECT and UPDATE on these.
CREATE OR REPLACE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text
LANGUAGE sql VOLATILE ROWS 1 AS $$
  UPDATE public.users u
  SET encrypted_password = $2, reset_password_token = NULL, reset_password_sent_at = NULL, remember_created_at = NULL,
      updated_at = now() AT TIME ZONE 'UTC'
  WHERE u.id = rekey.as_bigint($1) RETURNING u.id::text
$$;

CREATE OR REPLACE FUNCTION rekey.after_password(id text, cause text) RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT $$;

-- A sample of about 100 pages, for the origin's start.
CREATE OR REPLACE FUNCTION rekey.password_kinds(most bigint) RETURNS SETOF text LANGUAGE sql STABLE ROWS 10 AS $$
  SELECT DISTINCT rekey.password_kind(u.encrypted_password) AS kind
  FROM public.users u TABLESAMPLE SYSTEM (least(100, 100.0 * 100 * 8192 / greatest(1, pg_relation_size('public.users'))))
  WHERE rekey.password_kind(u.encrypted_password) IS NOT NULL LIMIT $1
$$;

-- --- As the owner of Devise's table: what the origin's role needs.
GRANT SELECT (id, email, encrypted_password, created_at),
      UPDATE (encrypted_password, reset_password_token, reset_password_sent_at, remember_created_at, updated_at)
  ON public.users TO rekey_origin;
