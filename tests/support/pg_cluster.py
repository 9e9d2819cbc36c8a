"""A private PostgreSQL for a test: made, started, hurt on demand, and gone when stdin closes.

    pg_cluster.py [--fast]        --fast: without fsync; for tests that lose no power

It first prints "ok URL TCP_URL" of an empty database, or "error TEXT" and ends. Then each line of stdin is a command, answered by one line,
"ok ..." or "error TEXT":

    database                      one more empty database: ok URL TCP_URL
    stop [smart|fast|immediate]   fast: sessions are ended; immediate: as after a crash, recovery follows
    start                         waits until it answers
    restart [smart|fast|immediate]
    kill                          SIGKILL to the postmaster; what is left of it ends by itself
    pause, resume                 all its processes stand still: connections stay open and silent
    pid                           of the postmaster

URL goes through a socket in a folder that only we may enter, TCP_URL through a port of the loopback with a password. The role of both owns
the database and is no superuser; "postgres" in its place is one. The server's log is shown on stderr when a start fails. It runs as the
user postgres when we are root, in our process group, and dies with us.
"""
import ctypes
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROLE = "tincan"
SUPERUSER = "postgres"
START_S = 60
STOP_S = 60
PR_SET_PDEATHSIG = 1
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "huge_pages": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "lc_messages": "C",
}
FAST = {"fsync": "off", "full_page_writes": "off"}


class Failed(Exception):
    """Told to whoever asked."""


