// Rewrites the "=" lines of the tables as our fixtures answer now; prints what Node answers where it differs.
//   TINCAN_BIN_DIR=build/asan/bin node tests/conformance/wire/update.mjs [KIND]
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBoth } from "./servers.mjs";
import { KINDS, playAll, readTable } from "./table.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const both = await startBoth();
const listed = new Set(readTable("differences.txt").map(({ name }) => name));

for (const kind of process.argv[2] ? [process.argv[2]] : Object.keys(KINDS)) {
    const cases = readTable(`${kind}.txt`, kind);
    const ours = await playAll((k) => both.ours[k], cases);
    const theirs = await playAll((k) => both.theirs[k], cases);
    const lines = readFileSync(join(HERE, `${kind}.txt`), "utf8").split("\n").filter((line) => !/^=( |$)/.test(line));
    for (const one of cases) {
        const found = [...ours.keys()].find((key) => key === one);
        let at = lines.indexOf(`case ${one.name}`);
        while (lines[at + 1] !== "" && at + 1 < lines.length && !lines[at + 1].startsWith("#")) at++;
        lines.splice(at + 1, 0, ...ours.get(found).map((line) => `= ${line}`.trimEnd()));
        if (theirs.get(one).join("\n") !== ours.get(one).join("\n")) {
            console.log(`case ${one.name}${listed.has(one.name) ? "   (listed)" : ""}`);
            for (const line of theirs.get(one)) console.log(`= ${line}`.trimEnd());
            for (const line of ours.get(one)) console.log(`      ours ${line}`.trimEnd());
        }
    }
    writeFileSync(join(HERE, `${kind}.txt`), lines.join("\n"));
}
await both.stop();
