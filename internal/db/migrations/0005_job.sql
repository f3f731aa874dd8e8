-- Work that is to be done later, or again until it succeeds: queued in the transaction of what asks for it.

-- +goose Up
CREATE TABLE job (
  id          TEXT   PRIMARY KEY,
  kind        TEXT   NOT NULL,
  key         TEXT   NOT NULL DEFAULT '',            -- of its kind there is one unfinished job with this key; '' for any number
  state       TEXT   NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'cancelled', 'dead')),
  run_at      BIGINT NOT NULL,                       -- not before; while running: when its worker is given up
  attempt     BIGINT NOT NULL DEFAULT 0,             -- also the token of the worker that holds it
  payload     TEXT   NOT NULL,                       -- JSON; ids, never names or addresses
  reason      TEXT   NOT NULL DEFAULT '',            -- why it was cancelled, or the last error
  at          BIGINT NOT NULL,
  finished_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE key <> '' AND state IN ('waiting', 'running');
CREATE INDEX job_due ON job (state, run_at, id);
