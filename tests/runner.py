"""Build the presets and run every test, each in its own process group, with progress, time limits and a summary.

Tests run as soon as what they need is built: many of them mostly wait, and the compilers of the next preset use what they leave. A
job is a process that reports one test or several: a CTest case, a node:test file, a lint script. Whatever a job leaves
running is found, killed and counted as a failure. Started by tests/run, which installs what is needed first.
"""
import argparse
import ctypes
import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "test-logs"
AGAIN_MAX = 8  # jobs that get a second run
# Many tests mostly wait. While a part of the machine is idle, more jobs run than it has cores, up to so many for each.
CROWD_MAX = 2
IDLE_CORES = 0.45   # so much of the processors' time has been idle ...
IDLE_SECONDS = 1.0  # ... since the last job was started, and for so long
# The tests' files are in memory, where so much is free: making and removing files was up to a third of the work of a test on PostgreSQL.
MEMORY = "/dev/shm"
ROOMY_BYTES = 4 << 30
BUILD_TIMEOUT = 3600
SILENCE_SECONDS = 10
SANITIZER = re.compile(r"Sanitizer|runtime error:|broken invariant")
TAIL_LINES = 40
PR_SET_CHILD_SUBREAPER = 36

# What is built of a preset when only a part of it is tested.
TARGETS = {
    "wasm": ["client_wasm_tests", "codec_wasm", "client_page"],
    "fuzz": ["fuzz_targets"],
    # and the unit tests that has_threads() names
    "tsan": ["tincand", "library_server", "inline_server", "chat_bare", "tincan_bench_load", "fault_io"],
}

# Leaks count at exit; reports go to the process's stderr, which the tests look at.
RETURNED_STACKS = ":detect_stack_use_after_return=1"
SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:exitcode=99:strict_string_checks=1" + RETURNED_STACKS,
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "exitcode=66:second_deadlock_stack=1",
}


class Job:
    """A process to run and what it will tell us."""
    preset = None  # what it builds

    def __init__(self, name, command, kind="single", env=None, timeout=300, needs=(), slots=1):
        self.name = name          # "unit/ws", "it/relay reactors=4"
        self.command = command
        self.kind = kind          # single: the exit status | node: reporter.mjs lines | lines: "ok - x", "not ok - x"
        self.env = env or {}
        self.timeout = timeout
        self.needs = needs        # presets that must have been built
        self.slots = slots        # how much of the machine it takes
        self.results = []
        self.seen_bytes = 0


class Result:
    def __init__(self, name, ok, seconds, detail="", skipped=False):
        self.name, self.ok, self.seconds, self.detail, self.skipped = name, ok, seconds, detail, skipped


class Machine:
    """How idle its processors have been lately, whoever keeps them busy."""

    def __init__(self):
        self.look_again()

    def look_again(self):
        self.since, self.idle_then = time.monotonic(), self.idle_s()

    @staticmethod
    def idle_s():
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
        return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")

    def idle_cores(self):
        """Since the last look_again, if that is long enough ago to say; else 0. Only the last seconds count."""
        seconds = time.monotonic() - self.since
        if seconds < IDLE_SECONDS:
            return 0.0
        cores = (self.idle_s() - self.idle_then) / seconds
        if seconds > 2 * IDLE_SECONDS:
            self.look_again()
        return cores


