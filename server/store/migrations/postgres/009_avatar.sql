-- The picture of a person; see sqlite/009_avatar.sql.
CREATE TABLE avatar (
    account BIGINT PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    version BIGINT NOT NULL,
    type    TEXT   NOT NULL,
    content BYTEA  NOT NULL
);