def bin_folder():
    """Where PostgreSQL's programs are: the newest that Debian has put beside each other, or those in the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parent.parent.name.split(".")[0]))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    if not there:
        raise Failed("there is no PostgreSQL on this machine; tests/run installs it")
    return Path(there).resolve().parent


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cluster:
    def __init__(self, fast):
        self.bin = bin_folder()
        self.fast = fast
        self.postmaster = None
        self.databases = 0
        self.password = secrets.token_hex(16)
        self.as_user = {"user": SUPERUSER, "group": SUPERUSER, "extra_groups": []} if os.getuid() == 0 else {}
        # A socket's path is short, and the user postgres must be able to get to it: both are more than TMPDIR promises.
        self.folder = Path(tempfile.mkdtemp(prefix="tincan-pg-", dir=os.environ.get("TINCAN_TEST_MEMORY") or "/tmp"))
        if self.as_user:
            entry = pwd.getpwnam(SUPERUSER)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self.data = self.folder / "data"
        self.log = self.folder / "log"

    def run(self, program, *arguments, text=None):
        env = {**os.environ, "LC_ALL": "C", "PGPASSWORD": "", "PGOPTIONS": ""}
        done = subprocess.run([self.bin / program, *arguments], input=text, capture_output=True, text=True, cwd=self.folder, env=env,
                              check=False, **self.as_user)
        if done.returncode != 0:
            raise Failed(f"{program}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def sql(self, statement, database="postgres"):
        return self.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port), "-U",
                        SUPERUSER, "-d", database, text=statement)

    def initialise(self):
        # A language's order of letters, as most clusters have it, so that whoever relies on the order of bytes is found out.
        self.run("initdb", "-D", str(self.data), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu",
                 "--icu-locale=en-US", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--no-instructions")

    def initialise_once(self, shared):
        """initdb takes seconds: the tests of a run, which share that folder, make one fresh cluster and take copies of it."""
        fresh = Path(shared) / "fresh-cluster"
        with open(Path(shared) / "fresh-cluster.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if fresh.exists():
                subprocess.run(["cp", "-a", fresh, self.data], check=True)
                return
            self.initialise()
            half = fresh.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            subprocess.run(["cp", "-a", self.data, half], check=True)
            half.rename(fresh)

    def create(self):
        shared = os.environ.get("TINCAN_TEST_SHARED")
        if shared:
            self.initialise_once(shared)
        else:
            self.initialise()
        settings = {**SETTINGS, **(FAST if self.fast else {}), "unix_socket_directories": str(self.folder)}
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as config:
            config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        for attempt in range(5):
            self.port = free_port()
            try:
                self.start()
                break
            except Failed:
                if attempt == 4:
                    raise
        self.sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'")

    def starting(self):
        """In the new process: end with us, whatever becomes of us."""
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)

    def is_ready(self):
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(self.postmaster.pid) and lines[7].strip() == "ready"

    def start(self):
        if self.postmaster:
            raise Failed("it runs already")
        deadline = time.monotonic() + START_S
        while True:
            with open(self.log, "wb") as log:
                self.postmaster = subprocess.Popen(
                    [self.bin / "postgres", "-D", self.data, "-p", str(self.port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    cwd=self.folder, env={**os.environ, "LC_ALL": "C"}, preexec_fn=self.starting, **self.as_user)
            while self.postmaster.poll() is None and time.monotonic() < deadline:
                if self.is_ready():
                    return
                time.sleep(0.01)
            if self.postmaster.poll() is None:
                self.postmaster.kill()
            self.postmaster.wait()
            self.postmaster = None
            text = self.log.read_text(errors="replace")
            # After a SIGKILL the last of the old processes may take a moment to notice.
            if "pre-existing shared memory block" not in text or time.monotonic() >= deadline:
                print(text, file=sys.stderr, flush=True)
                raise Failed("PostgreSQL did not start; its log is on stderr")
            time.sleep(0.1)

    def running(self):
        if not self.postmaster:
            raise Failed("it does not run")
        return self.postmaster

    def stop(self, how="fast"):
        if how not in STOP_SIGNALS:
            raise Failed(f"no such way to stop: {how}")
        postmaster = self.running()
        postmaster.send_signal(STOP_SIGNALS[how])
        try:
            postmaster.wait(STOP_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"it did not stop within {STOP_S} s") from None
        self.postmaster = None

    def restart(self, how="fast"):
        self.stop(how)
        self.start()

    def processes(self):
        """The postmaster and its children."""
        found = [self.running().pid]
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == found[0]:
                    found.append(int(entry.name))
            except (OSError, IndexError, ValueError):
                continue  # it has just ended
        return found

    def signal_all(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        self.running().kill()
        self.postmaster.wait()
        self.postmaster = None

    def database(self):
        self.databases += 1
        name = f"{ROLE}{self.databases}"
        # Copied as files: a third of the work of writing the template through the log.
        self.sql(f"CREATE DATABASE {name} OWNER {ROLE} STRATEGY FILE_COPY")
        return (f"postgresql://{ROLE}@/{name}?host={self.folder}&port={self.port} "
                f"postgresql://{ROLE}:{self.password}@127.0.0.1:{self.port}/{name}")

    def command(self, name, *arguments):
        if name == "database":
            return self.database()
        if name in ("stop", "start", "restart", "kill"):
            getattr(self, name)(*arguments)
        elif name == "pause":
            self.signal_all(signal.SIGSTOP)
        elif name == "resume":
            self.signal_all(signal.SIGCONT)
        elif name == "pid":
            return str(self.running().pid)
        else:
            raise Failed(f"no such command: {name}")
        return ""

    def remove(self):
        try:
            if self.postmaster:
                self.signal_all(signal.SIGCONT)
                self.stop("immediate")
        finally:
            if self.postmaster:
                self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)


def answer(text):
    print(text, flush=True)


def asked_to_end(_number, _frame):
    sys.exit(0)


def main():
    signal.signal(signal.SIGTERM, asked_to_end)
    signal.signal(signal.SIGINT, asked_to_end)
    cluster = None
    try:
        cluster = Cluster("--fast" in sys.argv[1:])
        cluster.create()
        answer(f"ok {cluster.database()}")
        for line in sys.stdin:
            try:
                answer(f"ok {cluster.command(*line.split())}".rstrip() if line.strip() else "error no command")
            except (Failed, TypeError) as failure:
                answer("error " + " ".join(str(failure).split()))
    except Failed as failure:
        answer("error " + " ".join(str(failure).split()))
        return 1
    finally:
        if cluster:
            cluster.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
