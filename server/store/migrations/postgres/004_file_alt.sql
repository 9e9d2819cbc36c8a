-- What a file shows, in its sender's words; see sqlite/004_file_alt.sql.
CREATE TABLE file_alt (
    file BIGINT PRIMARY KEY REFERENCES file ON DELETE CASCADE,
    alt  TEXT   NOT NULL
);
