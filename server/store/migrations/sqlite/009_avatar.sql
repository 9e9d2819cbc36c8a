-- The picture of a person. A table of its own: few have one, and backups without it are read. The content stands last: names are read more often.
CREATE TABLE avatar (
    account INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    version INTEGER NOT NULL, -- of the content's SHA-256
    type    TEXT    NOT NULL,
    content BLOB    NOT NULL
);
