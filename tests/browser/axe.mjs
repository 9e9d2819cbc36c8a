// axe-core in any engine: what it finds against a page, as lines that can be read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const PLACES_MAX = 5;

// Load axe-core into the page, whatever its policy says: by the driver, not as a script of the page. Each expression an engine
// is given has to be one function.
async function load(page) {
    if (await page.evaluate(() => Boolean(window.axe))) return;
    await page.evaluate(`() => { ${SOURCE}\n; window.axe ??= axe; }`);
}

// The findings: [{ rule, impact, help, places: [selector: what is wrong] }]. Empty is clean. within: a selector; without: ids of
// rules to leave out, each with a reason where it is asked for; only: the ids of the rules to ask, instead of all.
export async function axe(page, { within = "html", without = [], only } = {}) {
    await load(page);
    return page.evaluate(async (within, runOnly, without) => {
        const rules = Object.fromEntries(without.map((id) => [id, { enabled: false }]));
        const { violations } = await window.axe.run(within, { runOnly, rules, resultTypes: ["violations"] });
        return violations.map(({ id, impact, help, nodes }) => ({
            rule: id, impact, help,
            places: nodes.map((node) => `${node.target.join(" ")}: ${[...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ") || help}`),
        }));
    }, within, only ? { type: "rule", values: only } : TAGS, without);
}

export function findingsText(findings) {
    return findings.map(({ rule, impact, help, places }) => {
        const more = places.length > PLACES_MAX ? [`and ${places.length - PLACES_MAX} more`] : [];
        return [`${rule} (${impact}): ${help}`, ...[...places.slice(0, PLACES_MAX), ...more].map((place) => `    ${place}`)].join("\n");
    }).join("\n");
}

// Fail with everything that is found.
export async function assertAxeClean(page, what, options) {
    const findings = await axe(page, options);
    assert.equal(findings.length, 0, `${what} in ${page.engine.name}, ${page.profile.colorScheme}:\n${findingsText(findings)}`);
}
