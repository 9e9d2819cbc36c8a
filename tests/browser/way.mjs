// A way between a browser and a server that can be cut, mended, stalled, and kept free of WebSockets: what a driver cannot do to a
// page's network, or only one engine's driver can.
import http from "node:http";
import net from "node:net";
import { atEnd } from "../it/lib.mjs";

// { url, port, cut(), mend(), stall(), webSocket, refused }: url leads to server (anything with a port). cut: connections break and
// new ones are refused; stall: nothing passes, and nobody is told; mend ends both. webSocket = false refuses upgrades, as a
// middlebox does that knows no WebSocket, and refused counts them; those that are open are cut off.
export async function openWay(t, server, { webSocket = true } = {}) {
    const front = new Front(server.port, webSocket);
    await front.listen();
    atEnd(t, () => front.close());
    return front;
}

class Front {
    #open = new Set();
    #listener;
    #inner; // HTTP without WebSocket, behind the listener
    #isCut = false;
    #isStalled = false;
    #webSocket;

    constructor(to, webSocket) {
        this.to = to;
        this.#webSocket = webSocket;
        this.refused = 0;
        this.#listener = net.createServer((near) => this.#accept(near));
        this.#inner = http.createServer((request, response) => this.#forward(request, response));
        this.#inner.on("upgrade", (_request, socket) => {
            this.refused++;
            socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        });
    }

    async listen() {
        await new Promise((resolve) => this.#inner.listen(0, "127.0.0.1", resolve));
        await new Promise((resolve) => this.#listener.listen(0, "127.0.0.1", resolve));
        this.port = this.#listener.address().port;
        this.url = `http://127.0.0.1:${this.port}`;
    }

    #accept(near) {
        if (this.#isCut) {
            near.resetAndDestroy();
            return;
        }
        const far = net.connect(this.#webSocket ? this.to : this.#inner.address().port, "127.0.0.1");
        for (const [a, b] of [[near, far], [far, near]]) {
            this.#open.add(a);
            a.pipe(b);
            if (this.#isStalled) a.pause();
            a.on("error", () => b.destroy());
            a.on("close", () => {
                this.#open.delete(a);
                b.destroy();
            });
        }
    }

    #forward(request, response) {
        const { method, url: path, headers } = request;
        const onward = http.request({ host: "127.0.0.1", port: this.to, method, path, headers }, (answer) => {
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
        });
        onward.on("error", () => response.destroy());
        response.on("close", () => onward.destroy());
        request.pipe(onward);
    }

    #drop() {
        this.#open.forEach((socket) => socket.destroy());
    }

    get webSocket() {
        return this.#webSocket;
    }

    set webSocket(allowed) {
        this.#webSocket = allowed;
        this.#drop();
    }

    cut() {
        this.#isCut = true;
        this.#drop();
    }

    stall() {
        this.#isStalled = true;
        this.#open.forEach((socket) => socket.pause());
    }

    mend() {
        this.#isCut = this.#isStalled = false;
        this.#open.forEach((socket) => socket.resume());
    }

    async close() {
        this.#drop();
        this.#inner.closeAllConnections();
        await Promise.all([this.#listener, this.#inner].map((server) => new Promise((resolve) => server.close(resolve))));
    }
}
