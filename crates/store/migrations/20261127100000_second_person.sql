-- What needs another person, and what is only ever read by opening it.

-- derived. Entries whose rows say nothing but who, when and about whom; what they say is sealed with
-- their subject's key. The projector empties them when the subject is erased.
CREATE TABLE told (
    seq BIGINT PRIMARY KEY,
    event BYTEA NOT NULL,
    kind BIGINT NOT NULL,
    subject BYTEA NOT NULL,
    actor BYTEA,
    at BIGINT NOT NULL,
    nonce BYTEA,
    sealed BYTEA,
    commitment BYTEA
);
CREATE INDEX told_of_subject ON told (subject);
