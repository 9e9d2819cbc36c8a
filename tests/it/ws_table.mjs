// The table of WebSocket cases in tests/vectors/ws/cases.txt, made into bytes towards a server. The notation is
// described at its head; tests/support/ws_table.c reads it for the parser alone.
import { readFileSync } from "node:fs";

const KINDS = { cont: 0, text: 1, bin: 2, close: 8, ping: 9, pong: 10 };
const FIELDS_N = 3;

// A line that is read from its front.
class Text {
    constructor(s) {
        this.s = s;
    }

    take(pattern) {
        const match = new RegExp(`^(?:${pattern.source})`).exec(this.s);
        if (!match) return null;
        this.s = this.s.slice(match[0].length);
        return match;
    }

    must(pattern) {
        const match = this.take(pattern);
        if (!match) throw new Error(`${pattern} is wanted at "${this.s}"`);
        return match;
    }

    count(max) {
        const [, cap, sign, more, plain] = this.must(/(MAX)(?:([+-])(\d+))?|(\d+)/);
        if (!cap) return BigInt(plain);
        return BigInt(max) + (more ? BigInt(sign + more) : 0n);
    }
}

function quoted(s) {
    return Buffer.from(
        s.replace(/\\x([0-9a-f]{2})|\\(.)/g, (_, hex, c) => (hex ? String.fromCharCode(parseInt(hex, 16)) : c)),
        "latin1",
    );
}

// { bytes, failAt }, failAt 0 when it is nowhere in it.
function takePayload(t, max) {
    const parts = [];
    let n = 0;
    let failAt = 0;
    t.must(/\(\s*/);
    while (!t.take(/\s*\)/)) {
        t.take(/\s*/);
        if (t.take(/\^/)) {
            failAt = n;
            continue;
        }
        const [, text, code, hex] = t.must(/"((?:[^"\\]|\\.)*)"|@(\d+)|((?:[0-9a-f]{2})+)/);
        let bytes;
        if (text !== undefined) bytes = quoted(text);
        else if (code !== undefined) bytes = Buffer.from([code >> 8, code & 255]);
        else bytes = Buffer.from(hex, "hex");
        if (t.take(/\*/)) bytes = Buffer.concat(Array(Number(t.count(max))).fill(bytes));
        parts.push(bytes);
        n += bytes.length;
    }
    return { bytes: Buffer.concat(parts), failAt };
}

