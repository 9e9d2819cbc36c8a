// Reporter for node:test: one JSON object a line and test, for tests/runner.py.
import { inspect } from "node:util";

export default async function* reporter(source) {
    for await (const { type, data } of source) {
        if ((type !== "test:pass" && type !== "test:fail") || data.nesting > 0) continue;
        const cause = data.details?.error?.cause ?? data.details?.error;
        yield JSON.stringify({
            name: data.name,
            ok: type === "test:pass" || data.todo !== undefined,
            skip: data.skip === undefined ? undefined : String(data.skip),
            seconds: (data.details?.duration_ms ?? 0) / 1000,
            error: type === "test:fail" ? (cause?.stack ?? inspect(cause)) : undefined,
        }) + "\n";
    }
}