class Runner:
    def __init__(self, presets):
        self.slots = slots_n()
        self.may_crowd = "TINCAN_JOBS" not in os.environ
        self.results = []
        self.pending_presets = set(presets)
        self.broken_presets = set()
        self.active = {}
        self.machine = Machine()
        self.began, self.busy = time.monotonic(), 0.0
        self.times = open(LOGS / "times.txt", "w", encoding="utf-8")
        self.serial = 0
        self.said = time.monotonic()
        memory = memory_folder()
        self.tmp = tempfile.mkdtemp(prefix="tincan-", dir=memory)
        self.memory = self.tmp if memory else ""
        os.chmod(self.tmp, 0o711)  # the user postgres has clusters in it
        (Path(self.tmp) / "shared").mkdir(0o700)  # what is made once for all jobs
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    # -- reporting ---------------------------------------------------------------------------------------------------

    def report(self, result):
        self.results.append(result)
        self.said = time.monotonic()
        if result.skipped:
            print(f"skip  {result.name}: {result.detail}", flush=True)
            return
        print(f"{'ok   ' if result.ok else 'FAIL '} {result.name}  ({result.seconds:.1f} s)", flush=True)

    def summary(self):
        failed = [r for r in self.results if not r.ok and not r.skipped]
        passed = [r for r in self.results if r.ok and not r.skipped]
        if failed:
            print("\n==== Failures ====")
        for result in failed:
            print(f"\n---- {result.name}")
            for line in result.detail.rstrip().splitlines()[-TAIL_LINES:]:
                print(f"    {line}")
        print(f"\n{(time.monotonic() - self.began) / 60:.1f} minutes, in which processors were busy for {self.busy / 60:.1f}")
        print(f"{len(passed)} passed, {len(failed)} failed", flush=True)
        return 0 if passed and not failed else 1

    def note_time(self, name, started, seconds, usage):
        """Where the time goes: of a job or build when it began, how long it took, and how long processors were busy with it."""
        busy = usage.ru_utime + usage.ru_stime
        self.busy += busy
        print(f"from {started - self.began:7.1f} s {seconds:8.1f} s {busy:8.1f} s busy  {name}", file=self.times, flush=True)

    # -- processes ---------------------------------------------------------------------------------------------------

    def start(self, job):
        self.serial += 1
        job.id = f"{os.getpid()}.{self.serial}"
        job.log = LOGS / (re.sub(r"[^A-Za-z0-9._=-]+", "_", job.name) + ".log")
        job.events = Path(self.tmp) / f"{self.serial}.events"
        job.tmp = Path(self.tmp) / str(self.serial)
        job.tmp.mkdir(0o700)
        command = list(job.command)
        if job.kind == "node":
            command[1:1] = [f"--test-reporter={ROOT}/tests/it/reporter.mjs", f"--test-reporter-destination={job.events}"]
        env = {**os.environ, **SANITIZER_ENV, **job.env, "TMPDIR": str(job.tmp), "TINCAN_TEST_JOB": job.id,
               "TINCAN_TEST_SHARED": str(Path(self.tmp) / "shared"), "TINCAN_TEST_MEMORY": self.memory}
        with open(job.log, "wb") as log:
            job.process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=subprocess.STDOUT, start_new_session=True)
        job.started = time.monotonic()
        self.active[job.process.pid] = job

    def has_exited(self, job):
        """Has the job's first process ended? It is not reaped yet: until then nobody else can get its number."""
        return os.waitid(os.P_PID, job.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def living(self, job):
        """The job's processes that still run, but for its first: (pid, command line). Reaps orphans that have ended."""
        mark = f"TINCAN_TEST_JOB={job.id}".encode()
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) in self.active:
                continue
            pid = int(entry)
            try:
                state, parent, group = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:3]
                if state in "ZX":
                    if int(parent) == os.getpid():
                        os.waitpid(pid, os.WNOHANG)
                    continue
                mine = int(group) == job.process.pid
                if not mine and int(parent) == os.getpid():
                    mine = mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                if mine:
                    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found.append((pid, command.strip()))
            except (OSError, ValueError):
                continue
        return found

    def kill_job(self, job):
        """Kill everything that came from the job and reap its first process."""
        os.killpg(job.process.pid, signal.SIGKILL)
        for _ in range(100):
            left = self.living(job)
            for pid, _command in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not left and self.has_exited(job):
                break
            time.sleep(0.02)
        _pid, status, job.usage = os.wait4(job.process.pid, 0)
        job.process.returncode = os.waitstatus_to_exitcode(status)
        self.active.pop(job.process.pid, None)

    # -- results of a job ----------------------------------------------------------------------------------------------

    def read_events(self, job):
        """Report the tests that finished since the last look."""
        if job.kind != "node" or not job.events.exists():
            return
        data = job.events.read_bytes()[job.seen_bytes:]
        complete = data.rfind(b"\n") + 1
        job.seen_bytes += complete
        for line in data[:complete].splitlines():
            event = json.loads(line)
            if event["name"] == job.command[-1] or Path(event["name"]).name == Path(job.command[-1]).name:
                continue  # newer nodes also report the file
            result = Result(f"{job.name}: {event['name']}", event["ok"], event["seconds"],
                            event.get("error") or event.get("skip") or "", "skip" in event)
            job.results.append(result)
            self.report(result)

    def finish(self, job, timed_out):
        seconds = time.monotonic() - job.started
        # A moment for children that are on their way out by themselves.
        deadline = time.monotonic() + (0 if timed_out else 2)
        outlived = self.living(job)
        while outlived and time.monotonic() < deadline:
            time.sleep(0.05)
            outlived = self.living(job)
        self.kill_job(job)
        status = job.process.returncode
        self.note_time(job.name, job.started, seconds, job.usage)
        self.read_events(job)
        log = job.log.read_text(errors="replace")
        if job.kind == "lines":
            for mark, name, detail in re.findall(r"^(ok|not ok) - (.*)\n((?:    .*\n)*)", log, re.M):
                result = Result(f"{job.name}: {name}", mark == "ok", 0.0, detail)
                job.results.append(result)
                self.report(result)
        failed = any(not r.ok and not r.skipped for r in job.results)
        problem = None
        if timed_out:
            problem = f"killed after {job.timeout} s"
        elif status != 0 and not failed:
            problem = f"exit status {status}"
        elif outlived:
            problem = "left running: " + "; ".join(command for _pid, command in outlived)
        elif job.kind != "single" and not job.results:
            problem = "reported no test"
        if problem:
            job.results.append(Result(job.name, False, seconds, f"{log}\n{problem}"))
            self.report(job.results[-1])
        elif job.kind == "single":
            self.report(Result(job.name, True, seconds))
        elif failed:
            for result in job.results:
                if not result.ok and job.kind == "node":
                    result.detail += "\n(whole log: " + str(job.log.relative_to(ROOT)) + ")"
        shutil.rmtree(job.tmp, ignore_errors=True)
        if job.preset:
            self.pending_presets.discard(job.preset)
            if status != 0 or timed_out:
                self.broken_presets.add(job.preset)

    def has_room(self, job, idle_cores):
        """May the job run beside those that do? One build; a test for each core, and more of them while cores are idle."""
        if job.preset:
            return not any(other.preset for other in self.active.values())
        tests = [other for other in self.active.values() if not other.preset]
        used = sum(other.slots for other in tests)
        if used == 0 or used + job.slots <= self.slots:
            return True
        return self.may_crowd and len(tests) < CROWD_MAX * self.slots and idle_cores >= IDLE_CORES

    def show_build(self):
        """For whoever waits: how far a build is, when nothing else has been said for a while."""
        for job in self.active.values():
            if job.preset and time.monotonic() - self.said > SILENCE_SECONDS:
                self.said = time.monotonic()
                last = (job.log.read_bytes().splitlines() or [b""])[-1].decode(errors="replace")
                print(f"      {job.name}: {last[:100]}", flush=True)

    def run(self, find):
        """Run the jobs that find() knows, each when what it needs has been built, as many at once as the machine has room for. Returns
        them. What there is to test is known when it has been built: find() is asked after each build."""
        waiting, taken = find(), {}
        while waiting or self.active:
            idle_cores = self.machine.idle_cores()
            for job in list(waiting):
                broken = self.broken_presets.intersection(job.needs)
                if not broken and (self.pending_presets.intersection(job.needs) or not self.has_room(job, idle_cores)):
                    continue
                waiting.remove(job)
                taken[job.name] = job
                if broken:
                    self.report(Result(job.name, False, 0.0, f"not run: the {', '.join(sorted(broken))} build failed"))
                else:
                    self.start(job)
                    self.machine.look_again()
                    idle_cores = 0.0
            time.sleep(0.05)
            self.show_build()
            for job in list(self.active.values()):
                self.read_events(job)
                timed_out = time.monotonic() - job.started > job.timeout
                if timed_out or self.has_exited(job):
                    self.finish(job, timed_out)
                    if job.preset:
                        waiting = [other for other in find() if other.name not in taken]
        return list(taken.values())

    def run_again(self, jobs):
        """Give node jobs that failed beside others one more run with the machine to themselves: what passes then was a matter
        of load, and is named so. Sanitizer reports and failures of many jobs are taken at their word."""
        suspects = [job for job in jobs if job.kind == "node" and any(not r.ok and not r.skipped for r in job.results)]
        if len(suspects) > AGAIN_MAX:
            return
        for job in suspects:
            first = job.results
            with open(job.log, "a", encoding="utf-8") as log:
                log.writelines(f"\n---- {r.name}\n{r.detail}\n" for r in first if not r.ok and not r.skipped)
            if any(SANITIZER.search(r.detail) for r in first) or SANITIZER.search(job.log.read_text(errors="replace")):
                continue
            print(f"again {job.name}, alone", flush=True)
            job.log.rename(job.log.with_suffix(".first.log"))
            job.results, job.seen_bytes, job.slots = [], 0, self.slots
            self.run(lambda job=job: [job])
            passed = job.results and all(r.ok or r.skipped for r in job.results)
            gone = set(map(id, first if passed else job.results))
            self.results = [r for r in self.results if id(r) not in gone]
            for result in first if passed else []:
                if not result.ok and not result.skipped:
                    print(f"flaky {result.name}: failed beside other tests, passed alone", flush=True)

    def close(self):
        for job in list(self.active.values()):
            self.kill_job(job)
        self.times.close()
        shutil.rmtree(self.tmp, ignore_errors=True)


