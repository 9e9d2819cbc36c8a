// The golden vectors against the reference implementations: engine.io-parser, socket.io-parser, JSON and Date. Where a
// case says "ref", the reference must do that instead of what our outcome says; everywhere else both must agree.
//   node oracle.test.mjs      the packages come from tests/node_modules, or from the folder TINCAN_NODE_MODULES
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import test from "node:test";
import { chatChecks } from "./oracle_chat.mjs";
import { mediaChecks } from "./oracle_media.mjs";
import { readVectors, unquote, vectorFiles } from "./vectors.mjs";

const modules = process.env.TINCAN_NODE_MODULES;
const require = createRequire(modules ? path.join(path.resolve(modules), "..", "oracle.js") : import.meta.url);
const engine = require("engine.io-parser");
const socket = require("socket.io-parser");

// The text a transport would hand over; bytes that are no UTF-8 never come that far.
const decodeText = (input) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input);
// String.prototype.toWellFormed came with node 20.
const wellFormed = (text) => Buffer.from(text, "utf8").toString("utf8");
const quote = (bytes) => `"${[...bytes].map((b) => (b === 34 || b === 92 ? `\\${String.fromCharCode(b)}`
    : b >= 32 && b <= 126 ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, "0")}`)).join("")}"`;

// The fields of an outcome: label -> bytes of a quoted string, null for one too long to be shown, or bare text.
function fieldsOf(outcome) {
    const fields = {};
    let rest = outcome;
    for (;;) {
        const label = /^(\w+)=?/.exec(rest);
        if (!label) {
            assert.equal(rest, "");
            return fields;
        }
        rest = rest.slice(label[0].length);
        let value = "";
        if (label[0].endsWith("=")) {
            if (rest[0] === '"') {
                const [bytes, n] = unquote(rest);
                value = bytes;
                rest = rest.slice(n);
            } else {
                const bare = /^(?:<[^>]*>|\S*)/.exec(rest)[0];
                value = bare[0] === "<" ? null : bare;
                rest = rest.slice(bare.length);
            }
        }
        fields[label[1]] = value;
        rest = rest.trimStart();
    }
}

// Fails unless the outcome's field, when it is shown, holds this text.
function sameText(fields, label, text) {
    if (fields[label] !== null) {
        assert.equal(fields[label]?.toString("utf8"), text);
    }
}

function describeEngine(packet) {
    if (packet.type === "error") {
        return "err protocol violation";
    }
    const binary = Buffer.isBuffer(packet.data);
    const bytes = binary ? packet.data : Buffer.from(packet.data ?? "");
    return `${binary ? "binary" : packet.type} data=${quote(bytes)}`;
}

// What socket.io-parser makes of a packet, its attachments being 0, 1, 2 ... as one byte each.
function decodeSocket(text) {
    const decoder = new socket.Decoder();
    const packets = [];
    decoder.on("decoded", (packet) => packets.push(packet));
    decoder.add(text);
    for (let num = 0; packets.length === 0 && num < 20; num++) {
        decoder.add(Buffer.from([num]));
    }
    assert.equal(packets.length, 1);
    return packets[0];
}

// A parsed payload with the attachments in place.
function withAttachments(value) {
    if (value?._placeholder === true) {
        return Buffer.from([value.num]);
    }
    if (Array.isArray(value)) {
        return value.map(withAttachments);
    }
    if (value && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, withAttachments(v)]));
    }
    return value;
}

function encodeSocket(packet) {
    return new socket.Encoder().encode(packet)[0];
}

// codec -> function that throws where the reference refuses the case, and fails where its result is not our outcome.
class Refused extends Error {}
const refusing = (action) => {
    try {
        return action();
    } catch (error) {
        throw new Refused(error.message);
    }
};

