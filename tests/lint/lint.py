"""The house rules that a compiler does not check. Prints "ok - rule" or "not ok - rule" with the places below it.

    lint.py          check everything
    lint.py --fix    lay out the C sources first (clang-format)
"""
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ("shared", "server", "client-wasm", "public", "tests")
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 80

# What a folder may include: itself and every lower number on its side. Folders of one level are strangers.
LEVELS = {
    "shared/base": 0,
    "shared/proto": 1,
    "server/rt": 2,
    "server/net": 3,
    "server/session": 4,
    "server/hub": 5,
    "server/io": 5.5,
    "server/auth": 5.8,
    "server/store": 6,
    "server/bus": 6,
    "server/tincan": 6.5,
    "server/http": 6.2,
    "server/chat": 7,
    "server/api": 7.5,
    "server": 8,
    "server/examples": 8,
    "client-wasm/net": 2,
    "client-wasm/chat": 2.5,
    "client-wasm/ui": 2,
    "client-wasm/app": 3,
    "client-wasm/carry": 4,
    "client-wasm/view": 4,
    "client-wasm/js": 4,
    "client-wasm/page": 5,
    "client-wasm/term": 5,
    "client-wasm": 6,
}
BANNED_C = (
    "strcpy strcat strncpy strncat sprintf vsprintf strtok gets atoi atol atoll strtol strtoul strtoll strtoull scanf "
    "sscanf fscanf gmtime localtime ctime asctime tmpnam mktemp alloca setjmp longjmp system"
).split()
RAW_MEMORY = "malloc calloc realloc free strdup strndup".split()
BANNED_GLUE = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|EM_ASM\w*|EM_JS)\b|\beval\s*\(|\bnew\s+Function\b|\bFunction\s*\(")
PROTOTYPE = re.compile(r"^(?!static|typedef|return|else|#|/\*|\s)[A-Za-z_][\w\s*]*?\**\b([a-z_]\w*)\s*\(", re.M)


def files():
    """Our files, as paths relative to the root; what is ignored by git is not ours."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                            check=False)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")
                 if p.is_file() and not {"build", "node_modules", ".git"} & set(p.relative_to(ROOT).parts)]
    return sorted(Path(name) for name in names if (ROOT / name).is_file())


FILES = files()
TEXTS = {}


def text(path):
    if path not in TEXTS:
        TEXTS[path] = (ROOT / path).read_text(errors="replace")
    return TEXTS[path]


def without_comments(source, keep_strings=False):
    """Blank out comments (and the insides of strings), keeping the line structure."""
    def blank(match):
        token = match.group(0)
        if token[0] == "/" or not keep_strings:
            return re.sub(r"[^\n]", " ", token)
        return token
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, source, flags=re.S)


def line_of(source, index):
    return source.count("\n", 0, index) + 1


def c_files(*suffixes, tests=True):
    return [p for p in FILES if p.suffix in (suffixes or (".c", ".h")) and p.parts[0] in OURS
            and (tests or p.parts[0] != "tests")]


def check_purpose():
    for path in c_files():
        if not text(path).startswith("/*"):
            yield f"{path}: begins with no purpose comment"
        if path.suffix == ".h" and "#pragma once" not in text(path):
            yield f"{path}: no #pragma once"


def check_unique_headers():
    places = defaultdict(list)
    for path in c_files(".h"):
        places[path.name].append(str(path))
    for name, paths in places.items():
        if len(paths) > 1:
            yield f"{name}: {', '.join(paths)}"


def check_twins():
    """A .c belongs to the header of its name, or of the unit it is a part of: json_string.c to json.h, op_room.c to store_op.h."""
    headers = {p.stem: p for p in c_files(".h", tests=False)}
    for path in c_files(".c", tests=False):
        if path.stem.startswith("main") or path.parts[:2] == ("server", "examples"):
            continue
        included = re.findall(r'^#include "([^"]+)\.h"', text(path), re.M)
        unit = path.stem.split("_")[0]
        own = [h for h in included if path.stem == h or path.stem.startswith(h + "_") or h.startswith(unit + "_")
               or h.endswith("_" + unit)]
        # A unit of several files has a header of its own for them, which begins with the public one.
        inner = path.parent / f"{included[0]}.h" if included else None
        if inner in FILES and f'#include "{path.stem}.h"' in text(inner):
            continue
        if not own:
            yield f"{path}: includes no header of its own name or unit"
        elif path.stem in headers and included[0] != path.stem:
            yield f"{path}: its own header must come first"


def check_docs():
    """Every block of declarations in a header says what it is for; _init, _fini and _free say it by their names."""
    for path in c_files(".h"):
        source = text(path)
        for match in re.finditer(r"(?:^.+\n)+", source, re.M):
            block = match.group(0)
            bare = without_comments(block)
            if bare.lstrip().startswith(("static", "#")):
                continue
            # Only what stands outside braces is a declaration.
            depth, outside = 0, []
            for char in bare:
                depth += (char == "{") - (char == "}")
                outside.append(char if depth == 0 or char == "\n" else " ")
            found = PROTOTYPE.search("".join(outside))
            named = found and (found.group(1) == "__attribute__" or found.group(1).endswith(("_init", "_fini", "_free")))
            if found and not named and "/*" not in block[:found.end()]:
                yield f"{path}:{line_of(source, match.start() + found.start())}: {found.group(1)} has no comment"


def check_banned():
    words = re.compile(r"(?<![\w.>])(" + "|".join(BANNED_C + ["assert"]) + r")\s*\(")
    memory = re.compile(r"(?<![\w.>])(" + "|".join(RAW_MEMORY) + r")\s*\(")
    for path in c_files():
        source = without_comments(text(path))
        if path in (Path("shared/base/check.h"), Path("shared/base/banned.h")):
            continue
        for match in words.finditer(source):
            yield f"{path}:{line_of(source, match.start())}: {match.group(1)} is banned"
        # The examples are other people's programs.
        if path.parts[0] != "tests" and path.parts[:2] != ("server", "examples") and not path.stem.startswith("mem"):
            for match in memory.finditer(source):
                yield f"{path}:{line_of(source, match.start())}: {match.group(1)} outside mem_"


def check_no_printf():
    """printf and what it needs are 4 kB (brotli) of the page's program; buf_put and buf_put_u64 do."""
    page = ("app", "carry", "chat", "net", "page", "ui", "view")
    for path in c_files(".c", tests=False):
        in_page = path.parts[:2] == ("shared", "proto") or (path.parts[0] == "client-wasm" and path.parts[1] in page)
        # Not of the page's program: browser.cmake leaves some out, and domop_print serves the tests.
        if in_page and not re.search(r"_native|^json_tree|^ws$|^console|^domop$", path.stem):
            source = without_comments(text(path))
            for match in re.finditer(r"\b(buf_printf|v?snprintf)\s*\(", source):
                yield f"{path}:{line_of(source, match.start())}: {match.group(1)}"


def check_glue():
    for path in FILES:
        if path.parts[0] in ("client-wasm", "public") and path.suffix in (".js", ".html", ".c", ".h", ".mjs"):
            source = without_comments(text(path), keep_strings=True) if path.suffix != ".html" else text(path)
            for match in BANNED_GLUE.finditer(source):
                yield f"{path}:{line_of(source, match.start())}: {match.group(0)}"


def check_page():
    """What index.html names and what ui/dom_ops.def names is the same."""
    page = text(Path("public/index.html"))
    rows = defaultdict(set)
    for kind, name in re.findall(r'^DOM_([A-Z]+)\(\w+, \d+, "([^"]+)"\)', text(Path("client-wasm/ui/dom_ops.def")), re.M):
        rows[kind].add(name)
    ids = re.findall(r'\sid="([^"]+)"', page)
    for name in {name for name in ids if ids.count(name) > 1}:
        yield f"public/index.html: two elements with the id {name}"
    for name in rows["NODE"] - set(ids):
        yield f"public/index.html: no element with the id {name}"
    templates = set(re.findall(r'<template id="([^"]+)"', page))
    for name in templates ^ rows["TEMPLATE"]:
        yield f"public/index.html: the template {name} stands here or in dom_ops.def, not in both"
    for kind in ("SLOT", "ACT", "FORM", "FIELD"):
        for name in set(re.findall(rf'\sdata-{kind.lower()}="([^"]+)"', page)) - rows[kind]:
            yield f"public/index.html: data-{kind.lower()}=\"{name}\" is not in dom_ops.def"
    for name in rows["FORM"] - set(re.findall(r'\sdata-form="([^"]+)"', page)):
        yield f"public/index.html: no form {name}"
    for name in set(re.findall(r'<use href="#([^"]+)"', page)) - set(ids):
        yield f"public/index.html: no drawing {name}"
    yield from dead_rows(page)


def dead_rows(page):
    """What crosses between the core and the page, and one of them knows nothing of; what a person can do, and nobody listens to."""
    table = Path("client-wasm/ui/dom_ops.def")
    code = "".join(text(path) for path in FILES
                   if path.parts[0] == "client-wasm" and path != table and path.suffix in (".c", ".h", ".js", ".def"))
    used = set(re.findall(r"\b(?:DOM_)?([A-Z]+_[A-Z0-9_]+)\b", code))
    taken = {}
    for row in re.finditer(r'^DOM_([A-Z]+)\((\w+), (\d+)(?:, "([^"]*)")?\)', text(table), re.M):
        kind, name, number, shown = row.groups()
        if taken.setdefault((kind, number), name) != name:
            yield f"{table}:{line_of(text(table), row.start())}: {name} has the number of {taken[kind, number]}"
        in_page = kind in ("ACT", "FORM", "FIELD") and f'data-{kind.lower()}="{shown}"' in page
        if not in_page and f"{kind}_{name}" not in used:
            yield f"{table}:{line_of(text(table), row.start())}: nobody uses DOM_{kind}({name})"


def check_migrations():
    """Every step of a store's schema has a number of its own, and both stores take the same steps."""
    folder = Path("server/store/migrations")
    steps = {store: sorted(p.name for p in FILES if p.parent == folder / store and p.suffix == ".sql")
             for store in ("sqlite", "postgres")}
    for store, names in steps.items():
        numbers = [name.split("_")[0] for name in names]
        for name in names:
            if numbers.count(name.split("_")[0]) > 1:
                yield f"{folder / store / name}: another one has the same number"
    for name in sorted(set(steps["sqlite"]) ^ set(steps["postgres"])):
        yield f"{folder}/*/{name}: only one of the stores has it"


def check_languages():
    page = {f"html.{name}" for name in re.findall(r'data-words(?:-label)?="([\w-]+)"', text(Path("public/index.html")))}
    for table, folder, others in (("words.def", "lang", page), ("words_term.def", "lang/term", set())):
        rows = re.findall(r"^WORD(_N)?\((\w+),", text(Path("client-wasm/app") / table), re.M)
        forms = ("zero", "one", "two", "few", "many", "other")
        wanted = {name for n, name in rows if not n} | {f"{name}.{form}" for n, name in rows if n for form in forms} | others
        for path in sorted(Path(p) for p in files() if p.parent == Path("client-wasm") / folder and p.suffix == ".txt"):
            has = {line.split(" ", 1)[0] for line in text(path).splitlines() if line and line[0] != "#"} - {"language"}
            for name in sorted(wanted ^ has):
                yield f"{path}: {name} is {'missing' if name in wanted else 'of no use'}"


def check_directions():
    owner = {p.name: str(p.parent) for p in c_files(".h", tests=False)}
    for path in c_files(tests=False):
        here = str(path.parent)
        if here not in LEVELS:
            yield f"{path}: {here} has no level in tests/lint/lint.py"
            continue
        for name in re.findall(r'^\s*#\s*include "([^"]+)"', text(path), re.M):
            there = owner.get(name)
            if there is None or there == here:
                continue
            side = {here.split("/")[0], there.split("/")[0]} - {"shared"}
            if len(side) > 1 or LEVELS.get(there, 99) >= LEVELS[here] or \
                    (here.startswith("shared") and not there.startswith("shared")):
                yield f"{path}: includes {name} of {there}"


def check_lengths():
    for path in FILES:
        if path.suffix in (".c", ".h", ".mjs", ".js", ".py") and path.parts[0] in OURS:
            lines = text(path).count("\n")
            if lines > FILE_LINES_MAX:
                yield f"{path}: {lines} lines, at most {FILE_LINES_MAX}"


def check_function_lengths():
    for path in c_files(".c"):
        start = None
        for number, line in enumerate(text(path).splitlines(), 1):
            if line == "{":
                start = number
            elif line == "}" and start:
                if number - start - 1 > FUNCTION_LINES_MAX:
                    yield f"{path}:{start}: a function of {number - start - 1} lines, at most {FUNCTION_LINES_MAX}"
                start = None


def check_unfinished():
    for path in FILES:
        if path.suffix in (".c", ".h", ".mjs", ".js", ".py", ".cmake", ".css", ".html") and path.name != "lint.py":
            for match in re.finditer(r"\b(TODO|FIXME|XXX|HACK)\b", text(path)):
                yield f"{path}:{line_of(text(path), match.start())}: {match.group(0)}"


def check_paths():
    """Nothing of the machine it was written on, and no host a lock file would tie us to."""
    machine = re.compile(r"(?<![\w.])/(root|home|work|Users)/|https?://[^\s\"']*registry\.|\"resolved\":")
    for path in FILES:
        if path.name == "lint.py" or path.suffix in (".png", ".wasm", ".ico", ".woff2", ".br", ".gz"):
            continue
        for match in machine.finditer(text(path)):
            yield f"{path}:{line_of(text(path), match.start())}: {match.group(0)}"


def check_format():
    paths = [str(p) for p in c_files()]
    if not paths:
        return
    done = subprocess.run(["clang-format", "--dry-run", "-ferror-limit=0", *paths], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    seen = set()
    for match in re.finditer(r"^([^:\n]+):(\d+):\d+: (?:warning|error)", done.stderr, re.M):
        if match.group(1) not in seen:
            seen.add(match.group(1))
            yield f"{match.group(1)}:{match.group(2)}: not as clang-format lays it out (lint.py --fix)"


RULES = {
    "files say what they are for": check_purpose,
    "header names are unique": check_unique_headers,
    "a unit is a .c and its .h": check_twins,
    "declarations in headers are explained": check_docs,
    "banned functions are not called": check_banned,
    "the page links no printf": check_no_printf,
    "the page's glue makes no HTML from text": check_glue,
    "the page has what the core counts on": check_page,
    "languages say everything": check_languages,
    "both stores have the same migrations": check_migrations,
    "folders include only what is below them": check_directions,
    "files are short": check_lengths,
    "functions are short": check_function_lengths,
    "nothing is left unfinished": check_unfinished,
    "no machine's paths or hosts": check_paths,
    "C is laid out by clang-format": check_format,
}


def main():
    if "--fix" in sys.argv[1:]:
        subprocess.run(["clang-format", "-i", *[str(p) for p in c_files()]], cwd=ROOT, check=True)
    failed = False
    for name, rule in RULES.items():
        places = list(rule())
        failed = failed or bool(places)
        print(f"{'not ok' if places else 'ok'} - {name}")
        for place in places:
            print(f"    {place}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
