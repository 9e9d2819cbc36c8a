// PostgreSQL for the tests: a private cluster (tests/support/pg_cluster.py), and a proxy in front of it that loses answers.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { atEnd, ROOT, within } from "./lib.mjs";

const START_MS = 120000;

export class PgCluster {
    // .url: by a socket in a folder of its own; .tcpUrl: by a port of loopback.
    static async start(t) {
        const cluster = new PgCluster();
        cluster.child = spawn("/usr/bin/python3", ["-B", join(ROOT, "tests/support/pg_cluster.py")], { stdio: ["pipe", "pipe", "inherit"] });
        cluster.lines = createInterface({ input: cluster.child.stdout })[Symbol.asyncIterator]();
        atEnd(t, async () => {
            const closed = once(cluster.child, "close");
            cluster.child.stdin.end();
            await within(closed, "PostgreSQL to be gone", START_MS);
        });
        [cluster.url, cluster.tcpUrl] = await cluster.answer("start");
        return cluster;
    }

    async answer(what) {
        const { value = "error it has ended" } = await within(this.lines.next(), `PostgreSQL to ${what}`, START_MS);
        assert.ok(value.startsWith("ok"), `pg_cluster.py, ${what}: ${value}`);
        return value.split(" ").slice(1);
    }

    // See pg_cluster.py for the commands.
    command(line) {
        this.child.stdin.write(`${line}\n`);
        return this.answer(line);
    }
}

// Between a client and the cluster's port. What becomes of COMMIT:
//   "pass"      goes through
//   "lose"      goes through and is done, but its answer is lost: both sides are cut
//   "swallow"   does not go through: both sides are cut
// With `every`, it happens to every so manieth COMMIT only. cuts counts how often it did.
export class PgProxy {
    static async start(t, tcpUrl) {
        const proxy = new PgProxy();
        const target = new URL(tcpUrl);
        const { hostname } = target;
        const port = Number(target.port);
        Object.assign(proxy, { mode: "pass", every: 1, commits: 0, cuts: 0, links: new Set() });
        proxy.server = net.createServer((client) => proxy.link(client, net.connect(port, hostname)));
        proxy.server.listen(0, "127.0.0.1");
        await once(proxy.server, "listening");
        target.port = proxy.server.address().port;
        proxy.url = target.href;
        atEnd(t, () => {
            proxy.server.close();
            proxy.cutAll();
        });
        return proxy;
    }

    cutAll() {
        for (const { cut } of this.links) cut();
    }

    link(client, server) {
        const link = { pending: Buffer.alloc(0), started: false, lost: false, cut: () => {} };
        link.cut = () => {
            client.destroy();
            server.destroy();
            this.links.delete(link);
        };
        this.links.add(link);
        for (const side of [client, server]) side.on("error", link.cut).on("close", link.cut);
        client.on("data", (data) => this.fromClient(link, data, server));
        server.on("data", (data) => {
            // The answer to the COMMIT whose answer is to be lost.
            if (link.lost) link.cut();
            else client.write(data);
        });
    }

    // Message by message: a type, which the first ones lack, a length that counts itself, a body.
    fromClient(link, data, server) {
        link.pending = Buffer.concat([link.pending, data]);
        for (;;) {
            const head = link.started ? 1 : 0;
            if (link.pending.length < head + 4) return;
            const length = head + link.pending.readUInt32BE(head);
            if (link.pending.length < length) return;
            const message = link.pending.subarray(0, length);
            link.pending = link.pending.subarray(length);
            if (!link.started) link.started = message.readUInt32BE(4) === 196608; // not a request for encryption
            else if (this.isHit(message)) {
                this.cuts++;
                if (this.mode === "swallow") return link.cut();
                link.lost = true;
            }
            server.write(message);
        }
    }

    isHit(message) {
        if (this.mode === "pass" || message[0] !== 0x51 || !/^commit;?\0$/i.test(message.toString("latin1", 5))) return false;
        return ++this.commits % this.every === 0;
    }
}
