-- The keys of subjects, in a file of their own: deleting a row here is what erases a person.

-- keys. One wrapped key a subject; the row is deleted (and overwritten) when the subject is erased.
CREATE TABLE subject_key (
    subject BYTEA PRIMARY KEY,
    epoch BIGINT NOT NULL,
    wrapped BYTEA NOT NULL
);
CREATE INDEX subject_key_of_epoch ON subject_key (epoch);

-- keys. Tokens whose keys were destroyed, so that none is made again; tokens only.
CREATE TABLE gone (
    subject BYTEA PRIMARY KEY
);
