-- The roster: the employer, its worksites, the people, their dated names, numbers, jobs and contacts; the lists they came
-- from, and enough about every change to undo it.

-- +goose Up
CREATE TABLE employer (
  id               TEXT   PRIMARY KEY,
  name             TEXT   NOT NULL,
  mail_domains     TEXT   NOT NULL DEFAULT '[]',    -- refused as personal contact, sign-in, invitation
  ip_ranges        TEXT   NOT NULL DEFAULT '[]',
  payroll_id_width BIGINT NOT NULL DEFAULT 0        -- 0: numbers are kept as they are
);

CREATE TABLE unit (
  id            TEXT   PRIMARY KEY,
  employer_id   TEXT   NOT NULL REFERENCES employer (id),
  name          TEXT   NOT NULL,
  recognised_on TEXT   NOT NULL DEFAULT '',
  contract_from TEXT   NOT NULL DEFAULT '',
  contract_to   TEXT   NOT NULL DEFAULT '',
  certified_n   BIGINT NOT NULL DEFAULT 0,          -- people in the certified unit, as the certification or the parties say
  certified_src TEXT   NOT NULL DEFAULT ''
);

CREATE TABLE worksite (
  id             TEXT             PRIMARY KEY,
  employer_id    TEXT             NOT NULL REFERENCES employer (id),
  code           TEXT             NOT NULL,
  name           TEXT             NOT NULL,
  town           TEXT             NOT NULL,
  address        TEXT             NOT NULL DEFAULT '',
  postal_city    TEXT             NOT NULL DEFAULT '',
  state          TEXT             NOT NULL DEFAULT '',
  county         TEXT             NOT NULL DEFAULT '',
  zip            TEXT             NOT NULL DEFAULT '',
  lat            DOUBLE PRECISION NOT NULL DEFAULT 0,
  lng            DOUBLE PRECISION NOT NULL DEFAULT 0,
  tz             TEXT             NOT NULL,
  region         TEXT             NOT NULL DEFAULT '',
  kind           TEXT             NOT NULL CHECK (kind IN ('clinic', 'urgent_care', 'hospital', 'office')),
  phone          TEXT             NOT NULL DEFAULT '',
  opens          TEXT             NOT NULL DEFAULT '',
  closes         TEXT             NOT NULL DEFAULT '',
  open_days      TEXT             NOT NULL DEFAULT '',
  status         TEXT             NOT NULL CHECK (status IN ('open', 'closing', 'closed')),
  closes_on      TEXT             NOT NULL DEFAULT '',
  patients_go_to TEXT             NOT NULL DEFAULT '',
  aliases        TEXT             NOT NULL DEFAULT '[]',
  by_account     TEXT             NOT NULL DEFAULT '',
  at             BIGINT           NOT NULL DEFAULT 0,
  CHECK (status = 'open' OR closes_on <> '')
) /* rows */;
CREATE UNIQUE INDEX worksite_code ON worksite (employer_id, code);

CREATE TABLE person (
  id              TEXT   PRIMARY KEY,
  unit_status     TEXT   NOT NULL CHECK (unit_status IN ('in', 'out', 'disputed', 'left', 'unknown')),
  unit_status_why TEXT   NOT NULL DEFAULT '',
  member_status   TEXT   NOT NULL DEFAULT 'none' CHECK (member_status IN ('member', 'fee_payer', 'none')),
  pronouns        TEXT   NOT NULL DEFAULT '',
  languages       TEXT   NOT NULL DEFAULT '[]',
  home_zip        TEXT   NOT NULL DEFAULT '',
  card_signed_on  TEXT   NOT NULL DEFAULT '',
  merged_into     TEXT   NOT NULL DEFAULT '',
  source_import   TEXT   NOT NULL DEFAULT '',       -- the import that made the row, '' for a hand
  by_account      TEXT   NOT NULL,
  at              BIGINT NOT NULL
);
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into <> '';

CREATE TABLE person_name (
  id            TEXT   PRIMARY KEY,
  person_id     TEXT   NOT NULL REFERENCES person (id),
  kind          TEXT   NOT NULL CHECK (kind IN ('legal', 'preferred', 'former', 'as_printed')),
  given         TEXT   NOT NULL,
  middle        TEXT   NOT NULL DEFAULT '',
  family        TEXT   NOT NULL,
  suffix        TEXT   NOT NULL DEFAULT '',
  from_on       TEXT   NOT NULL,
  voided_at     BIGINT NOT NULL DEFAULT 0,
  source_import TEXT   NOT NULL DEFAULT '',
  by_account    TEXT   NOT NULL,
  at            BIGINT NOT NULL
);
CREATE INDEX person_name_person ON person_name (person_id, from_on);

