-- What somebody has written in a room and not sent, for the other devices. An empty one is kept, so that rev only grows; all go with the membership.
CREATE TABLE draft (
    account  INTEGER NOT NULL REFERENCES account,
    room     INTEGER NOT NULL REFERENCES room,
    rev      INTEGER NOT NULL,
    text     TEXT    NOT NULL,
    reply_to INTEGER NOT NULL,           -- 0: to none
    PRIMARY KEY (account, room)
) WITHOUT ROWID;
