// How many connections one address may have: at the cap, one past it, and when one has left.
// tincan-test: reactors=2
import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { test } from "node:test";
import { atEnd, IS_REFERENCE, request, startServer, until, within } from "./lib.mjs";

const ours = { skip: IS_REFERENCE && "only tincand promises this" };
const CAP = 3;

const startCapped = (t, more = []) =>
    startServer(t, ["--trust-proxy", "127.0.0.1", "--limits", "on", "--address-connections", String(CAP), "--relay", "on", ...more]);

// A stock client as seen from an address; resolves to the socket, or rejects with what the client says.
function connectFrom(t, server, address, transport) {
    const socket = io(server.url, { forceNew: true, reconnection: false, transports: [transport], extraHeaders: { "X-Forwarded-For": address } });
    atEnd(t, () => socket.disconnect());
    return within(
        new Promise((resolve, reject) => {
            socket.once("connect", () => resolve(socket));
            socket.once("connect_error", reject);
        }),
        "the answer to a connection",
    );
}

const handshakeFrom = (server, address) => request(server, { path: "/socket.io/?EIO=4&transport=polling", headers: { "X-Forwarded-For": address } });

async function refusedCount(server) {
    const { body } = await request(server, { path: "/metrics" });
    return Number(/^tincan_connections_refused_total (\d+)$/m.exec(body)[1]);
}

for (const transport of ["websocket", "polling"]) {
    test(`${transport}: as many as allowed, and no more until one leaves`, ours, async (t) => {
        const server = await startCapped(t);
        const sockets = [];
        for (let i = 0; i < CAP; i++) sockets.push(await connectFrom(t, server, "198.51.100.7", transport));
        assert.equal(await refusedCount(server), 0);
        await assert.rejects(connectFrom(t, server, "198.51.100.7", transport), /websocket error|xhr poll error/);
        assert.equal(await refusedCount(server), 1);
        const answer = await handshakeFrom(server, "198.51.100.7");
        assert.equal(answer.status, 429);
        assert.deepEqual(JSON.parse(answer.body), { code: 4, message: "Too many connections from this address" });
        assert.equal(answer.headers["retry-after"], "10");
        assert.equal(await refusedCount(server), 2);
        await connectFrom(t, server, "198.51.100.8", transport);
        await connectFrom(t, server, "2001:db8::7", transport);
        sockets[0].disconnect();
        await until(async () => (await handshakeFrom(server, "198.51.100.7")).status === 200, "a place to be free");
        assert.equal((await handshakeFrom(server, "198.51.100.7")).status, 429);
    });
}

test("loopback may have any number, and so may everybody where limits are off", ours, async (t) => {
    const capped = await startCapped(t);
    const free = await startCapped(t, ["--limits", "off"]);
    for (let i = 0; i < 3 * CAP; i++) {
        assert.equal((await request(capped, { path: "/socket.io/?EIO=4&transport=polling" })).status, 200);
        assert.equal((await handshakeFrom(free, "198.51.100.7")).status, 200);
    }
});
