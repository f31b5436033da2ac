-- One row for each import. Row data stays here: tasks hold only the id.
CREATE TABLE IF NOT EXISTS imports (
    id TEXT PRIMARY KEY,
    object_type TEXT NOT NULL,
    -- A JSON array. The same text is sent in every attempt.
    rows TEXT NOT NULL,
    -- Stored with the import, before anything is sent.
    idempotency_key TEXT NOT NULL UNIQUE,
    -- queued, submitting, started, complete, failed, rejected or unknown
    state TEXT NOT NULL,
    -- When the key may have been sent first, in seconds since 1970. It is valid for 24 hours.
    first_sent BIGINT,
    -- As JSON: where the job is, how far the watch is, how the rows ended.
    handle TEXT,
    checkpoint TEXT,
    tally TEXT,
    -- Why the import did not complete.
    error TEXT
);
CREATE INDEX IF NOT EXISTS imports_state ON imports (state);

-- One row for each API key: what all workers together may send. Times are in microseconds since 1970, by the
-- database's clock.
CREATE TABLE IF NOT EXISTS quota (
    name TEXT PRIMARY KEY,
    -- The gap between two requests.
    gap BIGINT NOT NULL,
    per_month BIGINT NOT NULL,
    -- The time of the next free request.
    next_at BIGINT NOT NULL,
    month_ends BIGINT NOT NULL,
    used BIGINT NOT NULL
);
