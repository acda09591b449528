-- Accounts of Django: public.auth_user, as django.contrib.auth makes it. For a user model of your own change the table in the two look-ups,
-- any_account(), both locks, set_password(), password_kinds(), the index and the GRANT.
--   psql "$DATABASE_URL" -1 -f django.sql
-- The last part needs the owner of Django's table, the rest the role that ran `rekey-origin migrate`. A role that is both runs it whole.
-- Settings: PASSWORD_FORMAT=django-pbkdf2 or django-argon2, REGISTRATION=off.
-- Django's defaults cost: ARGON2_MEMORY_KIB=102400, ARGON2_LANES=8 for django-argon2; PBKDF2_ITERATIONS as in your Django. It hashes a
-- password of another cost again at the next log-in, which ends the account's other sessions.
-- Django ends the sessions of an account by itself when its password changes: each holds a hash of the password. Tokens of Django REST
-- framework and JWTs live on: end them in after_password(), or by a webhook.

CREATE OR REPLACE FUNCTION rekey.accounts_source() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'Django' $$;

-- Django lets several accounts have one address. The mail goes to the oldest that may log in: a stranger who signs up
-- later changes nothing. One who signed up first keeps the owner's account from being reset, so have addresses verified.
CREATE OR REPLACE FUNCTION rekey.account_by_address(address text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, u.username::text, u.email::text, NULL::text, u.is_active, false, u.is_superuser,
         -- Django calls a password that begins with ! unusable.
         CASE WHEN u.password = '' OR u.password LIKE '!%' THEN NULL ELSE u.password::text END, NULL::text, u.date_joined
  FROM public.auth_user u WHERE lower(u.email::text COLLATE "C") = $1
  ORDER BY u.is_active DESC, u.date_joined, u.id LIMIT 1
$$;

CREATE OR REPLACE FUNCTION rekey.account_by_id(id text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id::text, u.username::text, u.email::text, NULL::text, u.is_active, false, u.is_superuser,
         CASE WHEN u.password = '' OR u.password LIKE '!%' THEN NULL ELSE u.password::text END, NULL::text, u.date_joined
  FROM public.auth_user u WHERE u.id = rekey.as_bigint($1)
$$;

CREATE OR REPLACE FUNCTION rekey.any_account() RETURNS SETOF text LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT few.id::text FROM (SELECT u.id, u.email FROM public.auth_user u LIMIT 100) AS few ORDER BY few.email LIKE '%@%' DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
BEGIN
  RETURN QUERY SELECT u.id::text FROM public.auth_user u WHERE u.id = rekey.as_bigint($1) FOR NO KEY UPDATE;
END $$;

CREATE OR REPLACE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 10 AS $$
BEGIN
  RETURN QUERY SELECT w.id FROM unnest($1) WITH ORDINALITY AS w (id, place) JOIN public.auth_user u ON u.id = rekey.as_bigint(w.id)
  ORDER BY w.place LIMIT $2 FOR NO KEY UPDATE OF u SKIP LOCKED;
END $$;

CREATE OR REPLACE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text
LANGUAGE sql VOLATILE ROWS 1 AS $$
  UPDATE public.auth_user u SET password = $2 WHERE u.id = rekey.as_bigint($1) RETURNING u.id::text
$$;

CREATE OR REPLACE FUNCTION rekey.after_password(id text, cause text) RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT $$;

-- A sample of about 100 pages, for the origin's start.
CREATE OR REPLACE FUNCTION rekey.password_kinds(most bigint) RETURNS SETOF text LANGUAGE sql STABLE ROWS 10 AS $$
  SELECT DISTINCT rekey.password_kind(u.password) AS kind
  FROM public.auth_user u TABLESAMPLE SYSTEM (least(100, 100.0 * 100 * 8192 / greatest(1, pg_relation_size('public.auth_user'))))
  WHERE rekey.password_kind(u.password) IS NOT NULL LIMIT $1
$$;

-- --- As the owner of Django's table.

-- Django has no index of addresses. On a busy table make it first, by CREATE INDEX CONCURRENTLY outside a transaction.
CREATE INDEX IF NOT EXISTS auth_user_rekey_address ON public.auth_user (lower(email COLLATE "C"));

-- What the origin's role needs.
GRANT SELECT (id, username, email, is_active, is_superuser, password, date_joined), UPDATE (password)
  ON public.auth_user TO rekey_origin;
