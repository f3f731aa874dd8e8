-- The ground: checksums of these files, settings, and the record of who saw, exported and changed what.

-- +goose Up
CREATE TABLE schema_checksum (
  version BIGINT PRIMARY KEY,
  sha256  TEXT   NOT NULL,
  at      BIGINT NOT NULL
) /* rows */;

-- One row a setting: the campaign's name, the audit's HMAC key, the number of the roster's last change.
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- Append-only; hash = sha256 of the RFC 8785 JSON of the other columns, prev among them. See internal/audit.
CREATE TABLE audit_record (
  seq      BIGINT PRIMARY KEY,
  at       BIGINT NOT NULL,
  actor    TEXT   NOT NULL,
  grant_id TEXT   NOT NULL,
  verb     TEXT   NOT NULL,
  object   TEXT   NOT NULL,
  scope    TEXT   NOT NULL,
  detail   TEXT   NOT NULL,
  subjects TEXT   NOT NULL,
  count    BIGINT NOT NULL,
  device   TEXT   NOT NULL,
  prev     TEXT   NOT NULL,
  hash     TEXT   NOT NULL
) /* rows */;
CREATE INDEX audit_record_actor  ON audit_record (actor, seq);
CREATE INDEX audit_record_object ON audit_record (object, seq);

-- One row, id 1: where the chain ends. Updating it is what makes writers queue for the next number.
CREATE TABLE audit_head (
  id   BIGINT PRIMARY KEY CHECK (id = 1),
  seq  BIGINT NOT NULL,
  hash TEXT   NOT NULL
) /* rows */;
INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
