-- Organizing: talks, assessments, leaders, pledges, structure tests. Facts are appended and never overwritten; what is true now
-- is the latest of them, and person_stand holds it for lists.

-- +goose Up

-- A conversation and all that follows it: `at` is when it happened, by the device's corrected clock; received_at when it came.
CREATE TABLE conversation (
  id              TEXT   PRIMARY KEY,               -- made by the device
  person_id       TEXT   NOT NULL,
  at              BIGINT NOT NULL,
  channel         TEXT   NOT NULL CHECK (channel IN ('call', 'text', 'in_person', 'video')),
  outcome         TEXT   NOT NULL CHECK (outcome IN ('no_answer', 'busy', 'call_back', 'left_message', 'wrong_number', 'talked', 'refused')),
  issues          TEXT   NOT NULL DEFAULT '[]',
  next_step       TEXT   NOT NULL DEFAULT '',
  next_at         TEXT   NOT NULL DEFAULT '',       -- civil day
  note            TEXT   NOT NULL DEFAULT '',
  note_visibility TEXT   NOT NULL DEFAULT 'private' CHECK (note_visibility IN ('private', 'shared')),
  flag            BIGINT NOT NULL DEFAULT 0 CHECK (flag IN (0, 1)),
  received_at     BIGINT NOT NULL,
  device          TEXT   NOT NULL DEFAULT '',
  by_account      TEXT   NOT NULL,
  by_person       TEXT   NOT NULL DEFAULT ''        -- who the author is on the roster
);
CREATE INDEX conversation_person ON conversation (person_id, at, id);
CREATE INDEX conversation_author ON conversation (by_person, at) WHERE by_person <> '';

