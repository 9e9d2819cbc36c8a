-- Who does not want to hear of whom; see sqlite/008_block.sql.
CREATE TABLE block (
    account BIGINT NOT NULL REFERENCES account,
    blocked BIGINT NOT NULL REFERENCES account,
    PRIMARY KEY (account, blocked)
);
