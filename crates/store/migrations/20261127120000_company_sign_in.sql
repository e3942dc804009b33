-- The company's own sign-in, beside passkeys.

-- mutable. Whose an account at the company's sign-in is: a keyed hash of issuer and subject, so
-- that neither stands here. Removed with the person's access.
CREATE TABLE company_account (
    hash BYTEA PRIMARY KEY,
    person BYTEA NOT NULL,
    added BIGINT NOT NULL,
    used BIGINT
);
CREATE INDEX company_account_of_person ON company_account (person);
