-- The campaign's timeline: what happened or is to happen, who says so, and who says otherwise.

-- +goose Up
CREATE TABLE timeline_entry (
  id         TEXT   PRIMARY KEY,
  on_date    TEXT   NOT NULL,                        -- the first day of a month or year that is known no closer
  precision  TEXT   NOT NULL CHECK (precision IN ('day', 'month', 'year')),
  said       TEXT   NOT NULL,                        -- a key of the interface's sentences, or plain words
  source     TEXT   NOT NULL,                        -- who says so: ids of facts, "own record"
  certainty  TEXT   NOT NULL CHECK (certainty IN ('stated', 'inferred', 'disputed')),
  otherwise  TEXT   NOT NULL DEFAULT '',             -- what the sources that disagree say, a key or words
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX timeline_entry_date ON timeline_entry (on_date, id);
