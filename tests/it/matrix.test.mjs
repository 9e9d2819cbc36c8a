// The authorisation matrix: role on the server x relation to the room x kind of room x every action x transport, each of them
// asked, and held against the rules as matrix_rules.mjs says them once more. Then what no table says: what others' rooms leak.
// tincan-test: timeout=400
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { announceFile, getFile } from "./api_lib.mjs";
import { api, ask, chatSocket, IS_REFERENCE, OURS_ONLY, Poller, request, until } from "./lib.mjs";
import { expected, isMember, isVisible, ROLES, RULES } from "./matrix_rules.mjs";
import { newCid, Stage, TRANSPORTS } from "./matrix_stage.mjs";

const ours = { skip: OURS_ONLY };
const UNKNOWN_ROOM = 999_999_999;
const SHOWN = 25;
let stage;
const endings = [];
before(async () => {
    if (!IS_REFERENCE) stage = await Stage.open({ after: (f) => endings.push(f) });
});
after(async () => {
    for (const end of endings) await end();
});

// ---- the actions -------------------------------------------------------------------------------------------------------

// Each: { event, of(room, user): the payload, target?(room): the user it is about, undo?(room, user, reply): as it was before,
// done?: the code that says that it was allowed, else "ok" }.
// Those without an entry in `of` for a user (undefined) do not exist for that user: own messages of somebody who never was a member.
const back = (room) => stage.must(room.founder, "room.invite", { room: room.id, user: stage.pawn.id });
const pawn = () => stage.pawn;
const aboutPawn = (more) => (room) => ({ room: room.id, user: stage.pawn.id, ...more });
const aboutFounder = (more) => (room) => ({ room: room.id, user: room.founder.id, ...more });
const revs = new Map();

