"""What a store holds, as one JSON object for the ledger: rooms, messages, events, reactions, members.

    store_dump.py sqlite FILE          the file of a server that has stopped or was killed; a copy is read
    store_dump.py sqlite-live FILE     the file of one that runs
    store_dump.py postgres URL         by psql

It reads the tables by itself, past all of the server's code. Of a SQLite file it also asks for PRAGMA integrity_check.
"""
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

EVENT_KINDS = ("message", "edit", "delete", "react", "member", "room")
CHANGES = ("join", "leave", "kick", "ban", "unban", "mute", "unmute", "role")
ROOM_KINDS = ("public", "private", "dm")

TABLES = {
    "rooms": "SELECT id, kind, name, seq, ev, min_seq, min_ev FROM room ORDER BY id",
    "messages": "SELECT room, seq, sender, {cid} AS cid, rev, text, deleted, ts FROM message ORDER BY room, seq",
    "events": "SELECT room, ev, kind, seq, actor, target, change FROM room_event ORDER BY room, ev",
    "reactions": "SELECT room, seq, emoji, account FROM reaction ORDER BY room, seq, emoji, account",
    "members": "SELECT account, room, joined, role, read_seq FROM member ORDER BY account, room",
    "accounts": "SELECT id, name, role FROM account ORDER BY id",
}


def sqlite_tables(connection):
    connection.row_factory = sqlite3.Row
    connection.execute("BEGIN")
    return {name: [dict(row) for row in connection.execute(sql.format(cid="lower(hex(cid))"))] for name, sql in TABLES.items()}


def sqlite_live(path):
    """All tables of a SQLite file in use, of one moment."""
    return sqlite_tables(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20))


def sqlite_rows(path):
    """All tables of a SQLite file that nobody uses. Nothing of it, its WAL included, is touched: the next server is to find it as it is."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            source = Path(str(path) + suffix)
            if source.exists():
                shutil.copy(source, Path(folder) / ("copy" + suffix))
        connection = sqlite3.connect(Path(folder) / "copy")
        verdict = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        if verdict != ["ok"]:
            sys.exit("integrity_check: " + "; ".join(verdict[:5]))
        dump = sqlite_tables(connection)
        connection.close()
        return dump


def postgres_rows(url):
    """All tables of a PostgreSQL database, of one moment."""
    tables = {name: sql.format(cid="encode(cid, 'hex')") for name, sql in TABLES.items()}
    parts = ", ".join(f"'{name}', (SELECT coalesce(json_agg(t), '[]') FROM ({sql}) t)" for name, sql in tables.items())
    done = subprocess.run(["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", f"SELECT json_build_object({parts})"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"psql: {done.stderr}")
    return json.loads(done.stdout)


def main():
    kind, where = sys.argv[1:]
    dump = {"sqlite": sqlite_rows, "sqlite-live": sqlite_live, "postgres": postgres_rows}[kind](where)
    for room in dump["rooms"]:
        room["kind"] = ROOM_KINDS[room["kind"]]
    for message in dump["messages"]:
        message["deleted"] = bool(message["deleted"])
    for event in dump["events"]:
        event["kind"] = EVENT_KINDS[event["kind"]]
        event["change"] = CHANGES[event["change"]] if event["kind"] == "member" else None
    for member in dump["members"]:
        member["joined"] = bool(member["joined"])
    json.dump(dump, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
