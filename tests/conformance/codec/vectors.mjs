// Reading the golden vectors (tests/vectors/README.md), and running the codec that was compiled to WebAssembly.
//
//   node vectors.mjs --update CODEC_JS FILE...    rewrite the "out" lines of vector files with what the codec says
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import path from "node:path";

export const vectorsDir = fileURLToPath(new URL("../../vectors/", import.meta.url));
const folders = ["chat", "eio", "json", "media", "msg", "sio"];

// A quoted string as outcomes and inputs have it, from its opening quote on: [bytes, length of the text].
export function unquote(text) {
    const escapes = { n: 10, r: 13, t: 9, '"': 34, "\\": 92 };
    const bytes = [];
    let at = 1;
    while (text[at] !== '"') {
        if (at >= text.length) {
            throw new Error(`unterminated string: ${text}`);
        }
        if (text[at] !== "\\") {
            bytes.push(text.charCodeAt(at++));
        } else if (text[at + 1] === "x") {
            bytes.push(parseInt(text.slice(at + 2, at + 4), 16));
            at += 4;
        } else {
            bytes.push(escapes[text[at + 1]]);
            at += 2;
        }
    }
    return [Buffer.from(bytes), at + 1];
}

function parseInput(text) {
    const pieces = [];
    let rest = text;
    for (;;) {
        let bytes;
        if (rest.startsWith('"')) {
            const [piece, n] = unquote(rest);
            bytes = piece;
            rest = rest.slice(n);
        } else {
            const hex = /^hex:((?:[0-9a-f]{2})*)/.exec(rest);
            bytes = Buffer.from(hex[1], "hex");
            rest = rest.slice(hex[0].length);
        }
        const times = /^\*(\d+)/.exec(rest);
        for (let n = times ? Number(times[1]) : 1; n > 0; n--) {
            pieces.push(bytes);
        }
        rest = rest.slice(times ? times[0].length : 0);
        if (rest === "") {
            return Buffer.concat(pieces);
        }
        if (rest[0] !== "+") {
            throw new Error(`cannot read the input ${text}`);
        }
        rest = rest.slice(1);
    }
}

// The codec a file belongs to, by its place.
function codecOf(file) {
    return path.relative(vectorsDir, path.resolve(file)).replace(/\.txt$/, "");
}

// The cases of a file: {codec, name, input, out, ref, why, line}.
export function readVectors(file) {
    const cases = [];
    let current = null;
    readFileSync(file, "latin1").split("\n").forEach((text, index) => {
        const [, key, value] = /^(\S*) *(.*)$/.exec(text);
        if (key === "case") {
            current = { codec: codecOf(file), name: value, line: index + 1 };
            cases.push(current);
        } else if (key === "in") {
            current.input = parseInput(value);
        } else if (["out", "ref", "why"].includes(key)) {
            current[key] = value;
        } else if (key !== "" && !key.startsWith("#")) {
            throw new Error(`${file}:${index + 1}: unexpected line`);
        }
    });
    for (const c of cases) {
        if (!c.input || !c.out || !c.ref !== !c.why) {
            throw new Error(`${file}:${c.line}: ${c.name} is incomplete`);
        }
    }
    return cases;
}

// Every vector file there is, by codec.
export function vectorFiles() {
    return folders.flatMap((folder) => readdirSync(path.join(vectorsDir, folder))
        .filter((name) => name.endsWith(".txt"))
        .map((name) => path.join(vectorsDir, folder, name)));
}

// Load the runner; gives run(codec, bytes) -> outcome.
export async function loadCodec(codecJs) {
    const file = path.resolve(codecJs);
    const create = createRequire(import.meta.url)(file);
    const module = await create({ wasmBinary: readFileSync(file.replace(/\.js$/, ".wasm")) });
    return (codec, input) => {
        const text = Buffer.concat([Buffer.from(codec), input]);
        const buffer = module._runner_buffer(text.length);
        module.HEAPU8.set(text, buffer);
        const n = module._runner_run(buffer, codec.length, input.length);
        const at = module._runner_outcome();
        return Buffer.from(module.HEAPU8.subarray(at, at + n)).toString("latin1");
    };
}

if (process.argv[2] === "--update") {
    const run = await loadCodec(process.argv[3]);
    for (const file of process.argv.slice(4)) {
        const outcomes = readVectors(file).map((c) => run(c.codec, c.input));
        const text = readFileSync(file, "latin1");
        writeFileSync(file, text.replace(/^out .*$/gm, () => `out ${outcomes.shift()}`), "latin1");
    }
}
