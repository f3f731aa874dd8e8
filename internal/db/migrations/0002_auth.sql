-- Who may come in, with what, and how far each may see.

-- +goose Up
CREATE TABLE account (
  id           TEXT   PRIMARY KEY,
  person_id    TEXT   NOT NULL DEFAULT '',          -- '' for staff who are not on the roster
  display      TEXT   NOT NULL,
  email        TEXT   NOT NULL,                     -- personal address, lower case; where one-time links go
  locale       TEXT   NOT NULL DEFAULT 'en',
  created_at   BIGINT NOT NULL,
  created_by   TEXT   NOT NULL DEFAULT '',
  suspended_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX account_email ON account (email);
CREATE INDEX account_person ON account (person_id);

-- role x scope x export x until. 'grant' is a word of SQL's, hence the name.
CREATE TABLE role_grant (
  id         TEXT   PRIMARY KEY,
  account_id TEXT   NOT NULL REFERENCES account (id),
  role       TEXT   NOT NULL,
  scope_kind TEXT   NOT NULL CHECK (scope_kind IN ('own', 'turf', 'site', 'region', 'unit')),
  scope_id   TEXT   NOT NULL DEFAULT '',
  may_export BIGINT NOT NULL DEFAULT 0 CHECK (may_export IN (0, 1)),
  from_at    BIGINT NOT NULL,
  until_at   BIGINT NOT NULL,
  given_by   TEXT   NOT NULL,
  second_by  TEXT   NOT NULL DEFAULT '',            -- the officer who confirmed, where one must
  pending    BIGINT NOT NULL DEFAULT 0 CHECK (pending IN (0, 1)),
  ended_at   BIGINT NOT NULL DEFAULT 0,
  ended_by   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX role_grant_account ON role_grant (account_id, until_at);
CREATE INDEX role_grant_role ON role_grant (role, until_at);        -- who are the officers, whom can one ask

-- A turf: the people one captain keeps contact with.
CREATE TABLE people_set (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  made_by TEXT NOT NULL DEFAULT ''                  -- account that made it, and that may fill it while it is empty
);
CREATE TABLE people_set_member (
  set_id    TEXT   NOT NULL REFERENCES people_set (id),
  person_id TEXT   NOT NULL,
  added_at  BIGINT NOT NULL,
  PRIMARY KEY (set_id, person_id)
);
CREATE INDEX people_set_member_person ON people_set_member (person_id);

CREATE TABLE device (
  id           TEXT   PRIMARY KEY,
  account_id   TEXT   NOT NULL REFERENCES account (id),
  state        TEXT   NOT NULL CHECK (state IN ('invited', 'active', 'locked', 'revoked')),
  label        TEXT   NOT NULL,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  revoked_at   BIGINT NOT NULL DEFAULT 0,
  revoked_by   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX device_account ON device (account_id, last_seen_at);

CREATE TABLE session (
  token_hash TEXT   PRIMARY KEY,
  data       BYTEA  NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE passkey (
  id           TEXT   PRIMARY KEY,                  -- credential id, base64url
  account_id   TEXT   NOT NULL REFERENCES account (id),
  label        TEXT   NOT NULL,
  credential   TEXT   NOT NULL,                     -- JSON of the WebAuthn library; public key, no secret
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkey_account ON passkey (account_id);

-- One-time codes: links by mail, invitations by QR. Only hashes are kept.
CREATE TABLE one_time (
  code_hash  TEXT   PRIMARY KEY,
  kind       TEXT   NOT NULL CHECK (kind IN ('link', 'invitation', 'passkey')),
  account_id TEXT   NOT NULL DEFAULT '',
  person_id  TEXT   NOT NULL DEFAULT '',
  address    TEXT   NOT NULL DEFAULT '',
  data       TEXT   NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  created_by TEXT   NOT NULL DEFAULT '',
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX one_time_address ON one_time (address, created_at);
