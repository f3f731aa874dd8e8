-- Why the plan put somebody where she is, and where one more person is worth most.

-- +goose Up
-- JSON: what the planner said of her places and of the others, which names nobody; '' until it is written, and where a newer plan came before this was accepted.
ALTER TABLE line_plan_place ADD COLUMN why TEXT NOT NULL DEFAULT '';
CREATE INDEX line_plan_place_person ON line_plan_place (person_id, shift_id);

-- Where too few come even if the whole plan is accepted: the best place to recruit for first.
CREATE TABLE line_plan_worth (
  plan_id  TEXT   NOT NULL REFERENCES line_plan (id),
  nth      BIGINT NOT NULL,
  shift_id TEXT   NOT NULL,
  role     TEXT   NOT NULL,
  placed   BIGINT NOT NULL,
  min      BIGINT NOT NULL,
  target   BIGINT NOT NULL,
  level    TEXT   NOT NULL,                           -- of the plan: what one more person makes better
  PRIMARY KEY (plan_id, nth)
);

-- What the plan of a strike keeps to. removed_at > 0: taken away; it can be put back.
-- People who come together. Members know their car pool by its number.
CREATE TABLE line_team (
  id         TEXT   PRIMARY KEY,
  strike_id  TEXT   NOT NULL,
  n          BIGINT NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  removed_at BIGINT NOT NULL DEFAULT 0,
  UNIQUE (strike_id, n)
);
CREATE TABLE line_team_member (
  team_id   TEXT NOT NULL REFERENCES line_team (id),
  person_id TEXT NOT NULL,
  PRIMARY KEY (team_id, person_id)
);

-- Who is not placed at a line, in some hours or (0) in any. The reason is for those who coordinate the line: it is on no other page, and in no file.
CREATE TABLE line_ban (
  id         TEXT   PRIMARY KEY,
  line_id    TEXT   NOT NULL REFERENCES line (id),
  person_id  TEXT   NOT NULL,
  starts_at  BIGINT NOT NULL,
  ends_at    BIGINT NOT NULL,
  reason     TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  removed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX line_ban_line ON line_ban (line_id, person_id);

-- How long the way from a ZIP, or from all that begin with three digits, to a line really is; -1: it cannot be reached.
CREATE TABLE line_way (
  id         TEXT   PRIMARY KEY,
  line_id    TEXT   NOT NULL REFERENCES line (id),
  zip        TEXT   NOT NULL,
  minutes    BIGINT NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  removed_at BIGINT NOT NULL DEFAULT 0,
  UNIQUE (line_id, zip)
);
