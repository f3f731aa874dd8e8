-- Picket lines: where, when, how many are needed, who is booked and who came.

-- +goose Up
CREATE TABLE line (
  id         TEXT             PRIMARY KEY,
  strike_id  TEXT             NOT NULL,               -- '' while nothing is planned that it belongs to
  name       TEXT             NOT NULL,
  place      TEXT             NOT NULL,               -- where people stand, in words
  worksite_id TEXT            NOT NULL DEFAULT '',    -- of the employer; '' for a line elsewhere
  region     TEXT             NOT NULL DEFAULT '',
  zip        TEXT             NOT NULL,
  tz         TEXT             NOT NULL,
  public_way TEXT             NOT NULL DEFAULT '',
  parking    TEXT             NOT NULL DEFAULT '',
  toilets    TEXT             NOT NULL DEFAULT '',
  shelter    TEXT             NOT NULL DEFAULT '',
  closed_at  BIGINT           NOT NULL DEFAULT 0,
  by_account TEXT             NOT NULL,
  at         BIGINT           NOT NULL
);
CREATE INDEX line_strike ON line (strike_id, name, id);

-- Who leads a line, and who stands in for her. The captain of one shift is a booking with the role captain.
CREATE TABLE line_captain (
  line_id    TEXT   NOT NULL REFERENCES line (id),
  person_id  TEXT   NOT NULL,
  deputy     BIGINT NOT NULL CHECK (deputy IN (0, 1)),
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (line_id, person_id)
);
CREATE INDEX line_captain_person ON line_captain (person_id);

-- Wall times are what the notice and people say; the instants beside them are what a query needs.
CREATE TABLE shift (
  id         TEXT   PRIMARY KEY,
  line_id    TEXT   NOT NULL REFERENCES line (id),
  kind       TEXT   NOT NULL CHECK (kind IN ('day', 'night')),
  starts     TEXT   NOT NULL,
  ends       TEXT   NOT NULL,
  starts_at  BIGINT NOT NULL,
  ends_at    BIGINT NOT NULL,
  state      TEXT   NOT NULL CHECK (state IN ('draft', 'open', 'cancelled')), -- frozen, running, done follow from the clock
  off_why    TEXT   NOT NULL DEFAULT '',              -- of a cancelled one: the strike's state, or the coordinator's word
  off_at     BIGINT NOT NULL DEFAULT 0,               -- hours end here
  seq        BIGINT NOT NULL DEFAULT 0,               -- rises when line, place or time changes: calendars follow it
  facts_version BIGINT NOT NULL DEFAULT 0,            -- of the strike when it was last looked at
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  CHECK (ends_at > starts_at)
);
CREATE INDEX shift_line ON shift (line_id, starts_at, id);
CREATE INDEX shift_starts ON shift (starts_at, id);

-- What a line, a kind of shift or a campaign's every shift needs, until a shift says otherwise.
CREATE TABLE need_default (
  owner  TEXT   NOT NULL,                             -- 'line:<id>' or 'kind:day'
  role   TEXT   NOT NULL,
  min    BIGINT NOT NULL,
  target BIGINT NOT NULL,
  max    BIGINT NOT NULL,
  PRIMARY KEY (owner, role),
  CHECK (min >= 0 AND min <= target AND target <= max)
);

-- taken counts the live bookings that stand for a place; a booking raises it by a condition on max, so that the last place is given once.
-- Walk-ins come on top and are not counted here.
CREATE TABLE need (
  shift_id TEXT   NOT NULL REFERENCES shift (id),
  role     TEXT   NOT NULL CHECK (role IN ('captain', 'safety', 'medic', 'line', 'marshal', 'driver', 'kitchen', 'phones', 'hq', 'child_care', 'standby')),
  min      BIGINT NOT NULL,
  target   BIGINT NOT NULL,
  max      BIGINT NOT NULL,
  taken    BIGINT NOT NULL DEFAULT 0,
  tickets  BIGINT NOT NULL DEFAULT 0,                 -- numbers given out to those who wait
  source   TEXT   NOT NULL CHECK (source IN ('line', 'kind', 'shift')),
  PRIMARY KEY (shift_id, role),
  CHECK (min >= 0 AND min <= target AND target <= max),
  CHECK (taken >= 0 AND taken <= max)
);

CREATE TABLE availability (
  person_id    TEXT   PRIMARY KEY,
  max_shifts   BIGINT NOT NULL DEFAULT 1 CHECK (max_shifts BETWEEN 0 AND 20),
  max_travel   BIGINT NOT NULL DEFAULT 0 CHECK (max_travel BETWEEN 0 AND 600), -- minutes; 0: the campaign's
  captain      BIGINT NOT NULL DEFAULT 0 CHECK (captain IN (0, 1)),           -- briefed for the role
  safety       BIGINT NOT NULL DEFAULT 0 CHECK (safety IN (0, 1)),
  standby      BIGINT NOT NULL DEFAULT 0 CHECK (standby IN (0, 1)),
  can_be_asked BIGINT NOT NULL DEFAULT 0 CHECK (can_be_asked IN (0, 1)),
  odd_hours    BIGINT NOT NULL DEFAULT 0 CHECK (odd_hours IN (0, 1)),
  other_duty   BIGINT NOT NULL DEFAULT 0 CHECK (other_duty IN (0, 1)),        -- why is not asked
  show_phone   BIGINT NOT NULL DEFAULT 0 CHECK (show_phone IN (0, 1)),        -- as a captain, to those on her shift, on the day
  by_account   TEXT   NOT NULL,
  at           BIGINT NOT NULL
);

