-- Who holds a place: the board of readiness counts them whenever it is looked at.

-- +goose Up
CREATE INDEX shift_entry_held ON shift_entry (shift_id, person_id) WHERE held = 1;
