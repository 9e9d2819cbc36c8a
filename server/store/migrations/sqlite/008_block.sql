-- Who does not want to hear of whom.
CREATE TABLE block (
    account INTEGER NOT NULL REFERENCES account, -- by whom
    blocked INTEGER NOT NULL REFERENCES account,
    PRIMARY KEY (account, blocked)
) WITHOUT ROWID;