-- Hours somebody could come, by the time slots of the campaign's shifts. No row is no.
CREATE TABLE available (
  person_id TEXT   NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at   BIGINT NOT NULL,
  answer    TEXT   NOT NULL CHECK (answer IN ('yes', 'if_needed')),
  PRIMARY KEY (person_id, starts_at, ends_at)
);
CREATE INDEX available_slot ON available (starts_at, ends_at, person_id);

CREATE TABLE shift_entry (
  id           TEXT   PRIMARY KEY,
  shift_id     TEXT   NOT NULL REFERENCES shift (id),
  person_id    TEXT   NOT NULL,
  role         TEXT   NOT NULL,
  state        TEXT   NOT NULL CHECK (state IN ('booked', 'waitlist', 'offered', 'swap_offered', 'cancelled', 'attended', 'absent')),
  source       TEXT   NOT NULL CHECK (source IN ('self', 'plan', 'captain', 'walk_in')),
  held         BIGINT NOT NULL CHECK (held IN (0, 1)), -- stands for a place: need.taken is their sum
  ticket       BIGINT NOT NULL DEFAULT 0,             -- of those who wait: first in, first offered
  offer_until  BIGINT NOT NULL DEFAULT 0,
  confirmed_at BIGINT NOT NULL DEFAULT 0,
  note         TEXT   NOT NULL DEFAULT '' CHECK (note IN ('', 'wants_out')),
  seq          BIGINT NOT NULL DEFAULT 0,
  at           BIGINT NOT NULL
);
CREATE UNIQUE INDEX shift_entry_live ON shift_entry (shift_id, person_id) WHERE state <> 'cancelled';
CREATE INDEX shift_entry_person ON shift_entry (person_id, shift_id);
CREATE INDEX shift_entry_queue ON shift_entry (shift_id, role, state, ticket);

-- Everything that happened to a booking, in order.
CREATE TABLE shift_step (
  entry_id   TEXT   NOT NULL REFERENCES shift_entry (id),
  seq        BIGINT NOT NULL,
  from_state TEXT   NOT NULL,                         -- '' for the first
  to_state   TEXT   NOT NULL,
  why        TEXT   NOT NULL DEFAULT '',
  by_account TEXT   NOT NULL,                         -- '' for the clock
  at         BIGINT NOT NULL,
  PRIMARY KEY (entry_id, seq)
);

