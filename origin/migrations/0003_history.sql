-- What has ended stays known for a while, so that a repeated call can't bring it back; and what stored password hashes cost.

-- Ended is not deleted: were the row gone, the signed log-in that made it could be played again and would make it anew. `expires_at`
-- alone would not do: a transaction that began a moment before the end compares with its own, earlier now().
ALTER TABLE sessions ADD COLUMN ended_at timestamptz;
ALTER TABLE sessions ADD CONSTRAINT sessions_ended CHECK (ended_at IS NULL OR expires_at <= ended_at);

-- What was done under a request id is looked up before it is done again: the account that a registration made may be gone.
CREATE INDEX audit_log_request_id ON audit_log (request_id) WHERE request_id <> '';

-- No foreign key: an INSERT would have to open `users`, and wait there for whoever alters that table, while a forgot request
-- reads no account. And the row outlives the account, so that a link mailed before is known as one of ours when it is opened later.
-- Rows go by their age; a claim ends those whose account has gone.
ALTER TABLE reset_requests DROP CONSTRAINT reset_requests_user_id_fkey;
DROP INDEX reset_requests_user_id;  -- it served the cascade alone

-- Few addresses in a sample, after a flood for one account, must not make the planner expect many rows for each: it would read the
-- whole table for every claim and every mail settled.
ALTER TABLE reset_requests ALTER COLUMN email SET (n_distinct = -0.5);

-- How a stored hash begins: algorithm and settings, all that its cost depends on and nothing that belongs to one account. Of a
-- sha512crypt salt the length counts too: a dot for each character. NULL for other forms.
CREATE FUNCTION password_kind(password_hash text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE
    WHEN password_hash LIKE '$6$%' THEN
      substring(password_hash FROM '^\$6\$(?:rounds=[0-9]{1,9}\$)?') ||
      repeat('.', least(16, length(substring(password_hash FROM '^\$6\$(?:rounds=[0-9]{1,9}\$)?([^$]*)'))))
    ELSE substring(password_hash FROM
      '^\$(?:2[aby]\$[0-9]{2}|y\$[./0-9A-Za-z]{1,8}|argon2id\$v=[0-9]{1,3}\$m=[0-9]{1,9},t=[0-9]{1,9},p=[0-9]{1,9})\$')
  END;

-- The distinct kinds are read off this index, one step a kind, however many accounts there are.
CREATE INDEX users_password_kind ON users (password_kind(password_hash)) WHERE password_kind(password_hash) IS NOT NULL;

-- The ends of tries of which nobody heard whether the relay took the mail: it may be in the inbox. They count for the account's mail
-- limit, and while there is one, no failure ends the row's token.
ALTER TABLE reset_requests ADD COLUMN perhaps_mailed_at timestamptz[] NOT NULL DEFAULT '{}';
CREATE INDEX reset_requests_perhaps_mailed ON reset_requests (user_id) WHERE perhaps_mailed_at <> '{}';

-- Its place in the queue: since when it waits, or the oldest request that it replaced before that was tried. `due_at` goes back to it
-- when a claim could not begin the row.
ALTER TABLE reset_requests ADD COLUMN waiting_since timestamptz NOT NULL DEFAULT now();
UPDATE reset_requests SET waiting_since = requested_at WHERE ended_at IS NULL;