CREATE TABLE person_identifier (
  id            TEXT   PRIMARY KEY,
  person_id     TEXT   NOT NULL REFERENCES person (id),
  system        TEXT   NOT NULL CHECK (system IN ('employee_number', 'npi', 'union_id')),
  issuer_id     TEXT   NOT NULL DEFAULT '',
  value         TEXT   NOT NULL,
  from_on       TEXT   NOT NULL,
  until_on      TEXT   NOT NULL DEFAULT '',
  source_import TEXT   NOT NULL DEFAULT '',
  by_account    TEXT   NOT NULL,
  at            BIGINT NOT NULL
);
CREATE INDEX person_identifier_person ON person_identifier (person_id);
-- Employers give the number of one who left to another: unique among live rows alone.
CREATE UNIQUE INDEX person_identifier_live ON person_identifier (system, issuer_id, value) WHERE until_on = '';

CREATE TABLE employment (
  id            TEXT   PRIMARY KEY,
  person_id     TEXT   NOT NULL REFERENCES person (id),
  worksite_id   TEXT   NOT NULL REFERENCES worksite (id),
  department    TEXT   NOT NULL DEFAULT '',
  job_class     TEXT   NOT NULL DEFAULT '',
  title_printed TEXT   NOT NULL DEFAULT '',
  fte           BIGINT NOT NULL DEFAULT -1 CHECK (fte BETWEEN -1 AND 100), -- hundredths; -1 not said
  shift         TEXT   NOT NULL DEFAULT '',
  on_leave      BIGINT NOT NULL DEFAULT 0 CHECK (on_leave IN (0, 1)),
  starts_on     TEXT   NOT NULL,
  ends_on       TEXT   NOT NULL DEFAULT '',         -- last day, '' while it lasts
  is_primary    BIGINT NOT NULL DEFAULT 1 CHECK (is_primary IN (0, 1)),
  voided_by     TEXT   NOT NULL DEFAULT '',
  source_import TEXT   NOT NULL DEFAULT '',
  by_account    TEXT   NOT NULL,
  at            BIGINT NOT NULL
);
CREATE INDEX employment_person ON employment (person_id, starts_on);
CREATE INDEX employment_worksite ON employment (worksite_id, starts_on);
CREATE INDEX employment_ends ON employment (ends_on) WHERE ends_on <> '';

CREATE TABLE contact_point (
  id            TEXT   PRIMARY KEY,
  person_id     TEXT   NOT NULL REFERENCES person (id),
  kind          TEXT   NOT NULL CHECK (kind IN ('phone', 'email', 'postal', 'signal')),
  value         TEXT   NOT NULL,                    -- phone E.164, e-mail lower case
  ext           TEXT   NOT NULL DEFAULT '',
  as_given      TEXT   NOT NULL DEFAULT '',
  is_personal   BIGINT NOT NULL CHECK (is_personal IN (0, 1)),
  status        TEXT   NOT NULL CHECK (status IN ('unverified', 'ok', 'bounced', 'wrong', 'refused')),
  verified_at   BIGINT NOT NULL DEFAULT 0,
  last_ok_at    BIGINT NOT NULL DEFAULT 0,
  shared_with   TEXT   NOT NULL DEFAULT '[]',       -- ids of others known to use it, JSON
  consent_text  BIGINT NOT NULL DEFAULT 0 CHECK (consent_text IN (0, 1)),
  consent_mail  BIGINT NOT NULL DEFAULT 0 CHECK (consent_mail IN (0, 1)),
  opted_out_at  BIGINT NOT NULL DEFAULT 0,
  source        TEXT   NOT NULL DEFAULT '',
  removed_at    BIGINT NOT NULL DEFAULT 0,
  source_import TEXT   NOT NULL DEFAULT '',
  by_account    TEXT   NOT NULL,
  at            BIGINT NOT NULL
);
CREATE INDEX contact_point_person ON contact_point (person_id);
CREATE INDEX contact_point_value ON contact_point (value);

