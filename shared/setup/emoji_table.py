#!/usr/bin/env python3
"""Make public/emoji.txt, the emojis of the picker and of :short_codes:, from Debian's copies of the published tables.

    emoji_table.py [ROOT] > public/emoji.txt

ROOT is where these packages are unpacked (default: /, where they are installed):

    unicode-data                             what there is, in the order of keyboards, and its groups
    unicode-cldr-core                        English words for each
    golang-github-yuin-goldmark-emoji-dev    the short codes people know from GitHub

The format is described in client-wasm/app/emoji.h. The file is asked for when somebody first looks for an emoji, so it is kept
small: variants in skin colour are a mark (the page makes them), only the first words that say something new are
taken, and families are one.
"""
import re
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree
from pathlib import Path

VERSION_MAX = 14.0  # of the emojis; the fonts of Debian 12 draw these
BYTES_MAX = 45000
WORDS_MAX = {"Symbols": 1, "Animals & Nature": 1, "Food & Drink": 1, "Flags": 4}  # of an emoji; 2 in the other groups
WORD_BYTES_MAX = 8
HEAD = """\
% Emojis: see client-wasm/app/emoji.h for the format; made by shared/setup/emoji_table.py.
% From Unicode's emoji-test.txt {version} and CLDR annotations, and the short codes of goldmark-emoji.
% Copyright (c) 1991-2022 Unicode, Inc.; (c) 2020 Yusuke Inuzuka. Both licences: emoji-licence.txt
"""
# What people call some of them besides: further short codes; words.
MORE = {code: (codes.split(), words.split()) for code, codes, words in (
    ("+1", "thumbsup", "yes like agree approve"),
    ("-1", "thumbsdown", "no dislike disagree"),
    ("100", "", "perfect agree"),
    ("alarm_clock", "", "wake time"),
    ("balloon", "", "birthday party"),
    ("beers", "", "cheers"),
    ("birthday", "", "cake party"),
    ("boom", "collision", "explode bang"),
    ("broken_heart", "", "sad"),
    ("bug", "", "error defect"),
    ("bulb", "", "idea light"),
    ("clap", "", "applause bravo congrats well done"),
    ("coffee", "", "break tea morning"),
    ("confused", "", "unsure"),
    ("construction", "wip", "progress"),
    ("cry", "", "sad tear"),
    ("crossed_fingers", "fingers_crossed", "luck hope"),
    ("exclamation", "heavy_exclamation_mark", "warning important"),
    ("eyes", "", "look see watching review"),
    ("facepalm", "", "oops"),
    ("fire", "flame", "hot lit burn"),
    ("gift", "", "present"),
    ("grin", "", "happy"),
    ("handshake", "", "deal agree"),
    ("heart", "red_heart", "love like"),
    ("heart_eyes", "", "adore"),
    ("heavy_check_mark", "", "done yes ok"),
    ("hourglass_flowing_sand", "", "wait time"),
    ("joy", "", "lol haha funny"),
    ("laughing", "satisfied", "haha lol"),
    ("lock", "", "private secure"),
    ("memo", "pencil", "note write docs"),
    ("muscle", "", "strong flex"),
    ("ok_hand", "", "perfect okay fine"),
    ("partying_face", "", "celebrate birthday"),
    ("pizza", "", "lunch"),
    ("hankey", "poop shit", ""),
    ("pray", "", "please thanks thank you hope"),
    ("pushpin", "", "pin"),
    ("question", "", "what why"),
    ("raised_hands", "", "hooray praise celebrate"),
    ("relaxed", "", "happy"),
    ("robot", "", "bot"),
    ("rocket", "", "ship launch release fast"),
    ("rofl", "", "lol funny haha"),
    ("scream", "", "shock afraid"),
    ("shrug", "", "whatever dunno idk"),
    ("skull", "", "dead"),
    ("slightly_smiling_face", "", "happy"),
    ("smile", "", "happy"),
    ("smiley", "", "happy"),
    ("sob", "", "cry sad"),
    ("sparkles", "", "new shiny magic"),
    ("star_struck", "", "wow"),
    ("sunglasses", "", "cool"),
    ("tada", "hooray", "celebrate congratulations"),
    ("thinking", "", "hmm wonder"),
    ("wave", "", "hello hi bye goodbye"),
    ("weary", "", "tired"),
    ("white_check_mark", "", "done yes ok"),
    ("x", "", "no wrong cancel"),
    ("zzz", "", "sleep tired"),
)}
TONE = re.compile("[\U0001F3FB-\U0001F3FF]")
MEDIUM = "\U0001F3FD"
SHAPE = "\ufe0f"  # asks for the colourful form
SKIPPED = set("and with of on in the for not its to at as a an person people man woman men women face sign symbol button".split())


