-- Tables of reports that wait for a second person.

-- derived. Its name is sealed with the table's key; what its rows say lies in a file under a key of
-- its own, which is destroyed when the table is taken or refused.
CREATE TABLE handed_table (
    token BYTEA PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    event BYTEA NOT NULL,
    handed_by BYTEA,
    nonce BYTEA,
    sealed BYTEA,
    commitment BYTEA,
    ended_seq BIGINT,
    ended_by BYTEA,
    outcome BIGINT,
    erased BIGINT NOT NULL
);