def slots_n():
    """How many compilers or tests run at once."""
    return int(os.environ.get("TINCAN_JOBS", 0)) or os.cpu_count() or 2


def memory_folder():
    """A folder that is in memory, if programs may be run there and it has much room, or None."""
    try:
        there = os.statvfs(MEMORY)
        available = int(re.search(r"^MemAvailable: *(\d+) kB", Path("/proc/meminfo").read_text(), re.M).group(1)) * 1024
    except OSError:
        return None
    roomy = min(there.f_bavail * there.f_frsize, available) >= ROOMY_BYTES
    return MEMORY if roomy and not there.f_flag & os.ST_NOEXEC and os.access(MEMORY, os.W_OK) else None


# -- what there is to run ----------------------------------------------------------------------------------------------

def ctest_cases(preset):
    """The CTest cases of a built preset: (name, labels, command)."""
    directory = BUILD / preset
    if not (directory / "CTestTestfile.cmake").exists():
        return []
    shown = subprocess.run(["ctest", "--test-dir", str(directory), "--show-only=json-v1"], capture_output=True, text=True,
                           check=False)
    if shown.returncode != 0:
        return []
    cases = []
    for test in json.loads(shown.stdout)["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        cases.append((test["name"], properties.get("LABELS", []), test.get("command", []),
                      float(properties.get("TIMEOUT", 300))))
    return cases


