-- What somebody says of himself; see sqlite/010_profile.sql.
CREATE TABLE profile (
    account BIGINT PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    bio     TEXT   NOT NULL,
    zone    TEXT   NOT NULL
);
