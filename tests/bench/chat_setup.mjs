// Clients and rooms for tincan_bench_chat: chat_setup.mjs URL CLIENTS ROOMS prints a line each: access token, room id.
import { io } from "socket.io-client";

const [url, clients, rooms] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

async function sign(path, body) {
    const answer = await fetch(`${url}/api/v1/${path}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()).token;
}

async function connect(token) {
    const socket = io(`${url}/chat`, { auth: { token }, transports: ["websocket"], forceNew: true });
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("connect_error", reject));
    return {
        ask: async (event, payload) => {
            const reply = await socket.timeout(20000).emitWithAck(event, payload);
            if (!reply.ok) throw new Error(`${event}: ${JSON.stringify(reply.error)}`);
            return reply;
        },
        close: () => socket.close(),
    };
}

const tag = Date.now().toString(36);
const owner = await connect(await sign("register", { name: `owner${tag}`, password: "nobody guesses this" }));
const ids = [];
for (let i = 0; i < rooms; i++) {
    ids.push((await owner.ask("room.create", { name: `bench-${tag}-${i}`, kind: "public" })).room.id);
}
owner.close();
for (let i = 0; i < clients; i++) {
    const token = await sign("guest", { name: `bench${tag}${i}` });
    const socket = await connect(token);
    const room = ids[i % rooms];
    await socket.ask("room.join", { room });
    socket.close();
    console.log(`${token} ${room}`);
}
