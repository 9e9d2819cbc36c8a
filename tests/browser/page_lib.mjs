// What the files of page tests share beyond lib.mjs: one browser for all tests of the file, closed behind the last of them.
import { after, before, test } from "node:test";
import { OURS_ONLY, launch } from "./lib.mjs";

export * from "./lib.mjs";

const cleanup = [];
export let browser;
before(async () => {
    browser = await launch({ after: (f) => cleanup.push(f) });
});
after(async () => {
    for (const f of cleanup) await f();
});

export const pageTest = (name, f) => test(name, { skip: OURS_ONLY }, f);
