-- The tables of a server. Each says its class: derived (made from the ledger, by the projector
-- only), mutable (backed up), ephemeral (may be lost), and how what it holds of a person is erased.
-- Types are BIGINT, TEXT and BYTEA only, so that one text serves both databases.

-- derived. Nothing of a person. How far the derived tables follow the ledger.
CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    root BYTEA NOT NULL
);

-- derived. Nothing of a person: kinds, times and tokens, as in the public leaves, and who did it.
CREATE TABLE entry (
    seq BIGINT PRIMARY KEY,
    kind BIGINT NOT NULL,
    at BIGINT NOT NULL,
    subject BYTEA,
    actor BYTEA
);

-- derived. Nothing of a person. The server's starts.
CREATE TABLE start (
    seq BIGINT PRIMARY KEY,
    nonce TEXT,
    program TEXT
);

-- derived. Nothing of a person: the tokens of those whose keys are destroyed.
CREATE TABLE erasure (
    subject BYTEA PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- derived. What was said is sealed with the reporter's key; the projector empties the row when the
-- reporter is erased, and destroying the key makes every copy of the sealed part unreadable.
CREATE TABLE report (
    token BYTEA PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    event BYTEA NOT NULL,
    reference TEXT UNIQUE,
    received BIGINT,
    called BIGINT,
    channel TEXT,
    pretext TEXT,
    way TEXT,
    verified_seq BIGINT,
    proof TEXT,
    nonce BYTEA,
    sealed BYTEA,
    commitment BYTEA,
    erased BIGINT NOT NULL
);

-- derived. The name is sealed with the person's key; erased like a report.
CREATE TABLE person (
    token BYTEA PRIMARY KEY,
    seq BIGINT NOT NULL,
    event BYTEA NOT NULL,
    nonce BYTEA,
    sealed BYTEA,
    commitment BYTEA,
    erased BIGINT NOT NULL
);

-- derived. Nothing of a person but a token; the rows go when the person is erased.
CREATE TABLE role (
    given_seq BIGINT PRIMARY KEY,
    person BYTEA NOT NULL,
    role TEXT NOT NULL,
    ended_seq BIGINT
);
CREATE INDEX role_of_person ON role (person);

-- derived. The title is sealed with the case's key; erased like a report.
CREATE TABLE cases (
    token BYTEA PRIMARY KEY,
    opened_seq BIGINT NOT NULL UNIQUE,
    event BYTEA NOT NULL,
    reference TEXT UNIQUE,
    opened_by BYTEA,
    nonce BYTEA,
    sealed BYTEA,
    commitment BYTEA,
    from_second BIGINT,
    until_second BIGINT,
    alpha TEXT,
    colluders BIGINT,
    gamma TEXT,
    strike BIGINT,
    freeze_days BIGINT,
    persons BIGINT,
    reserve BIGINT,
    erased BIGINT NOT NULL
);

-- derived. Pseudonyms only; the projector empties the rows when the case is erased.
CREATE TABLE run (
    seq BIGINT PRIMARY KEY,
    case_token BYTEA NOT NULL,
    run BIGINT,
    version BIGINT,
    reports BIGINT,
    digest TEXT,
    state TEXT,
    lead TEXT,
    named TEXT,
    verdict TEXT
);
CREATE INDEX run_of_case ON run (case_token);

-- mutable. Nothing of a person. The nonce of the server's last start: a database that was put back
-- from a copy has an older one than the ledger.
CREATE TABLE started (
    nonce TEXT PRIMARY KEY
);

-- mutable. Public keys of a person's devices, by token; removed with the person's access.
CREATE TABLE passkey (
    id BYTEA PRIMARY KEY,
    person BYTEA NOT NULL,
    data BYTEA NOT NULL,
    added BIGINT NOT NULL,
    used BIGINT
);
CREATE INDEX passkey_of_person ON passkey (person);

-- ephemeral. A cookie's hash, a token, and the device in words; gone when it ends.
CREATE TABLE session (
    hash BYTEA PRIMARY KEY,
    person BYTEA NOT NULL,
    device TEXT NOT NULL,
    begun BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX session_of_person ON session (person);

-- ephemeral. What a link is for, as JSON with tokens only; gone when it is taken or late.
CREATE TABLE link (
    hash BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    expires BIGINT NOT NULL
);

-- ephemeral. What somebody has not yet handed in, sealed with a key that only their cookie gives;
-- gone when it is handed in or late.
CREATE TABLE draft (
    id BYTEA PRIMARY KEY,
    sealed BYTEA NOT NULL,
    expires BIGINT NOT NULL
);

-- ephemeral. A keyed hash of the code that was mailed; gone when it was right or is late.
CREATE TABLE code (
    report BYTEA PRIMARY KEY,
    hash BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