def read_emojis(path):
    """[(group, glyph, name, version)] of all that keyboards offer."""
    found, group = [], ""
    for line in path.read_text().splitlines():
        if line.startswith("# group: "):
            group = line[len("# group: "):]
        match = re.match(r"([0-9A-F ]+?) *; fully-qualified +# \S+ E([\d.]+) (.*)", line)
        if match:
            glyph = "".join(chr(int(code, 16)) for code in match[1].split())
            found.append((group, glyph, match[3], float(match[2])))
    return found


def read_codes(path):
    """{glyph without its shape: [short code]}"""
    codes = {}
    for line in path.read_text().splitlines():
        match = re.search(r'NewEmoji\(".*?", \[\]int32\{(.*?)\}, (.*)\)', line)
        if match:
            glyph = "".join(chr(int(number)) for number in match[1].split(","))
            codes[glyph.replace(SHAPE, "")] = [code.lower() for code in re.findall(r'"(.*?)"', match[2])]
    return codes


def read_words(path):
    """{glyph without its shape: [word]}"""
    words = {}
    for node in ElementTree.parse(path).iter("annotation"):
        if "type" not in node.attrib:
            words[node.attrib["cp"].replace(SHAPE, "")] = [part.strip() for part in node.text.split("|")]
    return words


def plain_letters(text):
    """In lower case and without accents and apostrophes."""
    apart = unicodedata.normalize("NFD", text.lower().replace("’", "").replace("ß", "ss"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def ascii_words(text):
    return [word for word in re.findall(r"[a-z0-9]+", plain_letters(text)) if word not in SKIPPED]


def toned(glyph, both):
    """glyph in the medium skin colour: behind its first character, and its last when both."""
    head, tail = glyph[0] + MEDIUM, glyph[1:].removeprefix(SHAPE)
    return head + tail + (MEDIUM if both else "")


def tone_mark(glyph, known):
    if TONE.search(glyph):
        return ""
    if len(glyph) > 1 and toned(glyph, True) in known:
        return "++"
    return "+" if toned(glyph, False) in known else ""


def new_words(codes, name, words, limit):
    """The first words of name and words that do not begin a word of codes."""
    have = [part for code in codes for part in code.split("_")]
    found = []
    for word in ascii_words(name) + [word for text in words for word in ascii_words(text)]:
        if len(found) < limit and 1 < len(word) <= WORD_BYTES_MAX and not any(
                part.startswith(word) or (len(part) > 2 and word.startswith(part)) for part in have + found):
            found.append(word)
    return found


def is_variant(glyph):
    """Of a man or a woman where there is one of a person, and of families by their members."""
    return bool(re.search("\u200d[\u2640\u2642]", glyph) or re.match("[\U0001F468\U0001F469]\u200d", glyph))


def is_family(glyph):
    return len(re.findall("[\U0001F466-\U0001F469]", glyph)) > 1 and "\u2764" not in glyph


def lines_of(root):
    share = Path(root) / "usr/share"
    emojis = read_emojis(share / "unicode/emoji/emoji-test.txt")
    codes_of = read_codes(share / "gocode/src/github.com/yuin/goldmark-emoji/definition/github.go")
    words_of = read_words(share / "unicode/cldr/common/annotations/en.xml")
    known, shown = {glyph for _, glyph, _, _ in emojis}, None
    for group, glyph, name, version in emojis:
        if version > VERSION_MAX or TONE.search(glyph) or is_family(glyph):
            continue
        if group != shown:
            shown = group
            yield f"={group}"
        plain = glyph.replace(SHAPE, "")
        codes = codes_of.get(plain)
        if codes is None:
            codes = ["_".join(re.findall(r"[a-z0-9]+", plain_letters(name)))]
        more = MORE.get(codes[0], ([], []))
        codes = codes + more[0]
        texts = [] if group == "Flags" else words_of.get(plain, [])
        limit = 0 if is_variant(glyph) or "oclock" in ascii_words(name) else WORDS_MAX.get(group, 2)
        words = more[1] + new_words(codes + more[1], name.removeprefix("flag: "), texts, limit)
        yield f"{glyph}{tone_mark(glyph, known)} {' '.join(codes)}" + (f";{' '.join(words)}" if words else "")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "/"
    version = re.search(r"^# Version: (\S+)", (Path(root) / "usr/share/unicode/emoji/emoji-test.txt").read_text(), re.M)
    text = HEAD.format(version=version[1]) + "\n".join(lines_of(root)) + "\n"
    if len(text.encode()) > BYTES_MAX:
        sys.exit(f"{len(text.encode())} bytes, at most {BYTES_MAX}")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
