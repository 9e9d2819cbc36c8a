// The wire cases of tests/conformance/wire: our fixtures answer as the tables say, and so does Socket.IO on Node, but for the
// differences that are listed with their reasons.
// tincan-test: reactors=1,4 tsan=long timeout=240
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBoth } from "../conformance/wire/servers.mjs";
import { playAll, readCases, readTable } from "../conformance/wire/table.mjs";

const CASES_MIN = 250;
const cases = readCases();
const differences = new Map(readTable("differences.txt").map((one) => [one.name, one]));
let both;
let ours;
let theirs;
before(async () => {
    both = await startBoth();
    ours = await playAll((kind) => both.ours[kind], cases, ({ expected }) => expected);
    theirs = await playAll((kind) => both.theirs[kind], cases, (one) => (differences.get(one.name) ?? one).expected);
});
after(() => both.stop());

test("the tables are all there, and every case has its name", () => {
    assert.ok(cases.length >= CASES_MIN, `${cases.length} cases`);
    assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
    for (const { name, expected } of cases) assert.ok(expected.length > 0, `"${name}" expects nothing`);
});

test("every listed difference is one of a case, and has its reason", () => {
    const names = new Set(cases.map(({ name }) => name));
    for (const { name, why } of differences.values()) {
        assert.ok(names.has(name), `there is no case "${name}"`);
        assert.ok(why.trim().length > 8, `"${name}" has no reason`);
    }
});

for (const one of cases) {
    test(one.name, () => {
        const difference = differences.get(one.name);
        assert.deepEqual(ours.get(one), one.expected, "our fixture");
        assert.deepEqual(theirs.get(one), (difference ?? one).expected, "Socket.IO on Node");
        if (difference) assert.notDeepEqual(difference.expected, one.expected, "a listed difference that is none");
    });
}
