-- Secret ballots: what is voted on, who may vote, who keeps the keys, and the board of encrypted ballots. Rows are added and never
-- changed, but for vote_board, which says where a board ends, and how many of a reminder's mails have gone; when the days of
-- retention are over, what tells of single people and ballots is deleted. No table holds a private credential, a private key, a
-- clear choice, which voter has which credential, or who had not voted yet at some hour; ballots have no time.

-- +goose Up
CREATE TABLE vote (
  id            TEXT   PRIMARY KEY,
  uuid          TEXT   NOT NULL,                     -- the election's public identifier, base 58
  practice_uuid TEXT   NOT NULL,
  by_account    TEXT   NOT NULL,
  at            BIGINT NOT NULL
);
CREATE UNIQUE INDEX vote_uuid ON vote (uuid);
CREATE UNIQUE INDEX vote_practice ON vote (practice_uuid);

-- The newest draft is the vote's; none is added once the roll is frozen.
CREATE TABLE vote_draft (
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  seq        BIGINT NOT NULL,
  draft      TEXT   NOT NULL,                        -- JSON
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (vote_id, seq)
);

-- The newest step's state is the vote's.
CREATE TABLE vote_step (
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  seq        BIGINT NOT NULL,
  event      TEXT   NOT NULL,
  state      TEXT   NOT NULL CHECK (state IN ('draft', 'roll', 'sealed', 'open', 'counting', 'counted', 'certified', 'called_off')),
  note       TEXT   NOT NULL DEFAULT '',
  ask_id     TEXT   NOT NULL DEFAULT '',             -- what two people agreed on; '' for the clock, and for what takes one
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (vote_id, seq)
);

