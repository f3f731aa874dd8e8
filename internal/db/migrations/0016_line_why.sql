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
