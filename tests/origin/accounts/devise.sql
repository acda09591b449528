-- The table as the migration of `rails generate devise User` makes it in PostgreSQL.
CREATE TABLE public.users (
  id bigserial NOT NULL PRIMARY KEY,
  email character varying DEFAULT '' NOT NULL,
  encrypted_password character varying DEFAULT '' NOT NULL,
  reset_password_token character varying,
  reset_password_sent_at timestamp(6) without time zone,
  remember_created_at timestamp(6) without time zone,
  created_at timestamp(6) without time zone NOT NULL,
  updated_at timestamp(6) without time zone NOT NULL
);
CREATE UNIQUE INDEX index_users_on_email ON public.users (email);
CREATE UNIQUE INDEX index_users_on_reset_password_token ON public.users (reset_password_token);