-- What one of two people asks for. The newest of a kind waits, as long as the vote stands where it stood (step_seq).
CREATE TABLE vote_ask (
  id         TEXT   PRIMARY KEY,
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  kind       TEXT   NOT NULL CHECK (kind IN ('freeze', 'appoint', 'seal', 'certify', 'call_off', 'withdraw')),
  step_seq   BIGINT NOT NULL,
  wish       TEXT   NOT NULL,                        -- JSON: all that the second one confirms
  by_account TEXT   NOT NULL,
  device     TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX vote_ask_vote ON vote_ask (vote_id, id);

CREATE TABLE vote_ask_word (
  ask_id     TEXT   PRIMARY KEY REFERENCES vote_ask (id),
  word       TEXT   NOT NULL CHECK (word IN ('confirmed', 'dropped')),
  by_account TEXT   NOT NULL,
  device     TEXT   NOT NULL,
  at         BIGINT NOT NULL
);

-- The electoral roll as it was frozen, numbered. A challenge that was allowed adds a row or a change.
CREATE TABLE vote_roll (
  vote_id      TEXT   NOT NULL REFERENCES vote (id),
  no           BIGINT NOT NULL,
  person_id    TEXT   NOT NULL,
  name         TEXT   NOT NULL,                      -- as it stood on the roll
  site         TEXT   NOT NULL,                      -- code of the worksite
  challenge_id TEXT   NOT NULL DEFAULT '',           -- that added her, '' for the list
  by_account   TEXT   NOT NULL,
  at           BIGINT NOT NULL,
  PRIMARY KEY (vote_id, no)
);
CREATE UNIQUE INDEX vote_roll_person ON vote_roll (vote_id, person_id);

-- The newest change of a number says how she votes: electronic (also without any change), paper, or struck.
CREATE TABLE vote_roll_change (
  id           TEXT   PRIMARY KEY,
  vote_id      TEXT   NOT NULL,
  no           BIGINT NOT NULL,
  seq          BIGINT NOT NULL,
  way          TEXT   NOT NULL CHECK (way IN ('electronic', 'paper', 'struck')),
  challenge_id TEXT   NOT NULL DEFAULT '',
  by_account   TEXT   NOT NULL,
  at           BIGINT NOT NULL
);
CREATE UNIQUE INDEX vote_roll_change_seq ON vote_roll_change (vote_id, no, seq);

CREATE TABLE vote_challenge (
  id         TEXT   PRIMARY KEY,
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  person_id  TEXT   NOT NULL,
  kind       TEXT   NOT NULL CHECK (kind IN ('add', 'strike')),
  reason     TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  device     TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX vote_challenge_vote ON vote_challenge (vote_id, id);

CREATE TABLE vote_challenge_step (
  challenge_id TEXT   NOT NULL REFERENCES vote_challenge (id),
  seq          BIGINT NOT NULL,
  event        TEXT   NOT NULL CHECK (event IN ('allow', 'refuse', 'appeal', 'answer')),
  reason       TEXT   NOT NULL,
  by_account   TEXT   NOT NULL,
  device       TEXT   NOT NULL,
  at           BIGINT NOT NULL,
  PRIMARY KEY (challenge_id, seq)
);

-- Who holds a key (owner from 1) and who makes the credentials (owner 0). The newest row of an owner counts.
CREATE TABLE vote_holder (
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  owner      BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  account_id TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (vote_id, owner, seq)
);
CREATE INDEX vote_holder_account ON vote_holder (account_id, vote_id);

-- Public messages of the trustees' key generation; a new round begins the whole of it again.
CREATE TABLE vote_key (
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  round      BIGINT NOT NULL,
  owner      BIGINT NOT NULL,
  due        TEXT   NOT NULL CHECK (due IN ('key', 'cert', 'polynomial', 'output', 'check')),
  message    TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (vote_id, round, owner, due)
);

-- The list of public credentials that the credential officer handed in; the newest counts.
CREATE TABLE vote_list (
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  seq        BIGINT NOT NULL,
  n          BIGINT NOT NULL,
  hash       TEXT   NOT NULL,
  list       TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (vote_id, seq)
);

-- An archive in the making; its file is the bodies of its blocks, joined in order of height.
CREATE TABLE vote_board (
  uuid       TEXT   PRIMARY KEY,
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  credential TEXT   NOT NULL DEFAULT '',             -- of a practice board, where everybody uses the same; '' of a real one
  timestamp  BIGINT NOT NULL,
  records    BIGINT NOT NULL,
  height     BIGINT NOT NULL,                        -- of the last event
  size       BIGINT NOT NULL,
  last       TEXT   NOT NULL,                        -- type of the last event
  head       TEXT   NOT NULL,                        -- its hash
  report     TEXT   NOT NULL                         -- of the last verification, JSON
) /* rows */;
CREATE INDEX vote_board_vote ON vote_board (vote_id);

CREATE TABLE vote_block (
  uuid   TEXT   NOT NULL REFERENCES vote_board (uuid),
  height BIGINT NOT NULL,
  type   TEXT   NOT NULL,
  head   TEXT   NOT NULL,
  start  BIGINT NOT NULL,                            -- offset in the file
  body   BYTEA  NOT NULL,
  PRIMARY KEY (uuid, height)
) /* rows */;

CREATE TABLE vote_credential (
  uuid TEXT NOT NULL,
  hash TEXT NOT NULL,                                -- of the public credential's decimal form
  PRIMARY KEY (uuid, hash)
);

CREATE TABLE vote_ballot (
  uuid       TEXT   NOT NULL,
  tracker    TEXT   NOT NULL,
  height     BIGINT NOT NULL,
  credential TEXT   NOT NULL,                        -- its hash
  PRIMARY KEY (uuid, tracker)
);
CREATE UNIQUE INDEX vote_ballot_credential ON vote_ballot (uuid, credential, height);
CREATE UNIQUE INDEX vote_ballot_height ON vote_ballot (uuid, height);

-- Ciphertexts that are on the board: none may come twice.
CREATE TABLE vote_cipher (
  uuid TEXT NOT NULL,
  half TEXT NOT NULL,
  PRIMARY KEY (uuid, half)
);

-- Side proofs of decryption, beside the archive: they name who is to blame if nothing can be decoded.
CREATE TABLE vote_side (
  uuid  TEXT   NOT NULL,
  owner BIGINT NOT NULL,
  side  TEXT   NOT NULL,
  PRIMARY KEY (uuid, owner)
);

-- Paper ballots: a counted total, and whoever witnessed it.
CREATE TABLE vote_paper (
  id         TEXT   PRIMARY KEY,
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  place      TEXT   NOT NULL,
  counts     TEXT   NOT NULL,                        -- JSON, by slot as in the archive
  spoiled    BIGINT NOT NULL,
  note       TEXT   NOT NULL,
  by_account TEXT   NOT NULL,
  device     TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX vote_paper_vote ON vote_paper (vote_id, id);

CREATE TABLE vote_paper_word (
  paper_id   TEXT   NOT NULL REFERENCES vote_paper (id),
  word       TEXT   NOT NULL CHECK (word IN ('witnessed', 'withdrawn')),
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (paper_id, word)
);

-- To whom a reminder went is nowhere: two lists of who had not voted, and the board between them, would tell whose ballot is whose.
CREATE TABLE vote_reminder (
  id         TEXT   PRIMARY KEY,
  vote_id    TEXT   NOT NULL REFERENCES vote (id),
  who        TEXT   NOT NULL CHECK (who IN ('all', 'absent')),
  n          BIGINT NOT NULL,
  sent       BIGINT NOT NULL DEFAULT 0,
  after_no   BIGINT NOT NULL DEFAULT 0,              -- of 'all': how far down the roll it has come
  voters     BIGINT NOT NULL,                        -- credentials with a ballot by then
  by_account TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX vote_reminder_vote ON vote_reminder (vote_id, id);

-- What a vote's roll was, once the days of retention are over and the roll is gone.
CREATE TABLE vote_kept (
  vote_id    TEXT   PRIMARY KEY REFERENCES vote (id),
  electronic BIGINT NOT NULL,
  paper      BIGINT NOT NULL,
  struck     BIGINT NOT NULL,
  at         BIGINT NOT NULL
);