function takeFrame(t, kind, max) {
    const frame = { opcode: KINDS[kind] ?? parseInt(kind.slice(2), 16), more: false, rsv: 0 };
    while (t.take(/\//)) {
        const [, word, set] = t.must(/([a-z]+(?:16|64)?)(=)?/);
        if (word === "more" || word === "badmask") frame[word] = true;
        else if (word === "rsv") frame.rsv = Number(t.must(/[1-7]/)[0]);
        else if (word === "len16" || word === "len64") frame.lengthBytes = word === "len16" ? 2 : 8;
        else if (word === "frag" && set) frame.fragment = Number(t.count(max));
        else if (word === "says" && set) frame.says = t.count(max);
        else if (word === "key" && set) frame.key = Buffer.from(t.must(/[0-9a-f]{8}/)[0], "hex");
        else throw new Error(`unknown modifier /${word}`);
    }
    return frame;
}

function header(frame, n, masked) {
    const announced = frame.says ?? BigInt(n);
    const lengthBytes = frame.lengthBytes ?? (announced > 65535n ? 8 : announced > 125n ? 2 : 0);
    const bytes = Buffer.alloc(2 + lengthBytes);
    bytes[0] = (frame.more ? 0 : 0x80) | (frame.rsv << 4) | frame.opcode;
    bytes[1] = (masked ? 0x80 : 0) | (lengthBytes === 8 ? 127 : lengthBytes === 2 ? 126 : Number(announced));
    if (lengthBytes === 8) bytes.writeBigUInt64BE(announced, 2);
    if (lengthBytes === 2) bytes.writeUInt16BE(Number(announced), 2);
    return bytes;
}

// The bytes of a case, one frame after the other.
class Wire {
    constructor(prefix) {
        this.prefix = Buffer.from(prefix);
        this.parts = [];
        this.n = 0;
        this.framesN = 0;
        this.failAt = 0;
        this.raw = false;
        this.insideFrame = false; // the last frame announces more than there is
        this.closeAt = 0; // where the first close frame ends
    }

    put(bytes) {
        this.parts.push(bytes);
        this.n += bytes.length;
    }

    putFrame(frame, payload) {
        const key = frame.key ?? Buffer.from([0x37, 0xfa, 0x21, (0x3d + this.framesN) & 255]);
        const masked = !frame.badmask;
        this.framesN++;
        this.put(header(frame, payload.length, masked));
        if (masked) this.put(key);
        this.put(masked ? payload.map((byte, i) => byte ^ key[i & 3]) : payload);
        if (frame.opcode === KINDS.close) this.closeAt ||= this.n;
        this.insideFrame = frame.says !== undefined && frame.says > BigInt(payload.length);
    }

    putFrames(frame, { bytes, failAt }) {
        const step = frame.fragment ?? bytes.length;
        let { opcode } = frame;
        let at = 0;
        do {
            const part = bytes.subarray(at, at + step);
            const more = frame.more || at + step < bytes.length;
            const prefix = opcode === KINDS.text ? this.prefix : Buffer.alloc(0);
            const says = frame.says === undefined ? undefined : frame.says + BigInt(prefix.length);
            this.putFrame({ ...frame, opcode, more, says }, Buffer.concat([prefix, part]));
            if (failAt > at && failAt <= at + part.length) this.failAt = this.n - (at + part.length - failAt);
            opcode = KINDS.cont;
            at += part.length;
        } while (at < bytes.length);
    }
}

function takeInput(s, { max, prefix }) {
    const t = new Text(s.trim());
    const wire = new Wire(prefix);
    while (t.take(/\s*/) && t.s !== "") {
        if (t.take(/\^/)) {
            wire.failAt = wire.n;
            continue;
        }
        const frame = t.take(/([a-z]\w*)(?=[/(])/);
        if (frame) {
            const own = max - (frame[1] === "text" ? prefix.length : 0);
            const settings = takeFrame(t, frame[1], own);
            const payload = takePayload(t, own);
            const n = t.take(/\*/) ? Number(t.count(max)) : 1;
            for (let i = 0; i < n; i++) wire.putFrames(settings, payload);
        } else {
            const bytes = Buffer.from(t.must(/(?:[0-9a-f]{2})+/)[0], "hex");
            const n = t.take(/\*/) ? Number(t.count(max)) : 1;
            for (let i = 0; i < n; i++) wire.put(bytes);
            wire.raw = true;
        }
    }
    return wire;
}

// { events: [{ kind, code, data }], fail: code or null }
function takeEvents(s, { max, prefix }) {
    const t = new Text(s.trim());
    const events = [];
    let fail = null;
    while (t.take(/\s*/) && t.s !== "") {
        const [, code, kind] = t.must(/fail\s+(\d+)|([a-z]+)/);
        if (code) {
            fail = Number(code);
            continue;
        }
        const { bytes } = takePayload(t, max - (kind === "text" ? prefix.length : 0));
        const event = { kind, data: bytes };
        if (kind === "close") {
            event.code = bytes.length === 0 ? 1005 : bytes.readUInt16BE(0);
            event.data = bytes.subarray(2);
        }
        const n = t.take(/\*/) ? Number(t.count(max)) : 1;
        for (let i = 0; i < n; i++) events.push(event);
    }
    return { events, fail };
}

function choices(group) {
    const range = /^(\d+)\.\.(\d+)$/.exec(group);
    if (!range) return group.split(",");
    const [low, high] = [Number(range[1]), Number(range[2])];
    return Array.from({ length: high - low + 1 }, (_, i) => String(low + i));
}

// The cases of a line, its groups going in step.
function expand(line) {
    const groups = [...line.matchAll(/\{([^#}][^}]*)\}/g)].map((match) => choices(match[1]));
    const n = groups.length === 0 ? 1 : groups[0].length;
    if (groups.some((group) => group.length !== n)) throw new Error(`groups of different lengths: ${line}`);
    return Array.from({ length: n }, (_, i) => {
        let g = 0;
        return line.replace(/\{([^}]*)\}/g, (_, group) => (group === "#" ? String(i + 1) : groups[g++][i]));
    });
}

// Every case for a server: { name, bytes, failAt, raw, insideFrame, closeAt, events, fail }. prefix is put before every
// text message, within the same cap and the same number of frames.
export function readTable(path, { max = 65536, prefix = "" } = {}) {
    const names = [];
    const cases = [];
    for (const [i, line] of readFileSync(path, "utf8").split("\n").entries()) {
        const definition = /^let (\$\w+) = (.*)$/.exec(line);
        if (definition) names.push([definition[1], definition[2].trim()]);
        if (definition || line.trim() === "" || line.startsWith("#")) continue;
        try {
            const whole = names.reduce((s, [name, text]) => s.replaceAll(name, () => text), line);
            for (const one of expand(whole)) {
                const fields = one.split("|");
                if (fields.length !== FIELDS_N) throw new Error("not a case");
                const name = fields[0].trim();
                if (name.startsWith("client.")) continue;
                const wire = takeInput(fields[1], { max, prefix });
                const { failAt, raw, insideFrame, closeAt } = wire;
                const bytes = Buffer.concat(wire.parts);
                cases.push({ name, bytes, failAt, raw, insideFrame, closeAt, ...takeEvents(fields[2], { max, prefix }) });
            }
        } catch (error) {
            throw new Error(`${path}, line ${i + 1}: ${error.message}`, { cause: error });
        }
    }
    return cases;
}
