-- Accounts of Laravel: public.users and public.sessions, as the first migration of Laravel 10 and later makes them
-- (SESSION_DRIVER=database). Up to Laravel 9 `password_reset_tokens` is called `password_resets`: change it below, twice.
--   psql "$DATABASE_URL" -1 -f laravel.sql
-- The last part needs the owner of Laravel's tables, the rest the role that ran `rekey-origin migrate`. A role that is both runs it whole.
-- Settings: PASSWORD_FORMAT=bcrypt-2y, BCRYPT_COST as Laravel's BCRYPT_ROUNDS, REGISTRATION=off. Times are in UTC, as in a Laravel whose
-- `timezone` is UTC.
-- With UUIDs as keys write rekey.as_uuid() for rekey.as_bigint(). With SoftDeletes add `AND u.deleted_at IS NULL` to both
-- look-ups, and grant SELECT on this column.

CREATE OR REPLACE FUNCTION rekey.accounts_source() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'Laravel' $$;

-- Addresses that differ only by case may belong to several accounts: the mail goes to the oldest. A stranger who signs up
-- later changes nothing; one who signed up first keeps the owner's account from being reset, so have addresses verified.
-- `name` is what a person calls himself, not a user name, and does not belong into a mail.
CREATE OR REPLACE FUNCTION rekey.account_by_address(address text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, NULL::text, u.email::text, NULL::text, true, u.email_verified_at IS NOT NULL, false, nullif(u.password::text, ''),
         NULL::text, u.created_at AT TIME ZONE 'UTC'
  FROM public.users u WHERE lower(u.email::text COLLATE "C") = $1
  ORDER BY u.id LIMIT 1
$$;

CREATE OR REPLACE FUNCTION rekey.account_by_id(id text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, NULL::text, u.email::text, NULL::text, true, u.email_verified_at IS NOT NULL, false, nullif(u.password::text, ''),
         NULL::text, u.created_at AT TIME ZONE 'UTC'
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

-- A new remember_token, as Laravel's own reset makes: "remember me" ends on every device.
CREATE OR REPLACE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text
LANGUAGE sql VOLATILE ROWS 1 AS $$
  UPDATE public.users u
  SET password = $2, remember_token = left(translate(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 60),
      email_verified_at = CASE WHEN $3 THEN coalesce(u.email_verified_at, now() AT TIME ZONE 'UTC') ELSE u.email_verified_at END,
      updated_at = now() AT TIME ZONE 'UTC'
  WHERE u.id = rekey.as_bigint($1) RETURNING u.id::text
$$;

-- Laravel's own reset link of before dies. Without SESSION_DRIVER=database leave the second statement out, and its GRANT below: the
-- sessions then end only if your routes use Laravel's middleware `auth.session`, or by a webhook. Tokens of Sanctum live on; to end them, too, add
-- DELETE FROM public.personal_access_tokens t WHERE t.tokenable_id = rekey.as_bigint($1), and grant DELETE and SELECT (tokenable_id) on it.
CREATE OR REPLACE FUNCTION rekey.after_password(id text, cause text) RETURNS void LANGUAGE sql VOLATILE AS $$
  DELETE FROM public.password_reset_tokens t USING public.users u WHERE u.id = rekey.as_bigint($1) AND t.email = u.email;
  DELETE FROM public.sessions s WHERE s.user_id = rekey.as_bigint($1)
$$;

-- A sample of about 100 pages, for the origin's start.
CREATE OR REPLACE FUNCTION rekey.password_kinds(most bigint) RETURNS SETOF text LANGUAGE sql STABLE ROWS 10 AS $$
  SELECT DISTINCT rekey.password_kind(u.password) AS kind
  FROM public.users u TABLESAMPLE SYSTEM (least(100, 100.0 * 100 * 8192 / greatest(1, pg_relation_size('public.users'))))
  WHERE rekey.password_kind(u.password) IS NOT NULL LIMIT $1
$$;

-- --- As the owner of Laravel's tables.

-- Laravel's own index serves only addresses that were registered in lower case. On a busy table make this one first, by CREATE INDEX
-- CONCURRENTLY outside a transaction.
CREATE INDEX IF NOT EXISTS users_rekey_address ON public.users (lower(email COLLATE "C"));

-- What the origin's role needs.
GRANT SELECT (id, email, email_verified_at, password, created_at), UPDATE (password, remember_token, email_verified_at, updated_at)
  ON public.users TO rekey_origin;
GRANT SELECT (email), DELETE ON public.password_reset_tokens TO rekey_origin;
GRANT SELECT (user_id), DELETE ON public.sessions TO rekey_origin;
