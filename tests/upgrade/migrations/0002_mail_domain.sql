-- serves: 0001
-- What a later version might bring: a column with an index, filled for all accounts, and a constraint. It has a step of each kind.

-- step: short rekey.users
-- Two changes of one statement: the rows that are there get NULL without being touched, new ones of any program get ''.
ALTER TABLE rekey.users ADD COLUMN mail_domain text, ALTER COLUMN mail_domain SET DEFAULT '';

-- step: batches
WITH part AS (
  SELECT id FROM rekey.users WHERE id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY id LIMIT $2 FOR NO KEY UPDATE
), done AS (
  UPDATE rekey.users AS users SET mail_domain = split_part(lower(email COLLATE "C"), '@', 2) FROM part WHERE users.id = part.id
)
SELECT (SELECT id FROM part ORDER BY id DESC LIMIT 1)::text AS last, (SELECT count(*) FROM part) AS changed;

-- step: index users_mail_domain
CREATE INDEX CONCURRENTLY users_mail_domain ON rekey.users (mail_domain);

-- step: short rekey.users
ALTER TABLE rekey.users ADD CONSTRAINT users_mail_domain_known CHECK (mail_domain IS NOT NULL) NOT VALID;

-- step: alone
ALTER TABLE rekey.users VALIDATE CONSTRAINT users_mail_domain_known;