def wishes(path):
    """What the `tincan-test:` line of a test's source asks for: {word: value}, the value "" when there is none."""
    wish = re.search(r"^(?://|/\*) tincan-test:(.*?)(?:\*/)?$", path.read_text(), re.M)
    return dict(word.partition("=")[::2] for word in wish.group(1).split()) if wish else {}


def takes_tsan(wish, options):
    return wish.get("tsan", "no") == "" or (wish.get("tsan") == "long" and options.long > 0)


def has_threads(name, options):
    """Is the unit test of a part of the server? shared/ and the client never see a second thread."""
    words = name.removeprefix("unit.").split("_")
    source = ROOT / "tests" / "unit" / f"test_{'_'.join(words)}.c"
    return (any(any((ROOT / "server").glob(f"*/{'_'.join(words[:n])}.c")) for n in range(1, len(words) + 1))
            and (not source.exists() or takes_tsan({"tsan": "", **wishes(source)}, options)))


def tsan_tests(options):
    """The targets of the unit tests that run under ThreadSanitizer."""
    names = sorted(path.stem.removeprefix("test_") for path in (ROOT / "tests" / "unit").glob("test_*.c"))
    return [f"test_{name}" for name in names if has_threads(f"unit.{name}", options)]


def ctest_jobs(preset, options, wanted):
    """The CTest cases that wanted(name, labels) accepts, as jobs."""
    env = {"TINCAN_BIN_DIR": str(BUILD / preset / "bin")}
    if options.long:
        env["TINCAN_FUZZ_SECONDS"] = str(options.long)
    jobs = []
    for name, labels, command, timeout in ctest_cases(preset):
        if command and wanted(name, labels):
            jobs.append(Job(f"{preset}/{name}",
                            ["ctest", "--test-dir", str(BUILD / preset), "-R", f"^{re.escape(name)}$",
                             "--output-on-failure", "--no-tests=error"],
                            env=env, timeout=timeout + 30, needs=(preset,)))
    return jobs


def node_files(folder):
    """The node:test files of a folder, with what their `tincan-test:` line asks for."""
    registered = {Path(word).name for _n, _l, command, _t in ctest_cases("asan") for word in command
                  if word.endswith(".mjs")}
    files = []
    for path in sorted((ROOT / "tests" / folder).glob("*.test.mjs")):
        if path.name not in registered:
            files.append((path, wishes(path)))
    return files