CREATE TABLE assessment (
  id              TEXT   PRIMARY KEY,
  person_id       TEXT   NOT NULL,
  at              BIGINT NOT NULL,
  value           BIGINT NOT NULL CHECK (value BETWEEN 1 AND 5),  -- 1 with us, 5 against
  basis           TEXT   NOT NULL CHECK (basis IN ('said', 'did', 'observed')),
  conversation_id TEXT   NOT NULL DEFAULT '',
  scale_version   BIGINT NOT NULL,
  corrects        TEXT   NOT NULL DEFAULT '',       -- the row that this one puts right
  received_at     BIGINT NOT NULL,
  device          TEXT   NOT NULL DEFAULT '',
  by_account      TEXT   NOT NULL,
  by_person       TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX assessment_person ON assessment (person_id, at, id);
CREATE INDEX assessment_author ON assessment (by_person, at) WHERE by_person <> '';

CREATE TABLE person_note (
  id          TEXT   PRIMARY KEY,
  person_id   TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  note        TEXT   NOT NULL,
  visibility  TEXT   NOT NULL CHECK (visibility IN ('private', 'shared')),
  received_at BIGINT NOT NULL,
  device      TEXT   NOT NULL DEFAULT '',
  by_account  TEXT   NOT NULL,
  by_person   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX person_note_person ON person_note (person_id, at, id);

CREATE TABLE follow_up (
  id          TEXT   PRIMARY KEY,
  person_id   TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  to_account  TEXT   NOT NULL,
  what        TEXT   NOT NULL,
  due         TEXT   NOT NULL DEFAULT '',
  done_at     BIGINT NOT NULL DEFAULT 0,
  received_at BIGINT NOT NULL,
  device      TEXT   NOT NULL DEFAULT '',
  by_account  TEXT   NOT NULL,
  by_person   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX follow_up_person ON follow_up (person_id, done_at, due, id);
CREATE INDEX follow_up_to ON follow_up (to_account, done_at, due, id);

-- A fact taken back by its author stays where it is; this row says that it does not count. It may come before the fact does.
CREATE TABLE retraction (
  fact_id    TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (fact_id, by_account)
);

CREATE TABLE leader_role (
  id                    TEXT   PRIMARY KEY,
  name                  TEXT   NOT NULL,            -- a key of the interface's sentences, or plain words
  position              BIGINT NOT NULL,
  represents_leadership BIGINT NOT NULL CHECK (represents_leadership IN (0, 1)),
  counts_for_coverage   BIGINT NOT NULL CHECK (counts_for_coverage IN (0, 1))
);
INSERT INTO leader_role (id, name, position, represents_leadership, counts_for_coverage) VALUES
  ('captain', 'organize.leader.captain', 1, 1, 1), ('deputy', 'organize.leader.deputy', 2, 1, 1);

-- Who is marked as a leader, and may be given people.
CREATE TABLE leader_mark (
  id         TEXT   PRIMARY KEY,
  person_id  TEXT   NOT NULL,
  role_id    TEXT   NOT NULL REFERENCES leader_role (id),
  since_at   BIGINT NOT NULL,
  until_at   BIGINT NOT NULL DEFAULT 0 CHECK (until_at = 0 OR until_at >= since_at),
  by_account TEXT   NOT NULL
);
CREATE UNIQUE INDEX leader_mark_live ON leader_mark (person_id) WHERE until_at = 0;

CREATE TABLE leadership (
  id         TEXT   PRIMARY KEY,
  leader     TEXT   NOT NULL,
  led        TEXT   NOT NULL,
  since_at   BIGINT NOT NULL,
  until_at   BIGINT NOT NULL DEFAULT 0 CHECK (until_at = 0 OR until_at >= since_at),
  set_id     TEXT   NOT NULL DEFAULT '',            -- the turf that she was added to with it
  by_account TEXT   NOT NULL,
  ended_by   TEXT   NOT NULL DEFAULT '',
  CHECK (leader <> led)
);
-- One active contact per person: the constraint decides between two who appoint at once.
CREATE UNIQUE INDEX leadership_active ON leadership (led) WHERE until_at = 0;
CREATE INDEX leadership_led ON leadership (led, since_at);
CREATE INDEX leadership_leader ON leadership (leader, until_at);

-- frozen_* and result are set when it closes, and never after.
CREATE TABLE structure_test (
  id                  TEXT   PRIMARY KEY,
  name                TEXT   NOT NULL,
  question            TEXT   NOT NULL,
  kind                TEXT   NOT NULL CHECK (kind IN ('petition', 'sticker', 'picket', 'pledge', 'contact')),
  public              BIGINT NOT NULL CHECK (public IN (0, 1)),
  opens               BIGINT NOT NULL,
  closes              BIGINT NOT NULL,
  as_of               TEXT   NOT NULL,
  threshold_pct       BIGINT NOT NULL CHECK (threshold_pct BETWEEN 1 AND 100),
  per_site            BIGINT NOT NULL CHECK (per_site IN (0, 1)),
  scope               TEXT   NOT NULL CHECK (scope IN ('unit', 'region', 'site')),
  scope_id            TEXT   NOT NULL DEFAULT '',
  evidence_needed     TEXT   NOT NULL CHECK (evidence_needed IN ('any', 'verified')),
  partition           TEXT   NOT NULL CHECK (partition IN ('unit', 'region')), -- how those without the names may see it
  state               TEXT   NOT NULL CHECK (state IN ('draft', 'open', 'closed', 'void')),
  void_why            TEXT   NOT NULL DEFAULT '',
  closed_at           BIGINT NOT NULL DEFAULT 0,
  closed_by           TEXT   NOT NULL DEFAULT '',   -- '' by the clock
  frozen_ids_sha256   TEXT   NOT NULL DEFAULT '',
  frozen_n            BIGINT NOT NULL DEFAULT 0,
  frozen_list_version BIGINT NOT NULL DEFAULT 0,
  result              TEXT   NOT NULL DEFAULT '',   -- the counts, JSON
  by_account          TEXT   NOT NULL,
  at                  BIGINT NOT NULL,
  CHECK (closes > opens)
);
CREATE INDEX structure_test_state ON structure_test (state, closes, id);

-- Who was counted when it closed, and as what.
CREATE TABLE structure_test_eligible (
  test_id     TEXT   NOT NULL REFERENCES structure_test (id),
  person_id   TEXT   NOT NULL,
  worksite_id TEXT   NOT NULL,
  state       TEXT   NOT NULL CHECK (state IN ('yes', 'no', 'unknown')),
  verified    BIGINT NOT NULL CHECK (verified IN (0, 1)),
  PRIMARY KEY (test_id, person_id)
);
CREATE INDEX structure_test_eligible_person ON structure_test_eligible (person_id);

-- A correction stands beside the result, dated; it changes nothing.
CREATE TABLE structure_test_note (
  id         TEXT   PRIMARY KEY,
  test_id    TEXT   NOT NULL REFERENCES structure_test (id),
  note       TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX structure_test_note_test ON structure_test_note (test_id, id);

CREATE TABLE participation (
  id          TEXT   PRIMARY KEY,
  test_id     TEXT   NOT NULL REFERENCES structure_test (id),
  person_id   TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  state       TEXT   NOT NULL CHECK (state IN ('yes', 'no', 'unknown')),
  evidence    TEXT   NOT NULL CHECK (evidence IN ('self_link', 'signature', 'photo', 'captain', 'sheet')),
  verified_by TEXT   NOT NULL DEFAULT '',           -- account that looked at the signature or photo
  bulk_id     TEXT   NOT NULL DEFAULT '',           -- entered together, taken back together
  received_at BIGINT NOT NULL,
  device      TEXT   NOT NULL DEFAULT '',
  by_account  TEXT   NOT NULL,
  by_person   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX participation_person ON participation (test_id, person_id, at, id);
CREATE INDEX participation_bulk ON participation (bulk_id) WHERE bulk_id <> '';
CREATE INDEX participation_author ON participation (by_person, at) WHERE by_person <> '';

-- What members sign, word for word, in each language; a version is never edited.
CREATE TABLE pledge_text (
  version    BIGINT PRIMARY KEY,
  texts      TEXT   NOT NULL,                       -- JSON: language -> words
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
) /* rows */;

-- The time of day is nobody's but the member's and the data lead's: ids are drawn at random, the order is seq, the day is here
-- and the instant in a table of its own.
CREATE TABLE pledge (
  id           TEXT   PRIMARY KEY,
  person_id    TEXT   NOT NULL,
  seq          BIGINT NOT NULL,
  text_version BIGINT NOT NULL REFERENCES pledge_text (version),
  state        TEXT   NOT NULL CHECK (state IN ('private', 'public', 'withdrawn')),
  evidence     TEXT   NOT NULL CHECK (evidence IN ('self_link', 'paper')),
  day          TEXT   NOT NULL,
  by_account   TEXT   NOT NULL DEFAULT ''           -- who typed the paper in; '' the member by her link
);
CREATE UNIQUE INDEX pledge_seq ON pledge (person_id, seq);
CREATE TABLE pledge_time (
  pledge_id TEXT   PRIMARY KEY REFERENCES pledge (id),
  at        BIGINT NOT NULL
);

-- Links that a member was sent: for a pledge (test_id '') or to say that she took part in a test. Only hashes are kept.
CREATE TABLE member_link (
  code_hash  TEXT   PRIMARY KEY,
  person_id  TEXT   NOT NULL,
  test_id    TEXT   NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  created_by TEXT   NOT NULL DEFAULT '',
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX member_link_person ON member_link (person_id, test_id, created_at);

-- What follows is derived from the tables above and from the roster's person_now, in the transaction that changes either.
CREATE TABLE person_stand (                         -- stored by worksite, where counts are made: a scan reads narrow rows
  worksite_id    TEXT   NOT NULL,                   -- of the primary job, '' when none
  person_id      TEXT   NOT NULL,
  shift          TEXT   NOT NULL,
  in_unit        BIGINT NOT NULL,                   -- 1: in the unit with a job today, counted in N
  value          BIGINT NOT NULL DEFAULT 0,         -- 0: not assessed
  basis          TEXT   NOT NULL DEFAULT '',
  value_at       BIGINT NOT NULL DEFAULT 0,
  tried_at       BIGINT NOT NULL DEFAULT 0,         -- the last attempt
  talk_at        BIGINT NOT NULL DEFAULT 0,         -- the last talk
  outcome        TEXT   NOT NULL DEFAULT '',        -- of the last attempt
  leader_id      TEXT   NOT NULL DEFAULT '',        -- who keeps contact with her
  leader_value   BIGINT NOT NULL DEFAULT 0,         -- the leader's own value; -1: she is not in the unit any more
  leader_talk_at BIGINT NOT NULL DEFAULT 0,         -- the leader's last talk with her
  marked         TEXT   NOT NULL DEFAULT '',        -- her role as a leader
  leads          BIGINT NOT NULL DEFAULT 0,         -- people in the unit whom she leads
  acted_at       BIGINT NOT NULL DEFAULT 0,         -- the last fact that she recorded herself
  pledge         TEXT   NOT NULL DEFAULT 'none',
  pledge_day     TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (worksite_id, person_id)
);
CREATE UNIQUE INDEX person_stand_person ON person_stand (person_id);
CREATE INDEX person_stand_led ON person_stand (leader_id, person_id) WHERE leader_id <> '';
CREATE INDEX person_stand_unit ON person_stand (in_unit, worksite_id);                -- how many there are
CREATE INDEX person_stand_by_leader ON person_stand (in_unit, leader_id, person_id);     -- who says and does not, by captain
CREATE INDEX person_stand_leads ON person_stand (leads, person_id) WHERE leads > 0;

-- What readers without the names were shown of a measure, day by day: the next is held back while it would tell of a few people.
CREATE TABLE measure_release (
  measure TEXT   NOT NULL,
  day     TEXT   NOT NULL,
  at      BIGINT NOT NULL,
  beside  BIGINT NOT NULL,                          -- people beside the cells whom everybody knows of
  cells   TEXT   NOT NULL,                          -- JSON: name of the part -> X of N
  PRIMARY KEY (measure, day)
);
-- Counts are kept by worksite: who writes person_stand gives the worksites of those whom she writes a new revision.
CREATE TABLE stand_revision (
  worksite_id TEXT PRIMARY KEY,
  revision    TEXT NOT NULL
);
INSERT INTO person_stand (worksite_id, person_id, shift, in_unit)
  SELECT worksite_id, person_id, shift, CASE WHEN unit_status = 'in' AND worksite_id <> '' THEN 1 ELSE 0 END FROM person_now;

CREATE TABLE participation_now (
  test_id     TEXT   NOT NULL,
  worksite_id TEXT   NOT NULL,
  person_id   TEXT   NOT NULL,
  in_unit     BIGINT NOT NULL,
  state       TEXT   NOT NULL,
  evidence    TEXT   NOT NULL,
  verified    BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (test_id, worksite_id, person_id)
);
CREATE UNIQUE INDEX participation_now_person ON participation_now (person_id, test_id);
