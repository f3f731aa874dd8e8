-- What people vouch for at the lines: hours without a sign-out, that a member said on the phone that she comes, and the count when captains change.

-- +goose Up
-- Somebody's hours as the coordinator certified them: they hold as long as the marks make the same minutes.
CREATE TABLE hours_word (
  strike_id  TEXT   NOT NULL,
  person_id  TEXT   NOT NULL,
  minutes    BIGINT NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (strike_id, person_id)
);

-- The captain's account, where a member told her that she comes; '' where she said so herself.
ALTER TABLE shift_entry ADD COLUMN confirmed_by TEXT NOT NULL DEFAULT '';

-- Between the captains of a shift and of the one before it at the same line.
CREATE TABLE handover (
  shift_id TEXT   PRIMARY KEY REFERENCES shift (id), -- the one that begins
  said     BIGINT NOT NULL CHECK (said >= 0),        -- how many are here, by who leaves
  said_by  TEXT   NOT NULL,
  said_at  BIGINT NOT NULL,
  here     BIGINT NOT NULL DEFAULT 0 CHECK (here >= 0), -- and by who comes
  by_account TEXT NOT NULL DEFAULT '',
  at       BIGINT NOT NULL DEFAULT 0,                -- 0: not handed over yet
  stays    BIGINT NOT NULL DEFAULT 0 CHECK (stays IN (0, 1)) -- who was relieved stays on the line
);
