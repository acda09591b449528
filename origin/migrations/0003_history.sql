-- What has ended stays known for a while, so that a repeated call can't bring it back; and what stored password hashes cost.

-- Ended is not deleted: were the row gone, the signed log-in that made it could be played again and would make it anew. `expires_at`
-- alone would not do: a transaction that began a moment before the end compares with its own, earlier now().
ALTER TABLE sessions ADD COLUMN ended_at timestamptz;
ALTER TABLE sessions ADD CONSTRAINT sessions_ended CHECK (ended_at IS NULL OR expires_at <= ended_at);

-- What was done under a request id is looked up before it is done again: the account that a registration made may be gone.
CREATE INDEX audit_log_request_id ON audit_log (request_id) WHERE request_id <> '';