const ACTIONS = {
    history: { event: "history", of: (room) => ({ room: room.id, after: 0, limit: 5 }) },
    sync: { event: "sync", of: (room) => ({ room: room.id, after: 0 }) },
    "room.members": { event: "room.members", of: (room) => ({ room: room.id, limit: 5 }) },
    search: { event: "search", of: (room) => ({ q: room.mark, room: room.id }) },
    read: { event: "read", of: (room) => ({ room: room.id, seq: 1 }) },
    draft: { event: "draft", of: (room) => ({ room: room.id, text: "x" }) },
    "draft, asked for": { event: "draft", of: (room) => ({ room: room.id }) },
    "read, marked unread": { event: "read", of: (room) => ({ room: room.id, seq: 0, on: true }) },
    notify: { event: "notify", of: (room) => ({ room: room.id, notify: "all" }) },
    send: { event: "send", of: (room) => ({ room: room.id, cid: newCid(), text: `matrix ${room.mark}` }) },
    typing: { event: "typing", of: (room) => ({ room: room.id, on: true }) },
    react: { event: "react", of: (room) => ({ room: room.id, seq: room.founders, emoji: "👍", on: true }) },
    "edit own": {
        event: "edit",
        of: (room, user) => room.own.has(user.id) && {
            room: room.id, seq: room.own.get(user.id)[0], rev: revs.get(`${room.id} ${user.id}`) ?? 1, text: `edited ${room.mark}`,
        },
        undo: (room, user, reply) => revs.set(`${room.id} ${user.id}`, reply.rev),
    },
    "edit pawn's": { event: "edit", of: (room) => ({ room: room.id, seq: room.pawns[0], rev: 1, text: "forged" }) },
    "delete own": { event: "delete", of: (room, user) => room.own.has(user.id) && { room: room.id, seq: room.own.get(user.id)[1] } },
    "delete pawn's": { event: "delete", of: (room) => ({ room: room.id, seq: room.pawns[1] }), target: pawn },
    "delete founder's": { event: "delete", of: (room, user) => user !== room.founder && { room: room.id, seq: room.founders } },
    "room.invite pawn": { event: "room.invite", of: aboutPawn(), target: pawn },
    "room.invite recluse": { event: "room.invite", of: (room) => ({ room: room.id, user: stage.recluse.id }) },
    "room.invite link": {
        event: "room.invite", of: (room) => ({ room: room.id, seconds: 60, uses: 1 }),
        undo: (room, user, reply) => stage.must(room.founder, "room.revoke", { room: room.id, invite_id: reply.invite.id }),
    },
    "room.bans": { event: "room.bans", of: (room) => ({ room: room.id }) },
    // What the pawn said is reported by everybody, and what everybody said by himself; closing one that is not there.
    report: { event: "report", of: (room) => ({ room: room.id, seq: room.pawns[0], reason: "matrix" }) },
    "report own": {
        event: "report", of: (room, user) => room.own.has(user.id) && { room: room.id, seq: room.own.get(user.id)[0], reason: "matrix" },
    },
    reports: { event: "reports", of: (room) => ({ room: room.id, limit: 5 }) },
    "report.close": {
        event: "report.close", of: (room) => ({ room: room.id, report_id: 999_999_999, outcome: "handled" }), done: "not_found",
    },
    "room.invites": { event: "room.invites", of: (room) => ({ room: room.id }) },
    // Of an invitation that is not there; matrix_more revokes real ones.
    "room.revoke": { event: "room.revoke", of: (room) => ({ room: room.id, invite_id: 999_999_999 }), done: "not_found" },
    "room.kick pawn": { event: "room.kick", of: aboutPawn(), target: pawn, undo: back },
    "room.kick founder": { event: "room.kick", of: aboutFounder() },
    "room.ban pawn": {
        event: "room.ban", of: aboutPawn({ on: true, seconds: 600 }), target: pawn,
        undo: async (room) => {
            await stage.must(room.founder, "room.ban", { room: room.id, user: stage.pawn.id, on: false });
            await back(room);
        },
    },
    "room.ban founder": { event: "room.ban", of: aboutFounder({ on: true }) },
    "room.mute pawn": {
        event: "room.mute", of: aboutPawn({ on: true, seconds: 600 }), target: pawn,
        undo: (room) => stage.must(room.founder, "room.mute", { room: room.id, user: stage.pawn.id, on: false }),
    },
    "room.mute founder": { event: "room.mute", of: aboutFounder({ on: true }) },
    "room.role pawn": { event: "room.role", of: aboutPawn({ role: "member" }), target: pawn },
    "room.role founder": { event: "room.role", of: aboutFounder({ role: "member" }) },
    "room.role self": { event: "room.role", of: (room, user) => ({ room: room.id, user: user.id, role: "owner" }) },
    "room.update topic": { event: "room.update", of: (room) => ({ room: room.id, topic: `topic ${room.mark}` }) },
    "room.update slow": { event: "room.update", of: (room) => ({ room: room.id, slow: 0 }) },
    "room.update archived": { event: "room.update", of: (room) => ({ room: room.id, archived: Boolean(room.archived) }) },
};

// Ask each action of everybody in every room; rooms at the same time, within a room one after the other. Gives what was not as the
// rules have it, and how many were asked.
async function askAll(actions, transport, seen = () => {}) {
    const wrong = [];
    let n = 0;
    const lane = async (room) => {
        for (const user of room.users) {
            for (const [name, action] of Object.entries(actions)) {
                const payload = action.of(room, user);
                if (!payload) continue;
                const allowed = expected(name, room, user, action.target?.(room));
                const reply = await ask(user.sockets[transport], action.event, payload);
                const got = reply.ok ? "ok" : reply.error?.code;
                n++;
                const fits = allowed[0] === "ok" ? got === (action.done ?? "ok") : allowed.includes(got);
                if (!fits) {
                    const what = JSON.stringify(reply).slice(0, 200);
                    wrong.push(`${user.name} (${user.relation}), ${room.name}, ${name}: ${got}, not ${allowed.join(" or ")} ${what}`);
                }
                if (reply.ok) await action.undo?.(room, user, reply);
                seen(room, user, name, reply);
            }
        }
    };
    await Promise.all(stage.rooms.map(lane));
    return { wrong, n };
}

function judge(t, { wrong, n }) {
    t.diagnostic(`${n} checks`);
    assert.ok(wrong.length === 0, `${wrong.length} of ${n} are not as the rules have them:\n${wrong.slice(0, SHOWN).join("\n")}`);
}

test("the rules have an action for everything that the table of events has", ours, () => {
    const covered = new Set(Object.keys(ACTIONS));
    const elsewhere = ["rest", "files", "upload", "room.join", "room.join by name", "room.leave"];
    assert.deepEqual(Object.keys(RULES).filter((name) => !covered.has(name) && !elsewhere.includes(name)), []);
});

