// An oracle for the vectors of the chat: JSON.parse, and the fields of each event as the contract has them, written down once more
// by hand. There is no reference implementation: what we refuse is ours to say, and what we take must come out as it went in.
import assert from "node:assert/strict";

const fields = {
    auth: ["token"],
    resume: ["epoch", "rooms"],
    send: ["room", "cid", "text", "reply_to", "files", "alts"],
    edit: ["room", "seq", "rev", "text"],
    delete: ["room", "seq"],
    react: ["room", "seq", "emoji", "on"],
    history: ["room", "before", "after", "around", "limit"],
    sync: ["room", "after"],
    read: ["room", "seq", "on"],
    notify: ["room", "notify"],
    draft: ["room", "text", "reply_to", "rev"],
    typing: ["room", "on"],
    rooms: ["q", "after", "limit", "browse"],
    "room.create": ["name", "kind", "topic"],
    "room.join": ["room", "invite"],
    "room.leave": ["room"],
    "room.invite": ["room", "user", "seconds", "uses", "role"],
    "room.invites": ["room"],
    "room.revoke": ["room", "invite_id"],
    "room.kick": ["room", "user"],
    "room.ban": ["room", "user", "on", "seconds"],
    "room.mute": ["room", "user", "on", "seconds"],
    "room.role": ["room", "user", "role"],
    "room.update": ["room", "name", "topic", "archived", "slow"],
    "room.bans": ["room", "after", "limit"],
    report: ["room", "seq", "reason"],
    reports: ["room", "after", "limit"],
    "report.close": ["room", "report_id", "outcome"],
    "room.members": ["room", "after", "limit"],
    dm: ["user"],
    block: ["user", "on"],
    blocks: [],
    users: ["q", "limit"],
    presence: ["state", "watch"],
    search: ["q", "room", "from", "before", "limit", "last_room", "last_seq"],
    user: ["user"],
    profile: ["display", "status", "name", "bio", "zone"],
};

const members = {
    user: ["id", "name", "display", "status", "role", "bot", "avatar", "bio", "zone", "room_role", "presence", "muted_until"],
    message: ["room", "seq", "cid", "from", "text", "ts", "rev", "edited_ts", "deleted", "reply_to", "reactions", "files", "ranges"],
    files: ["id", "name", "size", "type", "width", "height", "alt"],
    room: ["id", "kind", "name", "topic", "with", "archived", "slow", "seq", "ev", "min_seq", "members", "joined", "room_role", "read_seq",
        "unread", "mentions", "notify", "muted", "muted_until", "delta", "reset"],
    event: ["room", "ev", "kind", "actor", "ts", "message", "user", "change", "role", "until", "state"],
};
const inside = { from: "user", user: "user", with: "user", message: "message", files: "files", messages: "message", delta: "event", state: "room" };
// What is written where nothing was given.
const absent = (value) => [0, "", false, "guest", "member", "public", "all", "join"].includes(value) ||
    (typeof value === "object" && Object.values(value).every(absent));
// What need not be written though it was given: nothing, and what goes with something else that is not there.
const left = (kind, key, value, whole) => value === 0 || value === "" || value === false || value?.length === 0 ||
    (kind === "user" && ["room_role", "muted_until"].includes(key) && !whole.presence) ||
    (kind === "user" && ["role"].includes(key)) || (kind === "user" && key === "zone" && typeof whole.bio !== "string") ||
    (kind === "files" && ["width", "height"].includes(key) && !(whole.width && whole.height)) ||
    (kind === "event" && ["role", "until", "user", "change"].includes(key)) ||
    (kind === "room" && key === "delta" && whole.reset) || (kind === "state" && ["delta", "reset"].includes(key));

const wellFormed = (text) => Buffer.from(text, "utf8").toString("utf8");

// Ours is what was given, but for what we do not know and for what is nothing.
function covers(kind, ours, given, where) {
    if (Array.isArray(ours)) {
        assert.equal(ours.length, given.length, where);
        ours.forEach((value, i) => covers(kind, value, given[i], `${where}[${i}]`));
        return;
    }
    if (ours === null || typeof ours !== "object") {
        assert.equal(ours, typeof given === "string" ? wellFormed(given) : given, where);
        return;
    }
    for (const [key, value] of Object.entries(ours)) {
        if (given[key] === undefined || given[key] === null) {
            assert.ok(absent(value) || key === "messages" || (key === "muted" && value === (ours.notify === "none")), `${where}.${key}`);
        } else {
            covers(key === "state" ? "state" : (inside[key] ?? key), value, given[key], `${where}.${key}`);
        }
    }
    for (const key of members[kind === "state" ? "room" : kind] ?? []) {
        const value = given[key];
        assert.ok(key in ours || value === undefined || value === null || left(kind, key, value, given), `${where}.${key} is lost`);
    }
}

// The checks by codec, as in oracle.test.mjs: tools are its decodeText, fieldsOf and Refused.
export function chatChecks({ decodeText, fieldsOf, Refused }) {
    const parsedOut = (out) => {
        if (out.startsWith("err")) {
            throw new Refused();
        }
        const { json } = fieldsOf(out.replace(/ (?:limit|on)=\w+/g, ""));
        return json === null ? null : JSON.parse(json.toString("utf8"));
    };
    const request = ({ input, out }) => {
        const ours = parsedOut(out);
        const text = decodeText(input);
        const event = text.split(" ", 1)[0];
        const given = JSON.parse(text.slice(event.length + 1) || "{}");
        const has = (key) => given[key] !== undefined && given[key] !== null;
        assert.equal(/ limit=50/.test(out), fields[event].includes("limit") && !has("limit"));
        assert.equal(/ on=/.test(out), fields[event].includes("on") && !has("on"));
        assert.ok(!out.includes(" on=") || out.includes(` on=${event !== "read"}`));
        if (ours === null) {
            return; /* too long to be shown */
        }
        const expected = {};
        for (const key of fields[event].filter(has)) {
            expected[key] = key === "cid" ? given.cid.toLowerCase()
                : ["text", "reason", "bio"].includes(key) ? wellFormed(given[key]).replace(/\r\n?/g, "\n")
                    : typeof given[key] === "string" ? wellFormed(given[key]) : given[key];
        }
        assert.deepEqual(ours, expected);
        assert.deepEqual(Object.keys(ours), Object.keys(expected));
    };
    const object = (kind) => ({ input, out }) => {
        const ours = parsedOut(out);
        if (ours !== null) {
            covers(kind, ours, JSON.parse(decodeText(input)), kind);
        }
    };
    return {
        "chat/request_message": request,
        "chat/request_room": request,
        "chat/request_user": request,
        "chat/user": object("user"),
        "chat/message": object("message"),
        "chat/room": object("room"),
        "chat/event": object("event"),
        "chat/refusal"({ input, out }) {
            const [, code, field, wait, words] = /^(\S+) (\S+) (\d+) ?(.*)$/.exec(decodeText(input));
            const { ok, error } = parsedOut(out);
            assert.equal(ok, false);
            assert.equal(error.code, code);
            assert.equal(error.field, field === "-" ? undefined : field);
            assert.equal(error.retry_after_ms, wait === "0" ? undefined : Number(wait));
            assert.ok(["same", "new", "never"].includes(error.retry));
            assert.ok(!words || error.message.endsWith(words));
        },
    };
}