CREATE TABLE list_import (
  id            TEXT   PRIMARY KEY,
  kind          TEXT   NOT NULL CHECK (kind IN ('employer', 'union')),
  employer_id   TEXT   NOT NULL REFERENCES employer (id),
  file_name     TEXT   NOT NULL,
  file_sha256   TEXT   NOT NULL,
  sheet         TEXT   NOT NULL DEFAULT '',
  as_of         TEXT   NOT NULL DEFAULT '',
  historical    BIGINT NOT NULL DEFAULT 0 CHECK (historical IN (0, 1)),
  version       BIGINT NOT NULL DEFAULT 0,          -- of the list of this kind; 0 until applied
  mapping       TEXT   NOT NULL DEFAULT '',
  state         TEXT   NOT NULL CHECK (state IN ('uploaded', 'mapped', 'previewed', 'stopped', 'applied', 'reverted',
                                                'discarded')),
  stopped_why   TEXT   NOT NULL DEFAULT '',
  override_why  TEXT   NOT NULL DEFAULT '',         -- why a stopped list may go on; another data lead confirms
  override_by   TEXT   NOT NULL DEFAULT '',
  summary       TEXT   NOT NULL DEFAULT '',         -- counts of the preview, JSON
  rows_done     BIGINT NOT NULL DEFAULT 0,
  rows_total    BIGINT NOT NULL DEFAULT 0,
  working       TEXT   NOT NULL DEFAULT '',         -- what runs now: preview, apply, undo
  uploaded_at   BIGINT NOT NULL,
  uploaded_by   TEXT   NOT NULL,
  applied_at    BIGINT NOT NULL DEFAULT 0,
  applied_by    TEXT   NOT NULL DEFAULT '',
  applied_seq   BIGINT NOT NULL DEFAULT 0,          -- audit record
  reverted_at   BIGINT NOT NULL DEFAULT 0,
  reverted_by   TEXT   NOT NULL DEFAULT '',
  reverted_seq  BIGINT NOT NULL DEFAULT 0
) /* rows */;
CREATE INDEX list_import_state ON list_import (kind, state, version);

-- The file as it came, deleted by retention; list_row keeps what was decided.
CREATE TABLE list_file (
  import_id TEXT  PRIMARY KEY REFERENCES list_import (id),
  body      BYTEA NOT NULL
) /* rows */;

CREATE TABLE list_row (
  import_id TEXT   NOT NULL REFERENCES list_import (id),
  line      BIGINT NOT NULL,                        -- physical line of the file
  state     TEXT   NOT NULL CHECK (state IN ('read', 'linked', 'proposed', 'new', 'failed', 'applied', 'skipped', 'held')),
  person_id TEXT   NOT NULL DEFAULT '',
  score     BIGINT NOT NULL DEFAULT 0,              -- hundredths
  reasons   TEXT   NOT NULL DEFAULT '',             -- JSON
  raw       TEXT   NOT NULL,                        -- JSON array of cells
  parsed    TEXT   NOT NULL DEFAULT '',             -- JSON
  diff      TEXT   NOT NULL DEFAULT '',             -- JSON: what applying it would change
  kinds     TEXT   NOT NULL DEFAULT '',             -- ' new moved renamed ': kinds of change, for filtering
  problem   TEXT   NOT NULL DEFAULT '',             -- JSON
  PRIMARY KEY (import_id, line)
);
CREATE INDEX list_row_person ON list_row (person_id) WHERE person_id <> '';

-- People on the roster who are absent from a list, and what was decided about each.
CREATE TABLE list_absent (
  import_id TEXT NOT NULL REFERENCES list_import (id),
  person_id TEXT NOT NULL,
  decision  TEXT NOT NULL DEFAULT '' CHECK (decision IN ('', 'left', 'on_leave', 'ask')),
  PRIMARY KEY (import_id, person_id)
);

CREATE TABLE import_mapping (
  fingerprint TEXT   PRIMARY KEY,                   -- of the header's words
  mapping     TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  by_account  TEXT   NOT NULL
);

