-- What somebody says of himself, and only who asks for the whole profile reads. A table of its own: backups without it are read.
CREATE TABLE profile (
    account INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    bio     TEXT    NOT NULL,
    zone    TEXT    NOT NULL -- of the IANA data base; '': not said
);