// What was answered about rooms that the asker may not know of.
const hidden = [];
for (const transport of TRANSPORTS) {
    test(`every action of everybody, over ${transport}`, ours, async (t) => {
        const result = await askAll(ACTIONS, transport, (room, user, name, reply) => {
            if (!isVisible(room, user)) hidden.push({ room, user, name, reply, transport });
        });
        judge(t, result);
        assert.ok(result.n > stage.users.length * 100, `only ${result.n}`);
    });
}

test("every action in a room one may not know of is answered as in a room that is not there", ours, async (t) => {
    const wrong = [];
    let n = 0;
    for (const { room, user, name, reply, transport } of hidden) {
        const payload = { ...ACTIONS[name].of(room, user), room: UNKNOWN_ROOM };
        const unknown = await ask(user.sockets[transport], ACTIONS[name].event, payload);
        n++;
        if (JSON.stringify(unknown) !== JSON.stringify(reply)) {
            const what = `${transport} ${user.name} ${room.name} ${name}`;
            wrong.push(`${what}: ${JSON.stringify(reply)}; of no room at all: ${JSON.stringify(unknown)}`);
        }
    }
    judge(t, { wrong, n });
    assert.ok(n > stage.users.length * 50, `only ${n}`);
});

test("history over REST, and what is not there", ours, async (t) => {
    const wrong = [];
    let n = 0;
    const get = (user, id) => api(stage.server, "GET", `/rooms/${id}/messages?limit=5`, { token: user.token });
    for (const room of stage.rooms) {
        for (const user of room.users) {
            const answer = await get(user, room.id);
            const [want] = expected("rest", room, user);
            const status = { ok: 200, not_found: 404, banned: 403 }[want];
            n++;
            if (answer.status !== status || (want !== "ok" && answer.body?.error?.code !== want)) {
                wrong.push(`${user.name} (${user.relation}), ${room.name}: ${answer.status} ${answer.text.slice(0, 200)}, not ${want}`);
            }
            if (want === "not_found") {
                const unknown = await get(user, UNKNOWN_ROOM);
                if (unknown.status !== answer.status || unknown.text !== answer.text) {
                    wrong.push(`${user.name}, ${room.name}: ${answer.text}; of no room: ${unknown.text}`);
                }
            }
        }
        for (const token of [undefined, "x", `${stage.founder.token}x`]) {
            const answer = await api(stage.server, "GET", `/rooms/${room.id}/messages`, { token });
            n++;
            if (answer.status !== 401) wrong.push(`without a token, ${room.name}: ${answer.status}`);
        }
    }
    judge(t, { wrong, n });
});

test("files: who may read one, by token and by cookie, and who may upload one", ours, async (t) => {
    const wrong = [];
    let n = 0;
    const unknown = await getFile(stage.server, stage.founder, 424242);
    assert.equal(unknown.status, 404);
    for (const room of stage.rooms) {
        for (const user of room.users) {
            const complain = (what) => wrong.push(`${user.name} (${user.relation}), ${room.name}: ${what}`);
            const cookie = /tincan_files=[^;]+/.exec(user.cookie)[0];
            const may = expected("files", room, user)[0] === "ok";
            for (const who of [{ token: user.token }, { cookie }]) {
                const answer = await getFile(stage.server, who, room.file.id);
                n++;
                if (may && answer.body !== `inside ${room.mark}`) complain(`${answer.status} ${answer.body}`);
                if (!may && (answer.status !== 404 || answer.body !== unknown.body)) complain(`${answer.status} ${answer.body}`);
            }
            const allowed = expected("upload", room, user);
            const answer = await announceFile(stage.server, user, { name: "x", size: 1, room: room.id });
            const got = answer.status === 201 ? "ok" : answer.body.error.code;
            n++;
            if (!allowed.includes(got)) complain(`an upload is ${got}, not ${allowed.join(" or ")}`);
            if (got !== "ok") continue;
            const { id } = answer.body.file;
            const others = await api(stage.server, "GET", `/files/${id}/upload`, { token: stage.pawn.token });
            if (others.status !== 404) complain(`somebody else sees the upload: ${others.text}`);
            await api(stage.server, "DELETE", `/files/${id}`, { token: user.token });
        }
    }
    judge(t, { wrong, n });
    assert.ok(n > stage.users.length * 12, `only ${n}`);
});

