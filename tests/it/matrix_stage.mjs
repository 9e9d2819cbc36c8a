// The cast of the matrix: on one server a user for each role and relation, with a socket of each transport, and rooms of each kind in
// which everybody is what the name says.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { uploadFile } from "./api_lib.mjs";
import { api, ask, chatSocket, createUser, IS_LONG, newFolder, serverCommand, startPostgres, startServer } from "./lib.mjs";
import { ROLES, ROOMS, RELATIONS, isMember } from "./matrix_rules.mjs";

export const STORE = process.env.TINCAN_MATRIX_STORE ?? "sqlite";
// What a transport carries is decided before a store is asked: on PostgreSQL one of them will do.
export const TRANSPORTS = STORE === "postgres" ? ["websocket"] : ["websocket", "polling"];
// And what a role and a relation are worth together is said by one function for both stores (auth/may.c). What PostgreSQL is asked is
// whether its statements find the two: there each relation meets two of the roles, and each role three or four of the relations.
const isCast = (role, relation) => STORE !== "postgres" || IS_LONG || (ROLES.indexOf(role) + RELATIONS.indexOf(relation)) % ROLES.length < 2;
export const newCid = () => randomBytes(16).toString("hex");
// A word for each room that is said nowhere else.
const markOf = (name) => `sesame-${name}`;

export class Stage {
    // t: { after }. empty: only the founder and the pawn.
    static async open(t, { empty = false } = {}) {
        const stage = new Stage();
        stage.t = t;
        stage.data = newFolder("matrix");
        stage.more = STORE === "postgres" ? ["--database", (await startPostgres(t)).url] : [];
        stage.server = await startServer(t, ["--data", stage.data, "--registration", "open", ...stage.more]);
        stage.founder = await stage.makeFounder();
        await stage.connect(stage.founder);
        stage.pawn = await stage.make("pawn", "member", "member");
        stage.users = [];
        stage.rooms = [];
        if (empty) return stage;
        for (const role of ROLES) {
            for (const relation of RELATIONS.filter((one) => isCast(role, one))) {
                stage.users.push(await stage.make(`${role}.${relation}`, role, relation));
            }
        }
        for (const room of ROOMS) stage.rooms.push(room.kind === "dm" ? await stage.makeDm(room) : await stage.makeRoom(room));
        for (const role of ROLES.slice(1)) {
            const owner = await stage.make(`${role}.room-owner`, role, "room-owner");
            for (const room of ROOMS.filter(({ kind }) => kind !== "dm")) {
                stage.rooms.push(await stage.makeOwned({ ...room, name: `${room.name}-of-${role}` }, owner));
            }
        }
        await stage.makeRecluse();
        return stage;
    }

    // Who has blocked everybody else.
    async makeRecluse() {
        this.recluse = await this.make("recluse", "member", "never");
        const others = new Set([...this.users, ...this.rooms.map(({ founder }) => founder)].map(({ id }) => id));
        for (const id of others) await this.must(this.recluse, "block", { user: id, on: true });
    }

    async makeFounder() {
        const token = readFileSync(join(this.data, "setup-token"), "utf8");
        const password = "the founder's password";
        const answer = await api(this.server, "POST", "/setup", { body: { token, name: "founder", password } });
        assert.equal(Math.floor(answer.status / 100), 2, answer.text);
        return { ...answer.body.user, token: answer.body.token, cookie: answer.cookie, password, role: "owner", relation: "room-owner" };
    }

    async make(name, role, relation) {
        const user = await createUser(this.server, name, { guest: role === "guest" });
        if (!["guest", "member"].includes(role)) await this.setRole(user, role);
        Object.assign(user, { role, relation });
        await this.connect(user);
        return user;
    }

    // Below an owner by the founder; an owner is made by the operator alone.
    async setRole(user, role) {
        if (role !== "owner") {
            const answer = await api(
                this.server, "POST", `/admin/users/${user.id}/role`, { token: this.founder.token, body: { role } },
            );
            assert.equal(answer.status, 200, `${user.name}: ${answer.text}`);
            return;
        }
        const [program, all] = serverCommand(["user", "role", user.name, role, "--data", this.data, ...this.more]);
        const done = spawnSync(program, all, { encoding: "utf8" });
        assert.equal(done.status, 0, `user role: ${done.stderr}`);
    }

    // A socket of each transport: user.sockets.polling and so on.
    async connect(user) {
        user.sockets = {};
        for (const transport of TRANSPORTS) {
            user.sockets[transport] = await chatSocket(this.t, this.server, user, { transports: [transport] });
        }
        user.socket = user.sockets.websocket;
    }

    // Ask, and it has to be done.
    async must(user, event, payload) {
        const reply = await ask(user.socket, event, payload);
        assert.equal(reply.ok, true, `${user.name} ${event} ${JSON.stringify(payload)}: ${JSON.stringify(reply)}`);
        return reply;
    }

