-- Counts that follow the roster: which worksites' people it changed last, who works at a second worksite, what a list changed.

-- +goose Up
ALTER TABLE stand_revision ADD COLUMN people TEXT NOT NULL DEFAULT ''; -- set with revision when the roster changed them, or their past

CREATE INDEX person_site_second ON person_site (region, worksite_id, person_id) WHERE is_primary = 0;
CREATE INDEX list_row_kinds ON list_row (import_id, kinds, person_id) WHERE kinds <> '';