// ---- what lists and searches tell ------------------------------------------------------------------------------------------

test("room lists, resume and searches tell nobody of rooms he may not know of", ours, async (t) => {
    const wrong = [];
    let n = 0;
    for (const user of stage.users) {
        for (const transport of TRANSPORTS) {
            const socket = user.sockets[transport];
            const everything = [];
            for (let after = 0; ; ) {
                const reply = await ask(socket, "rooms", { after, limit: 100 });
                everything.push(reply);
                const ids = reply.rooms.map(({ id }) => id);
                if (ids.length === 0) break;
                after = Math.max(...ids);
            }
            const listed = new Set(everything.flatMap(({ rooms }) => rooms.map(({ id }) => id)));
            everything.push(await ask(socket, "rooms", { q: "sesame" }), await ask(socket, "rooms", { q: "private-room" }));
            everything.push(await ask(socket, "search", { q: "sesame", limit: 100 }));
            const resumed = await ask(socket, "resume", { rooms: Object.fromEntries(stage.rooms.map(({ id }) => [id, 0])) });
            everything.push(resumed);
            const text = JSON.stringify(everything);
            for (const room of stage.rooms) {
                const there = room.users.find(({ id }) => id === user.id);
                if (!there) continue;
                n++;
                const mayKnow = isVisible(room, there);
                const complain = (what) => wrong.push(`${user.name} (${there.relation}), ${room.name}, ${transport}: ${what}`);
                if (!mayKnow && (text.includes(`${room.mark}"`) || text.includes(`${room.mark} `))) complain("its words come up");
                if (!mayKnow && text.includes(`"${room.name}-room"`)) complain("its name comes up");
                const mayRead = expected("history", room, there)[0] === "ok";
                if (mayRead !== listed.has(room.id)) complain(`it is ${mayRead ? "not " : ""}listed`);
                const mine = resumed.rooms.find(({ id }) => id === room.id);
                if (Boolean(mine) !== isMember(there)) complain(`resume ${mine ? "has" : "lacks"} it`);
                if (isMember(there) && !mine.delta && !mine.reset) complain("resume has no catch-up of it");
            }
        }
    }
    judge(t, { wrong, n });
});

test("search finds in a room exactly for those who may read it", ours, async (t) => {
    const wrong = [];
    let n = 0;
    for (const room of stage.rooms) {
        for (const user of room.users) {
            const { hits } = await ask(user.socket, "search", { q: room.mark, limit: 100 });
            const may = expected("search", room, user)[0] === "ok";
            const found = hits.filter((hit) => hit.room === room.id).length;
            n++;
            if (may !== found > 0) wrong.push(`${user.name} (${user.relation}), ${room.name}: ${found} hits`);
        }
    }
    judge(t, { wrong, n });
});

test("who is away for good is in no list of members", ours, async () => {
    for (const room of stage.rooms) {
        const ids = new Set();
        for (let after = 0; ; after = Math.max(...ids)) {
            const { members } = await stage.must(room.founder, "room.members", { room: room.id, after, limit: 100 });
            if (members.length === 0) break;
            for (const { id } of members) ids.add(id);
        }
        const wanted = [room.founder.id, ...(room.kind === "dm" ? [] : [stage.pawn.id]), ...stage.members(room).map(({ id }) => id)];
        assert.deepEqual([...ids].sort((a, b) => a - b), [...new Set(wanted)].sort((a, b) => a - b), room.name);
    }
});

// ---- what comes by itself ----------------------------------------------------------------------------------------------------

