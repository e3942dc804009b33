-- Programs that speak to the server, and their tokens.

-- derived. The name is sealed with the program's key; erased like a report.
CREATE TABLE program (
    token BYTEA PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    event BYTEA NOT NULL,
    made_by BYTEA,
    may TEXT,
    ended_seq BIGINT,
    nonce BYTEA,
    sealed BYTEA,
    commitment BYTEA,
    erased BIGINT NOT NULL
);

-- mutable. Nothing of a person. The SHA-256 of what a program shows; removed when it is ended. A
-- row that comes back with a copy opens nothing: the ledger says that the program was ended.
CREATE TABLE token (
    hash BYTEA PRIMARY KEY,
    program BYTEA NOT NULL
);
CREATE INDEX token_of_program ON token (program);

-- ephemeral. Nothing of a person. When a token was used last.
CREATE TABLE token_use (
    program BYTEA PRIMARY KEY,
    used BIGINT NOT NULL
);
