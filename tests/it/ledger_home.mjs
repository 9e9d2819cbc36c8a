// Where the server of a ledger lives: its data, how it is started again on the same port, and what its store has.
import { join } from "node:path";
import { postgresDump, sqliteDump } from "./ledger.mjs";
import { atEnd, listeningThere, newFolder, PUBLIC, REACTORS, somePort, spawnServer } from "./lib.mjs";

// Short pings, so that whoever sits on a dead connection notices in time.
const ARGUMENTS = [
    "--public", PUBLIC, "--reactors", REACTORS, "--limits", "off", "--registration", "open",
    "--ping-interval", "3000", "--ping-timeout", "6000",
];

class Home {
    constructor(t, data, more, dump) {
        Object.assign(this, { t, data, more, dump, env: process.env });
        this.start = this.start.bind(this);
    }

    // port: of the first, when it is started again.
    start(port) {
        return listeningThere(() => this.spawn(port ?? somePort()));
    }

    arguments(port = 0) {
        return ["--listen", `127.0.0.1:${port}`, "--data", this.data, ...ARGUMENTS, ...this.more];
    }

    spawn(port) {
        return this.keep(spawnServer(this.arguments(port), { env: this.env }));
    }

    // Stopped and judged at the end of the test, if it runs then.
    keep(server) {
        atEnd(this.t, async () => {
            if (server.child.exitCode === null && server.child.signalCode === null) await server.stop();
        });
        return server;
    }
}

export const SQLITE_FILE = "tincan.db";

export function sqliteHome(t, data = newFolder("home")) {
    return new Home(t, data, [], sqliteDump(join(data, SQLITE_FILE)));
}

// url: what the server is given; dumpUrl: how the store is read past it.
export function postgresHome(t, url, dumpUrl = url) {
    return new Home(t, newFolder("home"), ["--database", url], postgresDump(dumpUrl));
}