    say(user, room, text) {
        return this.must(user, "send", { room: room.id, cid: newCid(), text });
    }

    // A file that hangs on a message of the room.
    async putFile(user, room) {
        const file = await uploadFile(this.server, user, room.id, `${room.mark}.txt`, Buffer.from(`inside ${room.mark}`));
        await this.must(user, "send", { room: room.id, cid: newCid(), files: [file.id] });
        return file;
    }

    // A room whose owner is the one who does things in it, to the pawn and to itself.
    async makeOwned(wanted, owner) {
        const mark = markOf(wanted.name);
        const { room: made } = await this.must(
            owner, "room.create", { name: `${wanted.name}-room`, kind: wanted.kind, topic: `topic ${mark}` },
        );
        const room = { ...wanted, id: made.id, made, mark, own: new Map([[owner.id, []]]), users: [owner], founder: owner, pawns: [] };
        for (let n = 0; n < 3; n++) room.own.get(owner.id).push((await this.say(owner, room, `the owner says ${mark}`)).seq);
        room.founders = room.own.get(owner.id)[2];
        await this.must(owner, "room.invite", { room: room.id, user: this.pawn.id });
        for (let n = 0; n < 2; n++) room.pawns.push((await this.say(this.pawn, room, `the pawn says ${mark}`)).seq);
        room.file = await this.putFile(owner, room);
        if (wanted.archived) await this.must(owner, "room.update", { room: room.id, archived: true });
        return room;
    }

    // The founder's room. Of it everybody is what its relation says; whoever ever was a member has said two things in it.
    async makeRoom(wanted) {
        const { founder, pawn } = this;
        const mark = markOf(wanted.name);
        const { room: made } = await this.must(
            founder, "room.create", { name: `${wanted.name}-room`, kind: wanted.kind, topic: `topic ${mark}` },
        );
        const room = { ...wanted, id: made.id, made, mark, own: new Map(), users: [], founder };
        room.founders = (await this.say(founder, room, `the founder says ${mark}`)).seq;
        await this.must(founder, "room.invite", { room: room.id, user: pawn.id });
        room.pawns = [];
        for (let n = 0; n < 2; n++) room.pawns.push((await this.say(pawn, room, `the pawn says ${mark}`)).seq);
        for (const user of this.users) if (await this.relate(room, user)) room.users.push(user);
        room.file = await this.putFile(founder, room);
        if (wanted.archived) await this.must(founder, "room.update", { room: room.id, archived: true });
        return room;
    }

    // Make the user what its relation says; false when the rules do not let the founder do so, which is checked.
    async relate(room, user) {
        const { founder } = this;
        const { relation } = user;
        const about = { room: room.id, user: user.id };
        if (relation === "never") return true;
        // In a public room the server's owners are nobody's to moderate or promote.
        const acts = {
            kicked: ["room.kick"], banned: ["room.ban"], muted: ["room.mute"], "room-mod": ["room.role", "mod"],
            "room-admin": ["room.role", "admin"],
        };
        if (room.kind === "public" && user.role === "owner" && acts[relation]) {
            const [event, role] = acts[relation];
            const reply = await ask(founder.socket, event, { ...about, ...(role && { role }) });
            assert.equal(reply.error?.code, "forbidden", `${user.name}: ${JSON.stringify(reply)}`);
            return false;
        }
        await this.must(founder, "room.invite", about);
        room.own.set(user.id, []);
        for (let n = 0; n < 2; n++) room.own.get(user.id).push((await this.say(user, room, `${user.name} says ${room.mark}`)).seq);
        if (relation.startsWith("room-")) await this.must(founder, "room.role", { ...about, role: relation.slice(5) });
        if (relation === "left") await this.must(user, "room.leave", { room: room.id });
        if (relation === "kicked") await this.must(founder, "room.kick", about);
        if (relation === "banned") await this.must(founder, "room.ban", about);
        if (relation === "muted") await this.must(founder, "room.mute", about);
        return true;
    }

    // Between the founder, who counts for nothing special there, and one member; everybody else never was in it.
    async makeDm(wanted) {
        const { founder } = this;
        const mark = markOf(wanted.name);
        const partner = this.users.find((user) => user.role === "member" && user.relation === "member");
        const { room: made } = await this.must(founder, "dm", { user: partner.id });
        const room = { ...wanted, id: made.id, made, mark, own: new Map(), founder };
        room.founders = (await this.say(founder, room, `the founder says ${mark}`)).seq;
        room.own.set(partner.id, [(await this.say(partner, room, mark)).seq, (await this.say(partner, room, mark)).seq]);
        room.file = await this.putFile(founder, room);
        room.pawns = [room.founders, room.founders];
        room.users = this.users.map((user) => (user === partner ? user : { ...user, relation: "never" }));
        return room;
    }

    // Those of a room of whom isMember is (not) true.
    members(room) {
        return room.users.filter(isMember);
    }

    strangers(room) {
        return room.users.filter((user) => !isMember(user));
    }
}
