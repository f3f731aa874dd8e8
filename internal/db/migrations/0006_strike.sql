-- Strikes, pickets and rallies: what is planned, what announces it, who received that and what proves it, who checked it, and
-- every step from plan to return. Moments are kept as people write them, with offset and zone
-- (2025-11-05T07:00-06:00[America/Chicago], or a date alone), beside the instant where a query needs one.

-- +goose Up
CREATE TABLE strike (
  id             TEXT   PRIMARY KEY,
  kind           TEXT   NOT NULL CHECK (kind IN ('strike', 'informational_picket', 'rally', 'handbilling')),
  title          TEXT   NOT NULL,
  state          TEXT   NOT NULL CHECK (state IN ('draft', 'planned', 'noticed', 'on', 'ended', 'closed', 'called_off', 'suspended', 'settled')),
  starts         TEXT   NOT NULL,
  starts_at      BIGINT NOT NULL,
  ends           TEXT   NOT NULL,                     -- '' and 0: open-ended
  ends_at        BIGINT NOT NULL,
  start_scope    TEXT   NOT NULL CHECK (start_scope IN ('', 'same_instant', 'same_wall_clock')), -- '': all sites in one zone
  began          TEXT   NOT NULL DEFAULT '',          -- the first person out
  over           TEXT   NOT NULL DEFAULT '',          -- when it ended, was suspended or settled
  facts_version  BIGINT NOT NULL,                     -- rises with start, end, kind, a site and the state
  supersedes     TEXT   NOT NULL DEFAULT '',          -- the strike that was called off for this one
  settlement_ref TEXT   NOT NULL DEFAULT '',
  by_account     TEXT   NOT NULL,
  at             BIGINT NOT NULL
);
CREATE INDEX strike_starts ON strike (starts_at, id);

CREATE TABLE strike_site (
  strike_id   TEXT NOT NULL REFERENCES strike (id),
  worksite_id TEXT NOT NULL REFERENCES worksite (id),
  PRIMARY KEY (strike_id, worksite_id)
);

-- What happened to a strike, in order; the primary key lets one of two at once win.
CREATE TABLE strike_step (
  strike_id     TEXT   NOT NULL REFERENCES strike (id),
  seq           BIGINT NOT NULL,
  event         TEXT   NOT NULL,
  from_state    TEXT   NOT NULL,
  to_state      TEXT   NOT NULL,
  why           TEXT   NOT NULL DEFAULT '',
  facts_version BIGINT NOT NULL,                      -- after it
  by_account    TEXT   NOT NULL,                      -- '' for the clock
  second_by     TEXT   NOT NULL DEFAULT '',
  was           TEXT   NOT NULL DEFAULT '',           -- a fact that two people moved, before and after; '' where it is the state
  becomes       TEXT   NOT NULL DEFAULT '',
  at            BIGINT NOT NULL,
  PRIMARY KEY (strike_id, seq)
);

-- What the legal clock asks: the newest answer counts. strike_id is '' for what holds for the whole campaign.
CREATE TABLE strike_fact (
  strike_id  TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  seq        BIGINT NOT NULL,
  value      TEXT   NOT NULL,                         -- '' takes the answer back: unknown again
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (strike_id, name, seq)
);

-- A paper and what it states, in its own terms. strike_id is '' for those of the whole campaign (dispute, reopener).
CREATE TABLE strike_notice (
  id           TEXT   PRIMARY KEY,
  strike_id    TEXT   NOT NULL,
  kind         TEXT   NOT NULL CHECK (kind IN ('ten_day', 'dispute', 'reopener')),
  revision     BIGINT NOT NULL,                       -- rises with what it states: reviews are of one revision
  starts       TEXT   NOT NULL,
  start_scope  TEXT   NOT NULL,
  sites        TEXT   NOT NULL,                       -- JSON list of worksite ids
  acts         TEXT   NOT NULL,                       -- JSON list: strike, picket, refusal
  qualifier    TEXT   NOT NULL CHECK (qualifier IN ('exact', 'on_or_after', 'approximate', 'conditional')),
  by_account   TEXT   NOT NULL,
  at           BIGINT NOT NULL,
  withdrawn_at BIGINT NOT NULL DEFAULT 0,
  withdrawn_by TEXT   NOT NULL DEFAULT '',
  withdrawn_why TEXT  NOT NULL DEFAULT ''
);
CREATE INDEX strike_notice_strike ON strike_notice (strike_id, at, id);