def node_jobs(folder, options, tsan):
    """Integration and browser tests as jobs: once per number of reactors that a file asks for."""
    jobs = []
    preset = "tsan" if tsan else "asan"
    if os.environ.get("TINCAN_TEST_SERVER"):
        preset = "asan"
    for path, wish in node_files(folder):
        if tsan and not takes_tsan(wish, options):
            continue
        reactors = wish.get("reactors", "2").split(",")
        if not options.long or tsan or os.environ.get("TINCAN_TEST_SERVER"):
            reactors = reactors[-1:]
        for number in reactors:
            name = f"{'tsan-' if tsan else ''}{folder}/{re.sub(r'([._]test)?[.]mjs$', '', path.name)}"
            if "reactors" in wish:
                name += f" reactors={number}"
            env = {
                "TINCAN_BIN_DIR": str(BUILD / preset / "bin"),
                "TINCAN_PUBLIC": str(BUILD / "release" / "public"),
                "TINCAN_REACTORS": number,
                "TINCAN_LONG": str(options.long or ""),
                "TINCAN_WAIT_MS": "60000" if tsan else "20000",
            }
            if not options.long:  # a third of the processors' time; the unit tests look for it always
                env["ASAN_OPTIONS"] = SANITIZER_ENV["ASAN_OPTIONS"].replace(RETURNED_STACKS, "")
            jobs.append(Job(name, ["node", str(path)], kind="node", env=env, timeout=int(wish.get("timeout", 180)),
                            needs=(preset, "release", *filter(None, [wish.get("needs")])), slots=int(wish.get("slots", 1))))
    return jobs


def build_job(preset, options):
    """Configures and builds a preset, and gives way to the tests that run meanwhile."""
    targets = []
    if preset in TARGETS and not (preset == "tsan" and options.long):
        targets = ["--target", *TARGETS[preset], *(tsan_tests(options) if preset == "tsan" else [])]
    script = (f'[ -e build/{preset}/build.ninja ] || cmake --preset {preset} || exit; '
              f'exec cmake --build --preset {preset} -j {slots_n()} "$@"')
    job = Job(f"build/{preset}", ["nice", "sh", "-c", script, "sh", *targets], timeout=BUILD_TIMEOUT)
    job.preset = preset
    return job


def lint_jobs():
    return [Job("lint", ["/usr/bin/python3", "-B", str(ROOT / "tests/lint/lint.py")], kind="lines", timeout=120)]


def presets_wanted(options):
    if os.environ.get("TINCAN_TEST_SERVER"):
        return []
    if options.quick:
        return ["asan", "release", "wasm"]
    return ["asan", "release", "wasm", "tsan", "fuzz"]


def all_jobs(options):
    """Every job, in the order of running: quick answers first."""
    if os.environ.get("TINCAN_TEST_SERVER"):
        jobs = node_jobs("it", options, False)
        for job in jobs:
            job.needs = ()
        return jobs
    jobs = lint_jobs()
    jobs += ctest_jobs("asan", options, lambda _name, labels: "bench" not in labels)
    long = node_jobs("it", options, False) + node_jobs("browser", options, False)
    if not options.quick:
        long += node_jobs("it", options, True)
    # Those that take the whole machine first, and the long ones: at the end there is something for every core.
    jobs += sorted(long, key=lambda job: (-job.slots, -job.timeout))
    jobs += ctest_jobs("wasm", options, lambda _name, _labels: True)
    if not options.quick:
        jobs += ctest_jobs("tsan", options, lambda name, labels: "unit" in labels and has_threads(name, options))
        jobs += ctest_jobs("fuzz", options, lambda _name, labels: "fuzz-smoke" in labels)
    return jobs


def matches(name, patterns):
    return not patterns or any(pattern in name or fnmatch.fnmatch(name, pattern) for pattern in patterns)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/run", add_help=False)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--long", type=int, default=0)
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def only_presets(options):
    """With --only: the presets that the matching tests of the last build need, or all when none is known yet."""
    presets = presets_wanted(options)
    if not options.only:
        return presets
    needed = {preset for job in all_jobs(options) if matches(job.name, options.only) for preset in job.needs}
    needed |= {preset for preset in presets if matches(f"build/{preset}", options.only)}
    found = any(matches(job.name, options.only) for job in all_jobs(options))
    return [preset for preset in presets if preset in needed] if needed or found else presets


def main():
    options = parse_arguments()
    if options.list:
        for job in all_jobs(options):
            if matches(job.name, options.only):
                print(job.name)
        return 0
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    presets = only_presets(options)
    builds = [build_job(preset, options) for preset in presets]
    runner = Runner(presets)
    try:
        jobs = runner.run(lambda: builds + [job for job in all_jobs(options) if matches(job.name, options.only)])
        runner.run_again(jobs)
        return runner.summary()
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    finally:
        runner.close()


if __name__ == "__main__":
    sys.exit(main())
