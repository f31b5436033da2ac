-- The journal of one run. It can be read with `sqlite3`; while a run goes on, only that run writes it.

CREATE TABLE run (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    created_at  TEXT    NOT NULL,
    input       TEXT    NOT NULL,             -- the path of the file of rows
    digest      TEXT    NOT NULL,             -- its SHA-256
    size        INTEGER NOT NULL,             -- its size in bytes
    rows        INTEGER NOT NULL,             -- its rows, those that cannot be read included
    settings    TEXT    NOT NULL              -- JSON: type, mapping, options, limits of chunks
) STRICT;

-- A chunk is the rows of one import.
CREATE TABLE chunk (
    id          INTEGER PRIMARY KEY,
    first       INTEGER NOT NULL,             -- its first row in the file, from 0
    rows        INTEGER NOT NULL,             -- the number of its rows
    bytes       INTEGER NOT NULL,             -- their size as JSON
    places      BLOB    NOT NULL,             -- the number of each row in the file: differences and how often each is repeated, in LEB128
    lines       BLOB    NOT NULL,             -- the line of each, in the same form
    -- planned: not sent · sending: its key is stored, and it may have been sent · started: the server has a job ·
    -- done: the tally is final · refused: the server refused all of it · unknown: it cannot be found out any more ·
    -- split: replaced by two halves
    state       TEXT    NOT NULL DEFAULT 'planned'
                CHECK (state IN ('planned', 'sending', 'started', 'done', 'refused', 'unknown', 'split')),
    key         TEXT,                         -- the idempotency key, stored before it is sent
    first_sent  TEXT,                         -- when it was first sent under the key
    handle      TEXT,                         -- JSON: team, job, key
    checkpoint  TEXT,                         -- JSON: the watch
    created     INTEGER NOT NULL DEFAULT 0,
    updated     INTEGER NOT NULL DEFAULT 0,
    existing    INTEGER NOT NULL DEFAULT 0,
    failed      INTEGER NOT NULL DEFAULT 0,
    error       TEXT                          -- why it was refused, or is unknown
) STRICT;

CREATE INDEX chunk_first ON chunk (first);
CREATE INDEX chunk_state ON chunk (state);

-- A row that the server did not take.
CREATE TABLE failed_row (
    chunk       INTEGER NOT NULL REFERENCES chunk (id),
    position    INTEGER,                      -- its index among the rows sent, if the server named it
    row         INTEGER,                      -- its number in the file, from 0
    line        INTEGER,                      -- its line in the file
    code        TEXT,
    message     TEXT
) STRICT;

-- A row of the file that was not sent.
CREATE TABLE unreadable_row (
    row         INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    byte        INTEGER NOT NULL,
    reason      TEXT    NOT NULL
) STRICT;

-- A row of the file whose values are sent with those of a later row.
CREATE TABLE merged_row (
    row         INTEGER PRIMARY KEY,
    into_row    INTEGER NOT NULL              -- the row that is sent
) STRICT;
