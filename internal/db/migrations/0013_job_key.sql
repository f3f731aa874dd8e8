-- Jobs whose key begins with a text are found by their index: by bytes, whatever the database's language.

-- +goose Up
DROP INDEX job_key;
CREATE UNIQUE INDEX job_key ON job (kind, key COLLATE "C") WHERE key <> '' AND state IN ('waiting', 'running');
