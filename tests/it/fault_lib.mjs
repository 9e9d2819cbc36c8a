// A disk and a clock that fail on demand (tests/fault/fault_io.c), as a test steers them.
//
//   const disk = new FaultDisk(t, folder);
//   spawn(program, args, { env: disk.env() });
//   disk.set("FULL", 1);
//   ... kill it ...
//   disk.powerCut(otherFolder);      what a power cut would have left
import {
    closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync,
    writeSync,
} from "node:fs";
import { join } from "node:path";
import { atEnd, BIN_DIR, newFolder, ROOT } from "./lib.mjs";

const LIBRARY = join(BIN_DIR, "..", "lib", "libfault_io.so");
// The numbers of the controls, from the header that the library is compiled with.
const HEADER = readFileSync(join(ROOT, "tests/fault/fault_io.h"), "utf8");
const CONTROLS = [...HEADER.matchAll(/^ {4}FAULT_(\w+)[,\n]/gm)].map(([, name]) => name);
const RECORD_BYTES = 24;

export class FaultDisk {
    // folder: whose files are to be touched. shadow: keep what a power cut would leave; the folder's files count as safe now.
    constructor(t, folder, { shadow = false } = {}) {
        this.folder = folder;
        this.own = newFolder("fault");
        this.control = join(this.own, "control");
        writeFileSync(this.control, Buffer.alloc(8 * CONTROLS.length));
        this.fd = openSync(this.control, "r+");
        if (shadow) {
            this.shadow = join(this.own, "shadow");
            this.remember();
        }
        atEnd(t, () => closeSync(this.fd));
    }

    // All that is in the folder counts as safe from here on.
    remember() {
        rmSync(this.shadow, { recursive: true, force: true });
        mkdirSync(this.shadow);
        for (const { name } of filesOf(this.folder)) {
            if (!name.endsWith("-shm")) copyFileSync(join(this.folder, name), join(this.shadow, name));
        }
    }

    env() {
        return {
            ...process.env,
            LD_PRELOAD: LIBRARY,
            // It comes before the sanitizer's own library, which knows what to do all the same.
            ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ""}:verify_asan_link_order=0`,
            FAULT_IO_DIR: this.folder,
            FAULT_IO_CONTROL: this.control,
            ...(this.shadow && { FAULT_IO_SHADOW: this.shadow }),
        };
    }

    place(name) {
        const at = CONTROLS.indexOf(name);
        if (at < 0) throw new Error(`no such control: ${name}`);
        return at * 8;
    }

    set(name, value) {
        const bytes = Buffer.alloc(8);
        bytes.writeBigInt64LE(BigInt(value));
        writeSync(this.fd, bytes, 0, 8, this.place(name));
    }

    get(name) {
        const bytes = Buffer.alloc(8);
        readSync(this.fd, bytes, 0, 8, this.place(name));
        return Number(bytes.readBigInt64LE());
    }

    // Put into folder what is on the disk when the power goes now. keeps(record number): had this unsynced write got there by chance?
    powerCut(folder, keeps = () => false) {
        mkdirSync(folder, { recursive: true });
        let lost = 0;
        for (const name of readdirSync(this.shadow)) {
            if (name.endsWith(".log")) continue;
            const logged = join(this.shadow, `${name}.log`);
            let bytes = readFileSync(join(this.shadow, name));
            const log = existsSync(logged) ? readFileSync(logged) : Buffer.alloc(0);
            // The last record may be half there, as the process was killed while it made it: then nothing of it was written.
            for (let at = 0, n = 0; at + RECORD_BYTES <= log.length; n++) {
                const kind = String.fromCharCode(log[at]);
                const offset = Number(log.readBigInt64LE(at + 8));
                const length = Number(log.readBigInt64LE(at + 16));
                const data = log.subarray(at + RECORD_BYTES, at + RECORD_BYTES + length);
                at += RECORD_BYTES + length;
                if (data.length < length) break;
                if (!keeps(n)) lost++;
                else if (kind === "t") bytes = resize(bytes, offset);
                else {
                    bytes = resize(bytes, Math.max(bytes.length, offset + length));
                    data.copy(bytes, offset);
                }
            }
            writeFileSync(join(folder, name), bytes);
        }
        return { lost };
    }

    // A power cut, and the folder is as it left it. Nobody may be using it.
    loseUnsynced(keeps) {
        const left = join(this.own, "left");
        const cut = this.powerCut(left, keeps);
        for (const { name } of filesOf(this.folder)) rmSync(join(this.folder, name));
        for (const { name } of filesOf(left)) copyFileSync(join(left, name), join(this.folder, name));
        rmSync(left, { recursive: true });
        this.remember();
        return cut;
    }
}

const filesOf = (folder) => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()) : []);

function resize(bytes, length) {
    if (length <= bytes.length) return bytes.subarray(0, length);
    return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}