-- Every change of a field, by an import or by a person, with what stood before: undo and history read it. Append-only.
CREATE TABLE change (
  id         TEXT   PRIMARY KEY,
  import_id  TEXT   NOT NULL DEFAULT '',
  person_id  TEXT   NOT NULL DEFAULT '',
  entity     TEXT   NOT NULL,                       -- table
  entity_id  TEXT   NOT NULL,
  field      TEXT   NOT NULL,
  before     TEXT   NOT NULL,
  after      TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX change_import ON change (import_id, id) WHERE import_id <> '';
CREATE INDEX change_person ON change (person_id, id);
CREATE INDEX change_entity ON change (entity_id, field, id);

-- What an edit by hand did, for an hour: its author can take it back by a tap.
CREATE TABLE edit_undo (
  id         TEXT   PRIMARY KEY,
  account_id TEXT   NOT NULL,
  person_id  TEXT   NOT NULL,
  steps      TEXT   NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX edit_undo_expires ON edit_undo (expires_at);

CREATE TABLE pair (
  id         TEXT   PRIMARY KEY,
  a          TEXT   NOT NULL,
  b          TEXT   NOT NULL,
  score      BIGINT NOT NULL,                       -- hundredths
  reasons    TEXT   NOT NULL,
  state      TEXT   NOT NULL CHECK (state IN ('open', 'merged', 'different')),
  decided_at BIGINT NOT NULL DEFAULT 0,
  decided_by TEXT   NOT NULL DEFAULT '',
  evidence   TEXT   NOT NULL DEFAULT '',            -- hash of the identifiers and contacts at the decision
  source_import TEXT NOT NULL DEFAULT '',           -- the import that found it first
  CHECK (a < b)
);
CREATE UNIQUE INDEX pair_both ON pair (a, b);
CREATE INDEX pair_b ON pair (b);
CREATE INDEX pair_open ON pair (state, score);

CREATE TABLE person_merge (
  id          TEXT   PRIMARY KEY,
  winner      TEXT   NOT NULL,
  loser       TEXT   NOT NULL,
  choices     TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  by_account  TEXT   NOT NULL,
  reverted_at BIGINT NOT NULL DEFAULT 0,
  reverted_by TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX person_merge_loser ON person_merge (loser);
CREATE INDEX person_merge_winner ON person_merge (winner);

-- The denominator: which people were the unit on a day, by a list version.
CREATE TABLE unit_list (
  id         TEXT   PRIMARY KEY,
  version    BIGINT NOT NULL,
  as_of      TEXT   NOT NULL,
  import_id  TEXT   NOT NULL DEFAULT '',
  n          BIGINT NOT NULL,
  ids_sha256 TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX unit_list_version ON unit_list (version);

CREATE TABLE saved_view (
  id         TEXT   PRIMARY KEY,
  account_id TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  query      TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX saved_view_name ON saved_view (account_id, name);

-- Files of more than 100 people: asked for by one account, approved by another, fetched within a day.
CREATE TABLE export_request (
  id          TEXT   PRIMARY KEY,
  account_id  TEXT   NOT NULL,
  query       TEXT   NOT NULL,                      -- the list's address; search words are sealed
  format      TEXT   NOT NULL CHECK (format IN ('xlsx', 'csv')),
  n           BIGINT NOT NULL,                      -- people in it when it was asked for
  asked_at    BIGINT NOT NULL,
  approved_by TEXT   NOT NULL DEFAULT '',
  approved_at BIGINT NOT NULL DEFAULT 0,
  CHECK (approved_by <> account_id)
);
CREATE INDEX export_request_asked ON export_request (asked_at);

-- What follows is derived, for lists and filters: one row a person as of `setting` roster.today, rebuilt by Refresh from the
-- tables above in the transaction that changes them. `tenday doctor` compares.
CREATE TABLE person_now (                           -- stored in the order of lists: a page of one is a few neighbouring rows
  sort_key        TEXT COLLATE "C" NOT NULL,                  -- folded "family given middle"
  person_id       TEXT   NOT NULL,
  given           TEXT   NOT NULL,                  -- as shown: the preferred name where there is one
  family          TEXT   NOT NULL,
  worksite_id     TEXT   NOT NULL,                  -- of the primary employment, '' when none
  worksite_n      BIGINT NOT NULL,                  -- live worksites
  region          TEXT   NOT NULL,
  job_class       TEXT   NOT NULL,
  shift           TEXT   NOT NULL,
  fte             BIGINT NOT NULL,                  -- sum over live employments, hundredths; -1 not said
  on_leave        BIGINT NOT NULL,
  hired_on        TEXT   NOT NULL,
  unit_status     TEXT   NOT NULL,
  member_status   TEXT   NOT NULL,
  employee_number TEXT   NOT NULL,
  contacts_ok     BIGINT NOT NULL,                  -- personal contact points by quality
  contacts_any    BIGINT NOT NULL,
  phone           TEXT   NOT NULL,                  -- best personal phone, '' when none
  email           TEXT   NOT NULL,
  PRIMARY KEY (sort_key, person_id)
);
CREATE UNIQUE INDEX person_now_person ON person_now (person_id);
CREATE INDEX person_now_status ON person_now (unit_status, sort_key, person_id);
CREATE INDEX person_now_job ON person_now (job_class, sort_key, person_id);

CREATE TABLE person_site (
  worksite_id TEXT   NOT NULL,
  sort_key    TEXT COLLATE "C" NOT NULL,
  person_id   TEXT   NOT NULL,
  region      TEXT   NOT NULL,
  job_class   TEXT   NOT NULL,                      -- as in person_now: an occupation of a worksite is found here alone
  is_primary  BIGINT NOT NULL,
  PRIMARY KEY (worksite_id, sort_key, person_id)
);
CREATE INDEX person_site_person ON person_site (person_id);
CREATE INDEX person_site_region ON person_site (region, sort_key, person_id);

CREATE TABLE person_token (
  token     TEXT COLLATE "C" NOT NULL,                          -- folded word of any name of hers, or an identifier
  person_id TEXT NOT NULL,
  PRIMARY KEY (token, person_id)
);
CREATE INDEX person_token_person ON person_token (person_id);
