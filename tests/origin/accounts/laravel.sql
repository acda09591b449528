-- The tables as Laravel's 0001_01_01_000000_create_users_table.php makes them in PostgreSQL.
CREATE TABLE public.users (
  id bigserial NOT NULL PRIMARY KEY,
  name varchar(255) NOT NULL,
  email varchar(255) NOT NULL,
  email_verified_at timestamp(0) without time zone NULL,
  password varchar(255) NOT NULL,
  remember_token varchar(100) NULL,
  created_at timestamp(0) without time zone NULL,
  updated_at timestamp(0) without time zone NULL
);
ALTER TABLE public.users ADD CONSTRAINT users_email_unique UNIQUE (email);
CREATE TABLE public.password_reset_tokens (
  email varchar(255) NOT NULL PRIMARY KEY,
  token varchar(255) NOT NULL,
  created_at timestamp(0) without time zone NULL
);
CREATE TABLE public.sessions (
  id varchar(255) NOT NULL PRIMARY KEY,
  user_id bigint NULL,
  ip_address varchar(45) NULL,
  user_agent text NULL,
  payload text NOT NULL,
  last_activity integer NOT NULL
);
CREATE INDEX sessions_user_id_index ON public.sessions (user_id);
CREATE INDEX sessions_last_activity_index ON public.sessions (last_activity);