test("nothing of a room comes to whoever is not in it, and everything to whoever is", ours, async (t) => {
    const all = [...stage.users, stage.founder, stage.pawn];
    for (const user of all) for (const transport of TRANSPORTS) user.sockets[transport].events.length = 0;
    const ends = new Map();
    for (const room of stage.rooms.filter((r) => !r.archived)) {
        const { founder } = room;
        const { seq } = await stage.say(founder, room, `live ${room.mark}`);
        await stage.must(founder, "edit", { room: room.id, seq, rev: 1, text: `live again ${room.mark}` });
        await stage.must(founder, "react", { room: room.id, seq, emoji: "🎉", on: true });
        await stage.must(founder, "typing", { room: room.id, on: true });
        await stage.must(founder, "room.members", { room: room.id, limit: 1 });
        ends.set(room.id, (await stage.must(founder, "delete", { room: room.id, seq })).ev);
    }
    const wrong = [];
    let n = 0;
    const has = (socket, room, ev) => socket.events.some(([name, e]) => name === "event" && e.room === room.id && e.ev === ev);
    for (const transport of TRANSPORTS) {
        for (const room of stage.rooms.filter((r) => !r.archived)) {
            for (const user of stage.members(room)) {
                await until(
                    () => has(user.sockets[transport], room, ends.get(room.id)),
                    `${user.name} to hear of ${room.name} over ${transport}`,
                );
                n++;
            }
        }
    }
    // A round trip for each stranger: what was sent before it would have come.
    for (const user of stage.users) for (const transport of TRANSPORTS) await ask(user.sockets[transport], "rooms", { limit: 1 });
    for (const room of stage.rooms) {
        for (const user of stage.strangers(room)) {
            for (const transport of TRANSPORTS) {
                n++;
                const about = user.sockets[transport].events.filter(
                    ([, e]) => e.room === room.id || JSON.stringify(e).includes(`${room.mark}"`),
                );
                if (about.length > 0) {
                    wrong.push(`${user.name} (${user.relation}), ${room.name}, ${transport}: ${JSON.stringify(about[0])}`);
                }
            }
        }
    }
    judge(t, { wrong, n });
});

// ---- coming and going, which changes what the others test; last ------------------------------------------------------------------

const joinable = (room) => ({
    "room.join": { event: "room.join", of: () => ({ room: room.id }) },
    "room.join by name": { event: "room.join", of: () => ({ room: `${room.name}-room` }) },
});

test("joining without an invitation, by id and by name", ours, async (t) => {
    const wrong = [];
    let n = 0;
    for (const room of stage.rooms) {
        for (const user of room.users) {
            for (const [name, { event, of }] of Object.entries(joinable(room))) {
                const byName = name === "room.join by name";
                if (byName && room.kind === "dm") continue; // it has none
                const allowed = expected(name, room, user);
                for (const transport of TRANSPORTS) {
                    const reply = await ask(user.sockets[transport], event, of());
                    const got = reply.ok ? "ok" : reply.error.code;
                    n++;
                    if (!allowed.includes(got)) {
                        wrong.push(`${user.name} (${user.relation}), ${room.name}, ${name}: ${got}, not ${allowed.join(" or ")}`);
                    }
                    if (reply.ok && !isMember(user)) await stage.must(user, "room.leave", { room: room.id });
                    if (got !== "not_found") continue;
                    const unknown = await ask(
                        user.sockets[transport], event, { room: byName ? "no-such-room-anywhere" : UNKNOWN_ROOM },
                    );
                    if (JSON.stringify(unknown) !== JSON.stringify(reply)) {
                        wrong.push(`${user.name}, ${room.name}: ${JSON.stringify(reply)}; of no room: ${JSON.stringify(unknown)}`);
                    }
                }
            }
        }
    }
    judge(t, { wrong, n });
});

test("leaving, and that a mute outlives it", ours, async (t) => {
    const wrong = [];
    let n = 0;
    for (const room of stage.rooms.filter(({ kind }) => kind !== "dm")) {
        for (const user of room.users.filter(({ relation }) => relation !== "room-owner")) {
            const reply = await ask(user.socket, "room.leave", { room: room.id });
            const got = reply.ok ? "ok" : reply.error.code;
            const allowed = expected("room.leave", room, user);
            n++;
            if (!allowed.includes(got)) {
                wrong.push(`${user.name} (${user.relation}), ${room.name}: ${got}, not ${allowed.join(" or ")}`);
            }
            if (!reply.ok || room.archived || user.relation !== "muted") continue;
            await stage.must(room.founder, "room.invite", { room: room.id, user: user.id });
            const sent = await ask(user.socket, "send", { room: room.id, cid: newCid(), text: "am I heard?" });
            if (sent.error?.code !== "muted") {
                wrong.push(`${user.name}, ${room.name}: after leaving and coming back: ${JSON.stringify(sent)}`);
            }
        }
    }
    judge(t, { wrong, n });
});
