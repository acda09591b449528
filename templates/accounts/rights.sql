-- The rights of the origin's role on Rekey's own tables. Those on the accounts' tables are at the end of each other file here.
--   psql "$DATABASE_URL" -c "CREATE ROLE rekey_origin LOGIN PASSWORD '...'"
--   psql "$DATABASE_URL" -1 -f rights.sql      as the role that runs `rekey-origin migrate`; again after each update
GRANT USAGE ON SCHEMA rekey TO rekey_origin;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA rekey TO rekey_origin;
REVOKE ALL ON ALL TABLES IN SCHEMA rekey FROM rekey_origin;
GRANT SELECT ON rekey.schema_migrations, rekey.nobody TO rekey_origin;
GRANT SELECT, INSERT ON rekey.delivery_attempts TO rekey_origin;
GRANT SELECT, INSERT, DELETE ON rekey.suppressed_addresses TO rekey_origin;
GRANT SELECT, INSERT, UPDATE ON rekey.gauge_lease, rekey.webhook_urls TO rekey_origin;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON rekey.users, rekey.sessions, rekey.reset_requests, rekey.deliveries, rekey.reset_tokens, rekey.mail_minutes,
     rekey.code_hours, rekey.webhook_messages, rekey.call_answers TO rekey_origin;

-- A row of the audit log is written once and deleted in its time. UPDATE of its id, which takes no value, is the right to lock a row.
GRANT SELECT, INSERT, DELETE, UPDATE (id) ON rekey.audit_log TO rekey_origin;

-- What a later `migrate` adds, until this file of its release narrows it.
ALTER DEFAULT PRIVILEGES IN SCHEMA rekey GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rekey_origin;
ALTER DEFAULT PRIVILEGES IN SCHEMA rekey GRANT EXECUTE ON FUNCTIONS TO rekey_origin;
