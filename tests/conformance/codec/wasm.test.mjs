// The codec compiled to WebAssembly gives every golden vector the outcome the native one gives.
//   node wasm.test.mjs CODEC_JS
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { loadCodec, readVectors, vectorFiles } from "./vectors.mjs";

const run = await loadCodec(process.argv[2]);

for (const file of vectorFiles()) {
    const cases = readVectors(file);
    test(`${cases[0].codec}: ${cases.length} cases`, () => {
        const wrong = cases
            .map((c) => ({ where: `${path.basename(file)}:${c.line} ${c.name}`, expected: c.out, got: run(c.codec, c.input) }))
            .filter((c) => c.got !== c.expected);
        assert.deepEqual(wrong, []);
    });
}

test("an unknown codec has no outcome", () => {
    assert.equal(run("no/such", Buffer.from("x")), "");
});
