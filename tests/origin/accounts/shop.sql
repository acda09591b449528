-- Accounts unlike Rekey's in every respect that the functions allow: uuid ids and citext addresses in one table, hashes in another, accounts
-- that are locked or marked as deleted, no user name, a language. And a view by which the store tests' SQL about `users` serves here, too.
CREATE EXTENSION citext SCHEMA public;
CREATE SCHEMA shop;
CREATE TABLE shop.person (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  mail public.citext NOT NULL UNIQUE,
  lang char(2),
  locked boolean NOT NULL DEFAULT false,
  deleted_at timestamptz
);
CREATE TABLE shop.secret (
  person uuid PRIMARY KEY REFERENCES shop.person ON DELETE CASCADE,
  hash varchar(255)
);
CREATE TABLE shop.visit (id bigserial PRIMARY KEY, person uuid NOT NULL REFERENCES shop.person ON DELETE CASCADE);
CREATE INDEX ON shop.visit (person);

CREATE SCHEMA as_users;
CREATE VIEW as_users.users AS
  SELECT p.id, split_part(p.mail::text, '@', 1) AS username, p.mail::text AS email, s.hash AS password_hash, p.lang::text AS language,
         NOT p.locked AND p.deleted_at IS NULL AS is_active
  FROM shop.person p LEFT JOIN shop.secret s ON s.person = p.id;
CREATE FUNCTION as_users.change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM shop.person WHERE id = OLD.id;
    RETURN OLD;
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO shop.person (id, mail, lang) VALUES (coalesce(NEW.id, gen_random_uuid()), NEW.email, NEW.language) RETURNING id INTO NEW.id;
    INSERT INTO shop.secret VALUES (NEW.id, NEW.password_hash);
  ELSE
    UPDATE shop.person SET id = NEW.id, mail = NEW.email, lang = NEW.language, locked = NOT NEW.is_active
      WHERE id = OLD.id AND (id, mail::text, lang::text, NOT locked) IS DISTINCT FROM (NEW.id, NEW.email, NEW.language, NEW.is_active);
    UPDATE shop.secret SET hash = NEW.password_hash WHERE person = NEW.id AND hash IS DISTINCT FROM NEW.password_hash;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER change INSTEAD OF INSERT OR UPDATE OR DELETE ON as_users.users FOR EACH ROW EXECUTE FUNCTION as_users.change();

-- The file of an adopter.
CREATE OR REPLACE FUNCTION rekey.accounts_source() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'the shop' $$;

CREATE OR REPLACE FUNCTION rekey.account_by_address(address text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT p.id::text, NULL::text, p.mail::text, p.lang::text, NOT p.locked, true, false, s.hash::text, NULL::text, NULL::timestamptz
  FROM shop.person p LEFT JOIN shop.secret s ON s.person = p.id
  WHERE p.mail OPERATOR(public.=) $1::public.citext AND p.deleted_at IS NULL
$$;

CREATE OR REPLACE FUNCTION rekey.account_by_id(id text) RETURNS SETOF rekey.account
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT p.id::text, NULL::text, p.mail::text, p.lang::text, NOT p.locked, true, false, s.hash::text, NULL::text, NULL::timestamptz
  FROM shop.person p LEFT JOIN shop.secret s ON s.person = p.id
  WHERE p.id = rekey.as_uuid($1) AND p.deleted_at IS NULL
$$;

CREATE OR REPLACE FUNCTION rekey.any_account() RETURNS SETOF text LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT p.id::text FROM shop.person p WHERE p.deleted_at IS NULL LIMIT 1
$$;

CREATE OR REPLACE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
BEGIN
  PERFORM 1 FROM shop.person p WHERE p.id = rekey.as_uuid($1) FOR NO KEY UPDATE;
  PERFORM 1 FROM shop.secret s WHERE s.person = rekey.as_uuid($1) FOR NO KEY UPDATE;
  RETURN QUERY SELECT p.id::text FROM shop.person p WHERE p.id = rekey.as_uuid($1);
END $$;

CREATE OR REPLACE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) RETURNS SETOF text LANGUAGE plpgsql VOLATILE ROWS 10 AS $$
BEGIN
  RETURN QUERY SELECT w.id FROM unnest($1) WITH ORDINALITY AS w (id, place) JOIN shop.person p ON p.id = rekey.as_uuid(w.id)
  ORDER BY w.place LIMIT $2 FOR NO KEY UPDATE OF p SKIP LOCKED;
END $$;

CREATE OR REPLACE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text
LANGUAGE sql VOLATILE ROWS 1 AS $$
  INSERT INTO shop.secret (person, hash) SELECT p.id, $2 FROM shop.person p WHERE p.id = rekey.as_uuid($1)
  ON CONFLICT (person) DO UPDATE SET hash = excluded.hash RETURNING person::text
$$;

CREATE OR REPLACE FUNCTION rekey.after_password(id text, cause text) RETURNS void LANGUAGE sql VOLATILE AS $$
  DELETE FROM shop.visit v WHERE v.person = rekey.as_uuid($1)
$$;

GRANT USAGE ON SCHEMA shop TO rekey_origin;
GRANT SELECT, UPDATE ON shop.person TO rekey_origin;
GRANT SELECT, INSERT, UPDATE ON shop.secret TO rekey_origin;
GRANT SELECT, DELETE ON shop.visit TO rekey_origin;

-- A sample of about 100 pages, for the origin's start.
CREATE OR REPLACE FUNCTION rekey.password_kinds(most bigint) RETURNS SETOF text LANGUAGE sql STABLE ROWS 10 AS $$
  SELECT DISTINCT rekey.password_kind(s.hash) AS kind
  FROM shop.secret s TABLESAMPLE SYSTEM (least(100, 100.0 * 100 * 8192 / greatest(1, pg_relation_size('shop.secret'))))
  WHERE rekey.password_kind(s.hash) IS NOT NULL LIMIT $1
$$;
