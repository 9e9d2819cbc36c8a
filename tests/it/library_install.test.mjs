// The library as others use it: installed into a prefix, found there by pkg-config and by CMake, linked and run.
// tincan-test: reactors=1 slots=2
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { atEnd, HERE, ROOT, Server } from "./lib.mjs";
import { ask, event, joined } from "./library_lib.mjs";

const BUILD = process.env.TINCAN_RELEASE_DIR ?? join(ROOT, "build", "release");
const SOURCE = join(HERE, "library_outside.c");

// The environment without what the tests add to it.
function run(command, args, options = {}) {
    try {
        return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
    } catch (error) {
        throw new Error(`${command} ${args.join(" ")}:\n${error.stdout}${error.stderr}`);
    }
}

function install(t) {
    const dir = mkdtempSync(join(tmpdir(), "install-"));
    atEnd(t, () => rmSync(dir, { recursive: true }));
    run("cmake", ["--install", BUILD, "--prefix", join(dir, "first"), "--component", "library"]);
    // What is installed may be moved.
    mkdirSync(join(dir, "else where"));
    renameSync(join(dir, "first"), join(dir, "else where", "prefix"));
    return { dir, prefix: join(dir, "else where", "prefix") };
}

const find = (prefix, name) => run("find", [prefix, "-name", name]).trim();

async function serves(t, program) {
    const child = spawn(program, [], { stdio: ["ignore", "pipe", "pipe"] });
    const server = new Server(child);
    atEnd(t, async () => {
        if (child.exitCode === null && child.signalCode === null) await server.stop();
    });
    await server.listening();
    for (const transports of [["polling"], ["websocket"]]) {
        const socket = await joined(t, server, "/", { transports });
        assert.deepEqual(await ask(socket, "echo", 1, "two"), ["untouched"]);
        assert.deepEqual(await event(socket, "echo"), [1, "two"]);
    }
    await server.stop();
}

test("a program built with pkg-config serves a stock client", async (t) => {
    const { dir, prefix } = install(t);
    const env = { ...process.env, PKG_CONFIG_PATH: dirname(find(prefix, "tincan.pc")) };
    assert.match(run("pkg-config", ["--modversion", "tincan"], { env }), /^\d+\.\d+\.\d+\n$/);
    // The shell splits what pkg-config says, as a makefile would; it quotes spaces for that.
    const program = join(dir, "program");
    run("sh", ["-c", `eval gcc -std=c11 -Wall -Wextra -Werror -pedantic -o '"$1"' '"$2"' "$(pkg-config --cflags --libs tincan)"`, "sh", program, SOURCE], { env });
    await serves(t, program);
});

test("a program built with find_package serves a stock client", async (t) => {
    const { dir, prefix } = install(t);
    const project = join(dir, "project");
    mkdirSync(project);
    cpSync(SOURCE, join(project, "main.c"));
    writeFileSync(
        join(project, "CMakeLists.txt"),
        `cmake_minimum_required(VERSION 3.20)
project(outside C)
find_package(tincan 0.1 REQUIRED)
add_executable(outside main.c)
target_link_libraries(outside tincan::tincan)
`,
    );
    run("cmake", ["-S", project, "-B", join(project, "build"), `-DCMAKE_PREFIX_PATH=${prefix}`]);
    run("cmake", ["--build", join(project, "build")]);
    await serves(t, join(project, "build", "outside"));
});

test("the header is C++, too", async (t) => {
    const { dir, prefix } = install(t);
    const program = join(dir, "program.cc");
    writeFileSync(program, "#include <tincan.h>\nint main() { return tincan_text(\"x\").n == 1 ? 0 : 1; }\n");
    const libraries = run("pkg-config", ["--libs", "libuv", "openssl"]).trim().split(/\s+/);
    const archive = find(prefix, "libtincan.a");
    run("g++", ["-Wall", "-Wextra", "-Werror", "-o", join(dir, "cc"), `-I${join(prefix, "include")}`, program, archive, ...libraries, "-pthread"]);
    run(join(dir, "cc"), []);
});

test("the archive shows only names of its own", async (t) => {
    const { prefix } = install(t);
    const names = run("nm", ["--extern-only", "--defined-only", "--format=posix", find(prefix, "libtincan.a")])
        .split("\n")
        .filter((line) => / [A-Z] /.test(line))
        .map((line) => line.split(" ")[0]);
    assert.ok(names.includes("tincan_new") && names.length > 50, `${names.length} names`);
    assert.deepEqual(names.filter((name) => !name.startsWith("tincan_")), []);
    const header = run("sh", ["-c", `grep -o 'tincan_[a-z_]*(' '${find(prefix, "tincan.h")}' | tr -d '(' | sort -u`]).trim().split("\n");
    assert.deepEqual(names.filter((name) => !header.includes(name)), [], "and all of them are in the header");
    assert.deepEqual(header.filter((name) => !names.includes(name)), [], "which promises nothing else");
});