const checks = {
    "eio/packet"({ input, out }) {
        const outcome = describeEngine(refusing(() => engine.decodePacket(decodeText(input), "nodebuffer")));
        if (outcome.startsWith("err")) {
            throw new Refused(outcome);
        }
        if (!out.includes("=<")) {
            assert.equal(`ok ${outcome}`, out);
        }
    },
    "eio/written"({ input }) {
        let text;
        engine.encodePacket(engine.decodePacket(decodeText(input), "nodebuffer"), false, (encoded) => {
            text = encoded;
        });
        assert.equal(text, decodeText(input));
    },
    "eio/payload"({ input, out }) {
        const packets = engine.decodePayload(decodeText(input), "nodebuffer");
        assert.equal(["ok", ...packets.map(describeEngine)].join(" | "), out);
    },
    // The reference client takes the open packet as JSON.parse gives it: only accepted ones can be compared.
    "eio/open"({ input, out }) {
        if (out.startsWith("err")) {
            throw new Refused();
        }
        const open = JSON.parse(decodeText(input));
        assert.equal(`ok sid="${open.sid}" websocket=${open.upgrades.includes("websocket") ? "yes" : "no"} ` +
            `interval=${open.pingInterval} timeout=${open.pingTimeout} payload=${open.maxPayload ?? 0}`, out);
    },
    "eio/open_written"({ input }) {
        const { sid, upgrades, pingInterval, pingTimeout, maxPayload } = JSON.parse(decodeText(input));
        assert.equal(JSON.stringify({ sid, upgrades, pingInterval, pingTimeout, maxPayload }), decodeText(input));
    },
    "sio/packet"({ input, out }) {
        const packet = refusing(() => decodeSocket(decodeText(input)));
        const fields = fieldsOf(out);
        // With its attachments in place a binary packet is an ordinary one.
        const place = fields.attachments ? withAttachments : (value) => value;
        assert.ok(`${fields.attachments ? "binary_" : ""}${socket.PacketType[packet.type].toLowerCase()}` in fields);
        assert.equal(packet.nsp, fields.nsp.toString("utf8"));
        assert.equal(packet.id === undefined ? undefined : String(packet.id), fields.id);
        if (fields.json === null) {
            return; /* too long to be shown */
        }
        const ours = fields.json && place(JSON.parse(fields.json));
        assert.deepEqual(packet.data, ours);
        const array = Array.isArray(ours) ? [...ours] : [];
        if (fields.event) {
            assert.deepEqual(JSON.parse(fields.event), array.shift());
        }
        assert.deepEqual(place(JSON.parse(`[${fields.args ?? ""}]`)), array);
    },
    "sio/written"({ input }) {
        assert.equal(encodeSocket(decodeSocket(decodeText(input))), decodeText(input));
    },
    "json/typed"({ input }) {
        refusing(() => JSON.parse(decodeText(input)));
    },
    "json/relay"({ input }) {
        refusing(() => JSON.parse(decodeText(input)));
    },
    "json/string"({ input, out }) {
        const text = refusing(() => {
            const value = JSON.parse(decodeText(input));
            assert.equal(typeof value, "string");
            return value;
        });
        const fields = fieldsOf(out);
        sameText(fields, "text", text);
        sameText(fields, "quoted", JSON.stringify(text));
    },
    // There is no reference but what a page would write; what we refuse is ours to say.
    "msg/chat"({ input, out }) {
        if (out.startsWith("err")) {
            throw new Refused();
        }
        const fields = fieldsOf(out);
        const parsed = JSON.parse(decodeText(input));
        sameText(fields, "text", wellFormed(parsed.text));
        const timestamp = fields.timestamp === undefined ? undefined : Number(fields.timestamp);
        if (timestamp !== undefined) {
            assert.equal(timestamp, Math.trunc(new Date(parsed.timestamp).getTime()));
        }
        sameText(fields, "json", JSON.stringify({
            text: wellFormed(parsed.text),
            timestamp: timestamp === undefined ? undefined : new Date(timestamp).toISOString(),
            user: parsed.user || undefined,
            cid: parsed.cid || undefined,
        }));
    },
    ...mediaChecks({ decodeText, fieldsOf }),
    ...chatChecks({ decodeText, fieldsOf, Refused }),
};

// "ok", "err" or, when both accept and do not agree, "differs" and why.
function compare(c) {
    try {
        checks[c.codec](c);
        return ["ok"];
    } catch (error) {
        if (error instanceof Refused) {
            return ["err"];
        }
        if (error instanceof assert.AssertionError) {
            return ["differs", error.message];
        }
        throw error;
    }
}

for (const file of vectorFiles()) {
    const cases = readVectors(file);
    test(`${cases[0].codec}: ${cases.length} cases, ${cases.filter((c) => c.ref).length} differences on purpose`, () => {
        const wrong = [];
        for (const c of cases) {
            const accepted = !c.out.startsWith("err");
            const [verdict, detail] = compare(c);
            // Where we refuse and the reference does not, its result has nothing to be compared with.
            const got = !accepted && verdict === "differs" && c.ref !== "differs" ? "ok" : verdict;
            if (got !== (c.ref ?? (accepted ? "ok" : "err"))) {
                wrong.push(`${path.basename(file)}:${c.line} ${c.name}: the reference says ${got} ${detail ?? ""}`);
            }
        }
        assert.deepEqual(wrong, []);
    });
}