-- Files that prove something: receipts, confirmations, signed agreements. Never changed, never deleted by the program.
CREATE TABLE strike_file (
  id         TEXT   PRIMARY KEY,
  strike_id  TEXT   NOT NULL,                         -- '' for the whole campaign's
  name       TEXT   NOT NULL,
  media_type TEXT   NOT NULL,
  size       BIGINT NOT NULL,
  sha256     TEXT   NOT NULL,
  body       BYTEA  NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);

-- One copy of a notice to one recipient for one site; the row with the highest seq counts, the ones before are its history.
CREATE TABLE strike_delivery (
  id         TEXT   NOT NULL,
  seq        BIGINT NOT NULL,
  notice_id  TEXT   NOT NULL REFERENCES strike_notice (id),
  recipient  TEXT   NOT NULL CHECK (recipient IN ('institution', 'fmcs', 'state_agency', 'other_party')),
  site_id    TEXT   NOT NULL,                         -- '' for all sites, and for agencies
  state      TEXT   NOT NULL CHECK (state IN ('planned', 'sent', 'received', 'not_given', 'unknown', 'dropped')),
  sent       TEXT   NOT NULL,
  received   TEXT   NOT NULL,
  method     TEXT   NOT NULL,
  proof_kind TEXT   NOT NULL,
  proof_ref  TEXT   NOT NULL,                         -- confirmation number, card number
  file_id    TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (id, seq)
);
CREATE UNIQUE INDEX strike_delivery_copy ON strike_delivery (notice_id, recipient, site_id, seq);

