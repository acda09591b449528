-- Accounts of better-auth: public."user", account, session and verification, as `better-auth migrate` makes them. With
-- Drizzle or Prisma tables and columns may have other names (snake_case, plurals): write yours.
--   psql "$DATABASE_URL" -1 -f better-auth.sql
-- The last part needs the owner of better-auth's tables, the rest the role that ran `rekey-origin migrate`. A role that is both runs it whole.
-- Settings: PASSWORD_FORMAT=better-auth, REGISTRATION=off.
-- A browser's cookie cache (session.cookieCache) outlives the sessions that this ends by its maxAge. With secondaryStorage there is no table
-- session, unless storeSessionInDatabase is set: leave out what names it. Rekey then ends no session of better-auth's.

CREATE OR REPLACE FUNCTION rekey.accounts_source() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'better-auth' $$;

-- better-auth stores addresses in lower case, so that its own index serves. With the plugin admin write
-- `(u.banned IS NOT TRUE OR u."banExpires" < now())` instead of the first `true`, and grant SELECT on these columns.
CREATE OR REPLACE FUNCTION rekey.account_by_address(address text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id, NULL::text, u.email, NULL::text, true, u."emailVerified", false,
         (SELECT a.password FROM public.account a WHERE a."userId" = u.id AND a."providerId" = 'credential' LIMIT 1),
         (SELECT string_agg(initcap(a."providerId"), ', ' ORDER BY a."providerId") FROM public.account a
          WHERE a."userId" = u.id AND a."providerId" <> 'credential'),
         u."createdAt"::timestamptz
  FROM public."user" u WHERE u.email = $1
$$;

CREATE OR REPLACE FUNCTION rekey.account_by_id(id text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT u.id, NULL::text, u.email, NULL::text, true, u."emailVerified", false,
         (SELECT a.password FROM public.account a WHERE a."userId" = u.id AND a."providerId" = 'credential' LIMIT 1),
         (SELECT string_agg(initcap(a."providerId"), ', ' ORDER BY a."providerId") FROM public.account a
          WHERE a."userId" = u.id AND a."providerId" <> 'credential'),
         u."createdAt"::timestamptz
  FROM public."user" u WHERE u.id = $1
$$;

CREATE OR REPLACE FUNCTION rekey.any_account() RETURNS SETOF text LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT few.id FROM (SELECT u.id, u.email FROM public."user" u LIMIT 100) AS few ORDER BY few.email LIKE '%@%' DESC LIMIT 1
$$;

-- The hash stands in another row than the address: both are locked, in the order in which better-auth deletes them.
CREATE OR REPLACE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
BEGIN
  PERFORM 1 FROM public.account a WHERE a."userId" = $1 AND a."providerId" = 'credential' FOR NO KEY UPDATE;
  RETURN QUERY SELECT u.id FROM public."user" u WHERE u.id = $1 FOR NO KEY UPDATE;
END $$;

CREATE OR REPLACE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 10 AS $$
BEGIN
  RETURN QUERY SELECT w.id FROM unnest($1) WITH ORDINALITY AS w (id, place) JOIN public."user" u ON u.id = w.id
  ORDER BY w.place LIMIT $2 FOR NO KEY UPDATE OF u SKIP LOCKED;
END $$;

-- An account that signed in through a provider gets its first password as a row of its own.
CREATE OR REPLACE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text
LANGUAGE sql VOLATILE ROWS 1 AS $$
  WITH owner AS (
    UPDATE public."user" u SET "emailVerified" = u."emailVerified" OR $3, "updatedAt" = now() WHERE u.id = $1 RETURNING u.id
  ), changed AS (
    UPDATE public.account a SET password = $2, "updatedAt" = now() FROM owner
    WHERE a."userId" = owner.id AND a."providerId" = 'credential' RETURNING a."userId"
  ), made AS (
    INSERT INTO public.account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
    SELECT translate(gen_random_uuid()::text, '-', ''), owner.id, 'credential', owner.id, $2, now(), now() FROM owner
    WHERE NOT EXISTS (SELECT FROM public.account a WHERE a."userId" = owner.id AND a."providerId" = 'credential')
    RETURNING "userId"
  )
  SELECT "userId" FROM changed UNION ALL SELECT "userId" FROM made
$$;

-- better-auth's own links of before die, too: `value` is the account in them, whatever the identifier, which may be hashed.
CREATE OR REPLACE FUNCTION rekey.after_password(id text, cause text) RETURNS void LANGUAGE sql VOLATILE AS $$
  DELETE FROM public.verification v WHERE v.value = $1;
  DELETE FROM public.session s WHERE s."userId" = $1
$$;

-- A sample of about 100 pages, for the origin's start.
CREATE OR REPLACE FUNCTION rekey.password_kinds(most bigint) RETURNS SETOF text LANGUAGE sql STABLE ROWS 10 AS $$
  SELECT DISTINCT rekey.password_kind(a.password) AS kind
  FROM public.account a TABLESAMPLE SYSTEM (least(100, 100.0 * 100 * 8192 / greatest(1, pg_relation_size('public.account'))))
  WHERE rekey.password_kind(a.password) IS NOT NULL LIMIT $1
$$;

-- --- As the owner of better-auth's tables.

-- Indexes that better-auth lacks; older versions have none of a user's accounts and sessions. On busy tables make them first, by CREATE INDEX
-- CONCURRENTLY outside a transaction. A hash index, since other values may be longer than a B-tree takes.
DO $$
DECLARE
  lacking record;
BEGIN
  FOR lacking IN
    SELECT * FROM (VALUES ('account', 'userId', 'btree'), ('session', 'userId', 'btree'), ('verification', 'value', 'hash'))
      AS wanted (relation, field, method)
    WHERE NOT EXISTS (
      SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = to_regclass(format('public.%I', wanted.relation)) AND a.attname = wanted.field AND i.indpred IS NULL AND i.indisvalid)
  LOOP
    EXECUTE format('CREATE INDEX ON public.%I USING %s (%I)', lacking.relation, lacking.method, lacking.field);
  END LOOP;
END $$;

-- What the origin's role needs.
GRANT SELECT (id, email, "emailVerified", "createdAt"), UPDATE ("emailVerified", "updatedAt") ON public."user" TO rekey_origin;
GRANT SELECT ("userId", "providerId", password), UPDATE (password, "updatedAt"),
      INSERT (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt") ON public.account TO rekey_origin;
GRANT SELECT (value), DELETE ON public.verification TO rekey_origin;
GRANT SELECT ("userId"), DELETE ON public.session TO rekey_origin;
