// What the page benchmark puts into a page before anything of the page runs: it keeps times, long tasks, frames and the memory of
// WebAssembly, and sees messages appear. probe's source runs in the page: nothing from outside it is used.
export function probe(isUsable) {
    const bench = (window.bench = { marks: {}, tasks: [], seen: {}, memories: new Set() });
    new PerformanceObserver((list) => list.getEntries().forEach((task) => bench.tasks.push(task.duration)))
        .observe({ type: "longtask", buffered: true });

    window.WebSocket = class extends WebSocket {
        constructor(...args) {
            super(...args);
            this.addEventListener("open", () => (bench.marks.socket ??= performance.now()));
            // Engine.IO's word for the end of an upgrade is "5".
            const send = this.send;
            this.send = (data) => {
                if (data === "5") bench.marks.upgraded ??= performance.now();
                send.call(this, data);
            };
        }
    };
    const keep = (instance, imports) => {
        const all = [...Object.values(instance.exports), ...Object.values(imports ?? {}).flatMap((part) => Object.values(part))];
        all.filter((value) => value instanceof WebAssembly.Memory).forEach((memory) => bench.memories.add(memory));
    };
    for (const name of ["instantiate", "instantiateStreaming"]) {
        const real = WebAssembly[name];
        WebAssembly[name] = (source, imports) => real.call(WebAssembly, source, imports).then((result) => {
            keep(result.instance ?? result, imports);
            return result;
        });
    }
    bench.wasmBytes = () => [...bench.memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);

    const look = () => {
        if (isUsable()) bench.marks.usable ??= performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);

    // The time at which a text that holds mark appears: bench.seen[mark].
    const wanted = new Set();
    bench.want = (mark) => wanted.add(mark);
    const see = (node) => {
        for (const mark of wanted) {
            if (!node.textContent.includes(mark)) continue;
            bench.seen[mark] = performance.timeOrigin + performance.now();
            wanted.delete(mark);
        }
    };
    new MutationObserver((records) => {
        if (wanted.size === 0) return;
        for (const { target, addedNodes } of records) {
            if (addedNodes.length) addedNodes.forEach(see);
            else see(target);
        }
    }).observe(document, { childList: true, characterData: true, subtree: true });
    addEventListener("keydown", (event) => (bench.key = performance.timeOrigin + event.timeStamp), true);

    // From here to the call of what it returns: the lengths of frames and long tasks.
    bench.watchFrames = () => {
        const frames = [];
        let last = performance.now();
        let going = true;
        const next = (now) => {
            frames.push(now - last);
            last = now;
            if (going) requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
        bench.tasks.length = 0;
        bench.stop = () => {
            going = false;
            return { frames: frames.slice(1), tasks: bench.tasks.slice() };
        };
    };
}