-- A reviewer typed start and sites again from the final paper.
CREATE TABLE strike_review (
  id         TEXT   PRIMARY KEY,
  notice_id  TEXT   NOT NULL REFERENCES strike_notice (id),
  revision   BIGINT NOT NULL,
  typed      TEXT   NOT NULL,                         -- the moment
  sites      TEXT   NOT NULL,                         -- JSON list of worksite ids
  differs    TEXT   NOT NULL,                         -- JSON list: start, sites; [] is agreement
  answers    TEXT   NOT NULL,                         -- JSON: what the legal clock had been told by then
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX strike_review_notice ON strike_review (notice_id, at, id);

-- Counsel's word on one revision, or who went without and why.
CREATE TABLE strike_counsel (
  id         TEXT   PRIMARY KEY,
  notice_id  TEXT   NOT NULL REFERENCES strike_notice (id),
  revision   BIGINT NOT NULL,
  decision   TEXT   NOT NULL CHECK (decision IN ('confirmed', 'waived')),
  counsel    TEXT   NOT NULL,
  why        TEXT   NOT NULL,
  answers    TEXT   NOT NULL,                         -- JSON: what the legal clock had been told by then
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX strike_counsel_notice ON strike_counsel (notice_id, at, id);

-- A writing that both signed, which moves the start of a served notice.
CREATE TABLE extension (
  id              TEXT   PRIMARY KEY,
  strike_id       TEXT   NOT NULL REFERENCES strike (id),
  notice_id       TEXT   NOT NULL REFERENCES strike_notice (id),
  signed_by_both  BIGINT NOT NULL CHECK (signed_by_both IN (0, 1)),
  agreed          TEXT   NOT NULL,
  new_starts_at   TEXT   NOT NULL,
  file_id         TEXT   NOT NULL,
  document_sha256 TEXT   NOT NULL,
  by_account      TEXT   NOT NULL,
  second_by       TEXT   NOT NULL,                    -- who read both signatures, and the same start, on the writing
  recorded_at     BIGINT NOT NULL
);
CREATE INDEX extension_strike ON extension (strike_id, recorded_at, id);

-- Acts of two people: asked by one, confirmed by another on another device within ten minutes.
CREATE TABLE strike_request (
  id            TEXT   PRIMARY KEY,
  strike_id     TEXT   NOT NULL REFERENCES strike (id),
  event         TEXT   NOT NULL,
  why           TEXT   NOT NULL,
  effects       TEXT   NOT NULL,                      -- JSON: what both read before
  terms         TEXT   NOT NULL DEFAULT '',           -- JSON: which fact becomes what, where it is no step of the state
  facts_version BIGINT NOT NULL,
  state         TEXT   NOT NULL CHECK (state IN ('open', 'confirmed', 'withdrawn', 'lapsed')),
  asked_by      TEXT   NOT NULL,
  asked_device  TEXT   NOT NULL,
  asked_at      BIGINT NOT NULL,
  until_at      BIGINT NOT NULL,
  second_by     TEXT   NOT NULL DEFAULT '',
  second_device TEXT   NOT NULL DEFAULT '',
  second_at     BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX strike_request_open ON strike_request (strike_id) WHERE state = 'open';

-- Two people say Go in the last 24 hours; a change of facts makes both words void.
CREATE TABLE strike_go (
  strike_id     TEXT   NOT NULL REFERENCES strike (id),
  facts_version BIGINT NOT NULL,
  account_id    TEXT   NOT NULL,
  device_id     TEXT   NOT NULL,
  at            BIGINT NOT NULL,
  taken_back_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (strike_id, facts_version, account_id)
);

-- Captains who were told that a strike is off, and who have said so.
CREATE TABLE strike_ack (
  strike_id  TEXT   NOT NULL,
  seq        BIGINT NOT NULL,                         -- the step
  account_id TEXT   NOT NULL,
  due_at     BIGINT NOT NULL,
  acked_at   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (strike_id, seq, account_id)
);
CREATE INDEX strike_ack_account ON strike_ack (account_id, acked_at);

-- Outgoing campaign mail stands still.
CREATE TABLE strike_hold (
  id           TEXT   PRIMARY KEY,
  by_account   TEXT   NOT NULL,
  by_device    TEXT   NOT NULL,
  at           BIGINT NOT NULL,
  until_at     BIGINT NOT NULL,
  confirmed_by TEXT   NOT NULL DEFAULT '',            -- a second person: it stays until released
  confirmed_at BIGINT NOT NULL DEFAULT 0,
  released_by  TEXT   NOT NULL DEFAULT '',
  released_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX strike_hold_at ON strike_hold (at, id);

-- The ten-day list: day 0 is the start.
CREATE TABLE strike_task (
  id         TEXT   PRIMARY KEY,
  strike     TEXT   NOT NULL REFERENCES strike (id),
  day        BIGINT NOT NULL,
  what       TEXT   NOT NULL,                         -- a key of the interface's sentences, or plain words
  drill      BIGINT NOT NULL CHECK (drill IN (0, 1)),
  owner      TEXT   NOT NULL DEFAULT '',              -- account
  done_at    BIGINT NOT NULL DEFAULT 0,
  done_by    TEXT   NOT NULL DEFAULT '',
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX strike_task_day ON strike_task (strike, day, id);

-- What others print about the start; public words never move the clock.
CREATE TABLE strike_claim (
  id         TEXT   PRIMARY KEY,
  strike_id  TEXT   NOT NULL REFERENCES strike (id),
  source     TEXT   NOT NULL,
  printed_on TEXT   NOT NULL,
  says       TEXT   NOT NULL,                         -- a date
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX strike_claim_strike ON strike_claim (strike_id, at, id);

-- Answers of the legal clock that something was decided on, with all they were made of: a hearing years later can replay them.
CREATE TABLE strike_pack (
  sha256 TEXT  PRIMARY KEY,
  source BYTEA NOT NULL
);
CREATE TABLE strike_report (
  id         TEXT   PRIMARY KEY,
  strike_id  TEXT   NOT NULL REFERENCES strike (id),
  event      TEXT   NOT NULL,                         -- what was decided on it
  verdict    TEXT   NOT NULL,
  as_of      TEXT   NOT NULL,
  pack       TEXT   NOT NULL REFERENCES strike_pack (sha256),
  facts      TEXT   NOT NULL,
  report     TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX strike_report_strike ON strike_report (strike_id, at, id);

-- The F-7 worksheet, field by field; the newest answer counts.
CREATE TABLE f7_answer (
  notice_id  TEXT   NOT NULL REFERENCES strike_notice (id),
  field      TEXT   NOT NULL,
  seq        BIGINT NOT NULL,
  value      TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (notice_id, field, seq)
);

-- A calendar that an account subscribed to; the token itself is shown once and kept nowhere.
CREATE TABLE calendar_feed (
  id           TEXT   PRIMARY KEY,
  account_id   TEXT   NOT NULL REFERENCES account (id),
  token_sha256 TEXT   NOT NULL UNIQUE,
  made_at      BIGINT NOT NULL,
  revoked_at   BIGINT NOT NULL DEFAULT 0,
  last_read_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX calendar_feed_account ON calendar_feed (account_id, made_at);

-- What was last said of each entry: its sequence rises when it changes (RFC 5545, 3.8.7.4).
CREATE TABLE calendar_entry (
  uid      TEXT   PRIMARY KEY,
  sequence BIGINT NOT NULL,
  digest   TEXT   NOT NULL,
  at       BIGINT NOT NULL
);
