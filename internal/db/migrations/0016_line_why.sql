-- Why the plan put somebody where she is.

-- +goose Up
-- JSON: what the planner said of her places and of the others, which names nobody; '' until it is written, and where a newer plan came before this was accepted.
ALTER TABLE line_plan_place ADD COLUMN why TEXT NOT NULL DEFAULT '';
CREATE INDEX line_plan_place_person ON line_plan_place (person_id, shift_id);
