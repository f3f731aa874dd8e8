-- What phones sent in: each event once, by the id that the phone gave it, and those that were not accepted.

-- +goose Up
-- Written once an event is dealt with; what it said stands in its room's own tables. The digest is in the key so that an id used
-- twice for two different things loses neither: the second is refused, and kept.
CREATE TABLE sync_event (
  id          TEXT   NOT NULL,                      -- UUIDv7, the phone's
  account_id  TEXT   NOT NULL REFERENCES account (id),
  digest      TEXT   NOT NULL,                      -- of kind, time and data
  kind        TEXT   NOT NULL,
  device_id   TEXT   NOT NULL,                      -- as it was signed in when it sent
  install_id  TEXT   NOT NULL,                      -- whose queue it was, '' for a form
  at_device   BIGINT NOT NULL,
  skew        BIGINT NOT NULL,                      -- milliseconds by which its clock was slow
  received_at BIGINT NOT NULL,
  outcome     TEXT   NOT NULL CHECK (outcome IN ('done', 'refused')),
  PRIMARY KEY (id, account_id, digest)
);
CREATE INDEX sync_event_account ON sync_event (account_id, received_at);

-- For its author alone, until she puts it away.
CREATE TABLE sync_refused (
  event_id   TEXT   NOT NULL,
  account_id TEXT   NOT NULL REFERENCES account (id),
  digest     TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  fault_key  TEXT   NOT NULL,
  fault_args TEXT   NOT NULL,                       -- JSON
  data       TEXT   NOT NULL,                       -- JSON, or the box that did not open
  refused_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (event_id, account_id, digest)
);
CREATE INDEX sync_refused_author ON sync_refused (account_id, seen_at, at);
