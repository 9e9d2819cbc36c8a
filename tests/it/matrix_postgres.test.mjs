// The matrix and what is beside it, once more: on PostgreSQL.
// tincan-test: timeout=400
import assert from "node:assert/strict";
import { test } from "node:test";
import { OURS_ONLY } from "./lib.mjs";

process.env.TINCAN_MATRIX_STORE = "postgres";
const { STORE } = await import("./matrix_stage.mjs");
test("what follows is asked of PostgreSQL", { skip: OURS_ONLY }, () => assert.equal(STORE, "postgres"));
await import("./matrix.test.mjs");
await import("./matrix_more.test.mjs");