-- A booking that looks for somebody else. There is one open for a booking at a time.
CREATE TABLE swap (
  id         TEXT   PRIMARY KEY,
  entry_id   TEXT   NOT NULL REFERENCES shift_entry (id),
  state      TEXT   NOT NULL CHECK (state IN ('open', 'taken', 'approved', 'withdrawn', 'expired')),
  taker_id   TEXT   NOT NULL DEFAULT '',
  taken_at   BIGINT NOT NULL DEFAULT 0,
  decided_by TEXT   NOT NULL DEFAULT '',
  at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX swap_open ON swap (entry_id) WHERE state IN ('open', 'taken');
CREATE TABLE swap_ask (
  swap_id   TEXT   NOT NULL REFERENCES swap (id),
  person_id TEXT   NOT NULL,
  at        BIGINT NOT NULL,
  PRIMARY KEY (swap_id, person_id)
);
CREATE INDEX swap_ask_person ON swap_ask (person_id, at);

-- A plan that the planner proposed, and what became of each place in it.
CREATE TABLE line_plan (
  id           TEXT   PRIMARY KEY,
  strike_id    TEXT   NOT NULL,
  mode         TEXT   NOT NULL,
  input_sha256 TEXT   NOT NULL,
  levels       TEXT   NOT NULL,                       -- JSON: value and bound of each
  by_account   TEXT   NOT NULL,
  at           BIGINT NOT NULL
);
CREATE INDEX line_plan_at ON line_plan (strike_id, at, id);
CREATE TABLE line_plan_place (
  plan_id     TEXT   NOT NULL REFERENCES line_plan (id),
  person_id   TEXT   NOT NULL,
  shift_id    TEXT   NOT NULL,                        -- '' where a place would be given up
  from_shift  TEXT   NOT NULL,                        -- '' where one would be new
  role        TEXT   NOT NULL,
  minutes     BIGINT NOT NULL,
  outcome     TEXT   NOT NULL DEFAULT '' CHECK (outcome IN ('', 'accepted', 'refused')),
  refusal     TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (plan_id, person_id, shift_id, from_shift)
);

-- What a member shows at the line: 128 random bits, which say nothing about her.
CREATE TABLE member_code (
  person_id TEXT   PRIMARY KEY,
  code      TEXT   NOT NULL UNIQUE,
  made_at   BIGINT NOT NULL
);

-- Arrivals and departures as they were recorded: added, never changed. Hours are computed from them.
CREATE TABLE checkin (
  id          TEXT   PRIMARY KEY,                     -- made by the device
  person_id   TEXT   NOT NULL,
  line_id     TEXT   NOT NULL REFERENCES line (id),
  kind        TEXT   NOT NULL CHECK (kind IN ('in', 'out')),
  at          BIGINT NOT NULL,                        -- corrected by the skew
  at_device   BIGINT NOT NULL,
  skew        BIGINT NOT NULL,                        -- milliseconds
  method      TEXT   NOT NULL CHECK (method IN ('code', 'search', 'paper', 'walk_in')),
  device_id   TEXT   NOT NULL,
  by_account  TEXT   NOT NULL,
  received_at BIGINT NOT NULL,
  flags       TEXT   NOT NULL DEFAULT ''              -- clock: the device's was more than two minutes off; self: recorded by herself
);
CREATE INDEX checkin_line ON checkin (line_id, at, id);
CREATE INDEX checkin_person ON checkin (person_id, at, id);

CREATE TABLE line_report (
  id         TEXT   PRIMARY KEY,
  line_id    TEXT   NOT NULL REFERENCES line (id),
  at         BIGINT NOT NULL,
  here       BIGINT NOT NULL,
  captain    TEXT   NOT NULL DEFAULT '',              -- person
  weather    TEXT   NOT NULL DEFAULT '',
  supplies   TEXT   NOT NULL DEFAULT '',
  note       TEXT   NOT NULL DEFAULT '',
  by_account TEXT   NOT NULL
);
CREATE INDEX line_report_line ON line_report (line_id, at, id);

-- A screen on a wall: counts only, until a set time. The token is shown once; its hash is kept.
CREATE TABLE wall_link (
  id           TEXT   PRIMARY KEY,
  token_sha256 TEXT   NOT NULL UNIQUE,
  strike_id    TEXT   NOT NULL,
  until_at     BIGINT NOT NULL,
  revoked_at   BIGINT NOT NULL DEFAULT 0,
  by_account   TEXT   NOT NULL,
  at           BIGINT NOT NULL
);

CREATE TABLE incident (
  id          TEXT   PRIMARY KEY,                     -- made by the device
  line_id     TEXT   NOT NULL,                        -- '' elsewhere
  kind        TEXT   NOT NULL CHECK (kind IN ('injury', 'vehicle', 'police', 'security', 'employer', 'press', 'blocked_way', 'weather', 'other')),
  state       TEXT   NOT NULL CHECK (state IN ('captured', 'described', 'reviewed', 'closed')),
  place       TEXT   NOT NULL,
  privileged  BIGINT NOT NULL DEFAULT 0 CHECK (privileged IN (0, 1)),
  at          BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  by_account  TEXT   NOT NULL
);
CREATE INDEX incident_line ON incident (line_id, at, id);
-- Its words: the newest row counts, the ones before stay.
CREATE TABLE incident_text (
  incident_id TEXT   NOT NULL REFERENCES incident (id),
  seq         BIGINT NOT NULL,
  text        TEXT   NOT NULL,
  people      TEXT   NOT NULL,
  witnesses   TEXT   NOT NULL,
  by_account  TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (incident_id, seq)
);
-- A picture as it was taken, sealed by its hash, and a copy without the camera's data that pages show.
CREATE TABLE attachment (
  id          TEXT   PRIMARY KEY,
  incident_id TEXT   NOT NULL REFERENCES incident (id),
  sha256      TEXT   NOT NULL,
  mime        TEXT   NOT NULL,
  size        BIGINT NOT NULL,
  taken_at    BIGINT NOT NULL,
  original    BYTEA  NOT NULL,
  shown_copy  BYTEA  NOT NULL,
  by_account  TEXT   NOT NULL,
  at          BIGINT NOT NULL
);
CREATE INDEX attachment_incident ON attachment (incident_id, id);

-- What was sent to whom about a booking, or why it was not.
CREATE TABLE line_message (
  id         TEXT   PRIMARY KEY,
  entry_id   TEXT   NOT NULL REFERENCES shift_entry (id),
  kind       TEXT   NOT NULL,
  channel    TEXT   NOT NULL CHECK (channel IN ('mail', 'text')),
  outcome    TEXT   NOT NULL CHECK (outcome IN ('sent', 'stale', 'quiet', 'no_address', 'no_gateway')),
  at         BIGINT NOT NULL
);
CREATE INDEX line_message_entry ON line_message (entry_id, at, id);
