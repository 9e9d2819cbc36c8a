-- What its sender says a file shows, for those who do not see it. A table of its own: few files have one, and backups without it are read.
CREATE TABLE file_alt (
    file INTEGER PRIMARY KEY REFERENCES file ON DELETE CASCADE,
    alt  TEXT    NOT NULL
);
