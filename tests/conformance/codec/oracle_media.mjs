// An oracle for the vectors of media: the same formats, read once more by hand.
import assert from "node:assert/strict";

const PASSIVE = /^(?:image\/(?:png|jpeg|gif|webp)|text\/plain|video\/(?:mp4|webm|ogg)|audio\/(?:mp4|ogg|mpeg|wav|flac))$/;
const sides = (width, height) => (width > 0 && height > 0 && Math.max(width, height) <= 65535 ? { width, height } : {});

function orientationOf(tiff) {
    const order = tiff.toString("latin1", 0, 4);
    const little = order === "II*\0";
    if (!little && order !== "MM\0*") return 0;
    const u16 = (at) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
    const start = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
    for (let i = 0; i < u16(start); i++) {
        const at = start + 2 + 12 * i;
        if (at + 12 > tiff.length) return 0;
        if (u16(at) === 0x112) return u16(at + 8);
    }
    return 0;
}

function jpeg(b) {
    let turned = false;
    for (let at = 2; ; ) {
        if (b[at] !== 0xff) return {};
        const marker = b[at + 1];
        if (marker === 0xff) at += 1;
        else if (marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
        else {
            const length = b.readUInt16BE(at + 2);
            if ([0xd9, 0xda].includes(marker) || length < 2) return {};
            if ((marker & 0xf0) === 0xc0 && ![0xc4, 0xc8, 0xcc].includes(marker)) {
                const [height, width] = [b.readUInt16BE(at + 5), b.readUInt16BE(at + 7)];
                return turned ? sides(height, width) : sides(width, height);
            }
            const body = b.subarray(at + 4, at + 2 + length);
            if (marker === 0xe1 && body.toString("latin1", 0, 6) === "Exif\0\0" && body.length === length - 2) {
                turned = none(() => orientationOf(body.subarray(6)), 0) >= 5;
            }
            at += 2 + length;
        }
    }
}

function webp(b) {
    const kind = b.toString("latin1", 12, 16);
    if (kind === "VP8X") return sides(b.readUIntLE(24, 3) + 1, b.readUIntLE(27, 3) + 1);
    if (kind === "VP8L" && b[20] === 0x2f) {
        const bits = b.readUInt32LE(21);
        return sides((bits % 16384) + 1, (Math.floor(bits / 16384) % 16384) + 1);
    }
    if (kind === "VP8 " && b.readUIntBE(23, 3) === 0x9d012a) {
        return sides(b.readUInt16LE(26) % 16384, b.readUInt16LE(28) % 16384);
    }
    return {};
}

// What reads beyond the end has no answer.
function none(read, nothing = {}) {
    try {
        return read();
    } catch (error) {
        if (error.code === "ERR_OUT_OF_RANGE" || error.code === "ERR_BUFFER_OUT_OF_BOUNDS") return nothing;
        throw error;
    }
}

function isoType(b) {
    const types = { avif: "image/avif", avis: "image/avif", heic: "image/heic", heix: "image/heic", mif1: "image/heif", msf1: "image/heif",
        "M4A ": "audio/mp4", "M4B ": "audio/mp4", "qt  ": "video/quicktime" };
    return types[b.toString("latin1", 8, 12)] ?? "video/mp4";
}

function isText(b) {
    try {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(b);
        return !/[\0-\x08\x0b\x0e-\x1f\x7f]/.test(text) && !/^[ \t-\r]*</.test(text);
    } catch {
        return false;
    }
}

function typeOf(b) {
    const s = b.toString("latin1");
    if (s.startsWith("\x89PNG\r\n\x1a\n")) {
        return ["image/png", none(() => (s.slice(12, 16) === "IHDR" ? sides(b.readUInt32BE(16), b.readUInt32BE(20)) : {}))];
    }
    if (s.startsWith("\xff\xd8\xff")) return ["image/jpeg", none(() => jpeg(b))];
    if (/^GIF8[79]a/.test(s)) return ["image/gif", none(() => sides(b.readUInt16LE(6), b.readUInt16LE(8)))];
    if (/^RIFF[^]{4}WEBP/.test(s)) return ["image/webp", none(() => webp(b))];
    if (/^RIFF[^]{4}WAVE/.test(s)) return ["audio/wav"];
    if (s.startsWith("%PDF-")) return ["application/pdf"];
    if (s.slice(4, 8) === "ftyp") return [isoType(b)];
    if (s.startsWith("\x1aE\xdf\xa3")) return [/^[^]{4,59}B\x82\x84webm/.test(s) ? "video/webm" : "video/x-matroska"];
    if (s.startsWith("OggS")) return [s.slice(28, 35) === "\x80theora" ? "video/ogg" : "audio/ogg"];
    if (s.startsWith("fLaC")) return ["audio/flac"];
    if (s.startsWith("PK\x03\x04")) return ["application/zip"];
    if (s.startsWith("\x1f\x8b\x08")) return ["application/gzip"];
    if (s.startsWith("ID3")) return ["audio/mpeg"];
    if (/^\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]/.test(s) && (b[2] & 0x0c) !== 0x0c) return ["audio/mpeg"];
    return [isText(b) ? "text/plain" : "application/octet-stream"];
}

const DROPPED = /[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

function nameOf(given) {
    const part = given.replace(/^.*[/\\]/su, "").replace(DROPPED, "").replace(/[<>:"|?*]/gu, "_");
    let chars = [...part.replace(/^[ .]+/u, "")];
    if (chars.length > 200) {
        const ending = /\.[^.]*$/u.exec(part)?.[0] ?? "";
        const n = [...ending].length;
        chars = n > 0 && n <= 16 ? [...chars.slice(0, 200 - n), ...ending] : chars.slice(0, 200);
    }
    return chars.join("").replace(/[ .]+$/u, "") || "file";
}

export function mediaChecks({ decodeText, fieldsOf }) {
    return {
        "media/type"({ input, out }) {
            const [type, { width, height } = {}] = typeOf(input);
            const size = width ? ` width=${width} height=${height}` : "";
            assert.equal(out, `ok type=${type}${size}${PASSIVE.test(type) ? " passive=yes" : ""}`);
        },
        "media/name"({ input, out }) {
            const { name } = fieldsOf(out.slice("ok ".length));
            if (name !== null) assert.equal(name.toString("utf8"), nameOf(decodeText(input)));
        },
    };
}
