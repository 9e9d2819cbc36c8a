-- What somebody has written in a room and not sent; see sqlite/005_draft.sql.
CREATE TABLE draft (
    account  BIGINT NOT NULL REFERENCES account,
    room     BIGINT NOT NULL REFERENCES room,
    rev      BIGINT NOT NULL,
    text     TEXT   NOT NULL,
    reply_to BIGINT NOT NULL,
    PRIMARY KEY (account, room)
);
