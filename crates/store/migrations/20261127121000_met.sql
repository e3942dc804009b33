-- Names that views were the first to bring up while the server ran.

-- derived. What the numbers in entries of views stand for, sealed with the key of the customer or
-- of the account; an erasure deletes the rows.
CREATE TABLE met (
    seq BIGINT PRIMARY KEY,
    subject BYTEA NOT NULL,
    event BYTEA NOT NULL,
    nonce BYTEA,
    sealed BYTEA,
    commitment BYTEA
);
CREATE INDEX met_of_subject ON met (subject);
