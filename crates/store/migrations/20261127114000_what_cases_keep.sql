-- What a case keeps, and tables of reports that wait for a second person.

-- derived. What was said about a case (notes, names of files), sealed with the case's key; emptied
-- when the case is erased.
CREATE TABLE case_entry (
    seq BIGINT PRIMARY KEY,
    case_token BYTEA NOT NULL,
    kind BIGINT NOT NULL,
    event BYTEA NOT NULL,
    nonce BYTEA,
    sealed BYTEA,
    commitment BYTEA
);
CREATE INDEX case_entry_of_case ON case_entry (case_token, seq);

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
