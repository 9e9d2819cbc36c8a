// The full-screen client in a real terminal: tmux, on a socket of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test as nodeTest } from "node:test";
import { ask, atEnd, BIN_DIR, chatSocket, createUser, newFolder, OURS_ONLY, until } from "./lib.mjs";

export const test = (name, fn) => nodeTest(name, { skip: OURS_ONLY }, fn);
export const cid = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const quoted = (text) => `'${text}'`;

let terminals = 0;

// A terminal with a shell in it, and what it shows.
export class Terminal {
    constructor(t, width = 80, height = 24) {
        this.name = `tincan-${process.pid}-${++terminals}`;
        this.home = newFolder("tui-home");
        this.env = {
            PATH: process.env.PATH,
            HOME: this.home,
            LANG: "C.UTF-8",
            ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? "",
            TMUX_TMPDIR: newFolder("tui-tmux"),
        };
        this.tmux("-f", "/dev/null", "new-session", "-d", "-x", String(width), "-y", String(height), "sh");
        atEnd(t, () => this.tmux("kill-server"));
        this.keys("PS1='shell'; PS1=\"$PS1> \"", "Enter");
    }

    tmux(...args) {
        return execFileSync("tmux", ["-u", "-L", this.name, ...args], { env: this.env, encoding: "utf8" });
    }

    keys(...keys) {
        this.tmux("send-keys", ...keys);
    }

    type(text) {
        this.tmux("send-keys", "-l", text);
    }

    screen() {
        return this.tmux("capture-pane", "-p");
    }

    // Wait for the screen to match; the screen is told when it never does.
    async shows(pattern) {
        try {
            await until(() => pattern.test(this.screen()), String(pattern));
        } catch (error) {
            throw new Error(`${error.message}; the screen is\n${this.screen()}`);
        }
    }

    async hides(pattern) {
        await until(() => !pattern.test(this.screen()), `no ${pattern}`);
    }

    async start(server, name = "ana", before = "") {
        this.keys(`${before} ${quoted(join(BIN_DIR, "tincan"))} --server ${server.url} --name ${name} tui`, "Enter");
        await this.shows(/#lobby .*Live/);
    }

    kept() {
        const folder = join(this.home, ".local/state/tincan");
        return readdirSync(folder)
            .filter((file) => file.endsWith(".json"))
            .map((file) => ({ mode: statSync(join(folder, file)).mode & 0o777, ...JSON.parse(readFileSync(join(folder, file), "utf8")) }));
    }
}

// Somebody else, on a stock client.
export async function other(t, server, name = "zoe") {
    const socket = await chatSocket(t, server, await createUser(server, name));
    const { rooms } = await ask(socket, "rooms");
    const room = rooms.find((one) => one.name === "lobby").id;
    return {
        socket,
        say: async (text, where = room) => {
            const reply = await ask(socket, "send", { room: where, cid: cid(), text });
            assert.equal(reply.ok, true, JSON.stringify(reply));
            return reply.seq;
        },
        create: async (name) => (await ask(socket, "room.create", { name, kind: "public" })).room.id,
        texts: async () => (await ask(socket, "history", { room, limit: 100 })).messages.map((message) => message.text),
    };
}
