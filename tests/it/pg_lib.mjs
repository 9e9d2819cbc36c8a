// A proxy in front of a PostgreSQL (startPostgres) that loses answers and holds back what was asked.
import { once } from "node:events";
import net from "node:net";
import { atEnd } from "./lib.mjs";

// Between a client and the cluster's port. What becomes of the COMMIT of a transaction that writes:
//   "pass"      goes through
//   "lose"      goes through and is done, but its answer is lost: both sides are cut
//   "swallow"   does not go through: both sides are cut
//   "hold"      does not go through yet: the client's side is cut, the server's stays open until release() sends it after all
// With `every`, it happens to every so manieth COMMIT only. cuts counts how often it did.
export class PgProxy {
    static async start(t, tcpUrl) {
        const proxy = new PgProxy();
        const target = new URL(tcpUrl);
        const { hostname } = target;
        const port = Number(target.port);
        Object.assign(proxy, { mode: "pass", every: 1, commits: 0, cuts: 0, links: new Set(), held: [] });
        proxy.server = net.createServer((client) => proxy.link(client, net.connect(port, hostname)));
        proxy.server.listen(0, "127.0.0.1");
        await once(proxy.server, "listening");
        target.port = proxy.server.address().port;
        proxy.url = target.href;
        atEnd(t, () => {
            proxy.server.close();
            proxy.cutAll();
            for (const { server } of proxy.held) server.destroy();
        });
        return proxy;
    }

    cutAll() {
        for (const { cut } of this.links) cut();
    }

    link(client, server) {
        const link = { asked: Buffer.alloc(0), answered: Buffer.alloc(0), started: false, writes: true, lost: false };
        link.cut = () => {
            client.destroy();
            if (!link.held) server.destroy();
            this.links.delete(link);
        };
        this.links.add(link);
        // Nobody waits to see whether more comes: small messages would take as long as a delayed acknowledgement.
        for (const side of [client, server]) side.setNoDelay(true).on("error", link.cut).on("close", link.cut);
        client.on("data", (data) => this.fromClient(link, data, server));
        server.on("data", (data) => {
            if (link.held) link.held.answer += data.toString("latin1");
            else if (link.lost) this.fromServer(link, data);
            else client.write(data);
        });
    }

    // Message by message: a type, which the first ones lack, a length that counts itself, a body.
    fromClient(link, data, server) {
        link.asked = Buffer.concat([link.asked, data]);
        for (;;) {
            const head = link.started ? 1 : 0;
            if (link.asked.length < head + 4) return;
            const length = head + link.asked.readUInt32BE(head);
            if (link.asked.length < length) return;
            const message = link.asked.subarray(0, length);
            link.asked = link.asked.subarray(length);
            if (!link.started) link.started = message.readUInt32BE(4) === 196608; // not a request for encryption
            else if (this.isHit(link, message)) {
                this.cuts++;
                if (this.mode === "swallow") return link.cut();
                if (this.mode === "hold") return this.hold(link, message, server);
                link.lost = true;
            }
            server.write(message);
        }
    }

    // The server goes on waiting for the COMMIT, with all its locks.
    hold(link, message, server) {
        const held = { server, answer: "", rest: Buffer.concat([message, link.asked]) };
        held.ended = new Promise((resolve) => server.once("close", resolve));
        link.held = held;
        this.held.push(held);
        link.cut();
    }

    // Each COMMIT that was held back arrives now, and is waited for. Returns how many were done: by then the others' sessions had ended.
    async release() {
        const held = this.held.splice(0);
        for (const { server, rest } of held) if (server.writable) server.end(rest);
        await Promise.all(held.map(({ ended }) => ended));
        return held.filter(({ answer }) => answer.includes("COMMIT")).length;
    }

    // Nothing goes through any more; when COMMIT is answered it is done, and the line is cut.
    fromServer(link, data) {
        link.answered = Buffer.concat([link.answered, data]);
        while (link.answered.length >= 5) {
            const length = 1 + link.answered.readUInt32BE(1);
            if (link.answered.length < length) return;
            const message = link.answered.subarray(0, length);
            link.answered = link.answered.subarray(length);
            const isDone = message[0] === 0x43 && message.toString("latin1", 5).startsWith("COMMIT");
            if (isDone || message[0] === 0x45) return link.cut();
        }
    }

    // A simple query, or one that is prepared: a name and the query.
    isHit(link, message) {
        const type = String.fromCharCode(message[0]);
        if (type !== "Q" && type !== "P") return false;
        const query = message.toString("latin1", 5).split("\0")[type === "P" ? 1 : 0].trim();
        if (/^begin/i.test(query)) link.writes = !/read only/i.test(query);
        if (this.mode === "pass" || !link.writes || !/^commit;?$/i.test(query)) return false;
        return ++this.commits % this.every === 0;
    }
}
