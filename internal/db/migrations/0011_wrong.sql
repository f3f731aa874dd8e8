-- What calls found out about numbers: a phone of two people may be wrong for one of them.

-- +goose Up

-- A number is wrong for whose contact it is by the word of a talk, until the talk is taken back; the talk is another room's.
CREATE TABLE contact_wrong (
  fact_id    TEXT   NOT NULL,                       -- what says so, made by the device
  contact_id TEXT   NOT NULL REFERENCES contact_point (id) ON DELETE CASCADE,
  at         BIGINT NOT NULL,                       -- when it was found out, by the device's corrected clock
  before     TEXT   NOT NULL CHECK (before IN ('unverified', 'ok', 'wrong')), -- its status when nobody had said so
  PRIMARY KEY (contact_id, fact_id)
);
CREATE INDEX contact_wrong_fact ON contact_wrong (fact_id);
