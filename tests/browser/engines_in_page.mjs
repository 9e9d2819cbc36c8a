// Functions that engines.mjs runs inside a page, by their source: none of them may use anything from outside itself.

export function lookUp({ css, text, nth }) {
    let all = [...document.querySelectorAll(css)];
    if (text !== undefined) all = all.filter((element) => element.textContent.includes(text));
    if (nth === undefined) return all;
    return all.slice(nth).slice(0, 1);
}

export function isVisible(element) {
    if (!element) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === "visible";
}

// Where to click on the element, { x, y }, or why not.
export function reach(element) {
    if (!element) return { why: "it is not there" };
    let box = element.getBoundingClientRect();
    if (!(box.width > 0 && box.height > 0)) return { why: "it has no size" };
    if (getComputedStyle(element).visibility !== "visible") return { why: "it is invisible" };
    if (element.matches(":disabled")) return { why: "it is disabled" };
    const middle = () => [(Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2,
        (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2];
    const above = ([x, y]) => {
        let top = document.elementFromPoint(x, y);
        return top && (element.contains(top) || top.contains(element) && top.localName === "label") ? null : top ?? document;
    };
    let [x, y] = middle();
    let cover = above([x, y]);
    if (cover) {
        element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
        box = element.getBoundingClientRect();
        [x, y] = middle();
        cover = above([x, y]);
    }
    if (!cover) return { x: Math.round(x), y: Math.round(y) };
    const name = cover === document ? "the edge of the window" : cover.dataset?.testid ?? (cover.id || cover.localName);
    return { why: `it is covered by ${name}` };
}

export function frames(n) {
    return new Promise((resolve) => {
        const next = () => (n-- > 0 ? requestAnimationFrame(next) : resolve());
        next();
        setTimeout(resolve, 2000);
    });
}

export function fill(field, text) {
    field.focus();
    if (field.select) field.select();
    else document.getSelection().selectAllChildren(field);
    if (text === "") document.execCommand("delete");
    else document.execCommand("insertText", false, text);
    if ((field.value ?? field.textContent) === text) return;
    // What the engine's own editing does not take, as a date: the value, and the event that tells of it.
    const proto = Object.getPrototypeOf(field);
    Object.getOwnPropertyDescriptor(proto, "value").set.call(field, text);
    field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }));
}

export function compose(field, text) {
    const like = { bubbles: true, cancelable: true };
    const key = (type, key, isComposing) =>
        field.dispatchEvent(new KeyboardEvent(type, { ...like, key, code: key, keyCode: 229, isComposing }));
    key("keydown", "Process", false);
    field.dispatchEvent(new CompositionEvent("compositionstart", { ...like, data: "" }));
    field.dispatchEvent(new CompositionEvent("compositionupdate", { ...like, data: text }));
    const at = field.selectionEnd;
    field.setRangeText(text, at, at, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertCompositionText", data: text, isComposing: true }));
    key("keydown", "Enter", true);
    field.dispatchEvent(new CompositionEvent("compositionend", { ...like, data: text }));
    key("keyup", "Enter", false);
}

export function files(element, how, list) {
    const data = new DataTransfer();
    for (const { name, type, base64 } of list) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
    }
    const like = { bubbles: true, cancelable: true };
    if (how === "choose") {
        element.files = data.files;
        element.dispatchEvent(new Event("input", like));
        element.dispatchEvent(new Event("change", like));
    } else if (how === "paste") {
        const event = new ClipboardEvent("paste", { ...like, clipboardData: data });
        // Firefox has a data transfer of its own in the event, which does not take files.
        if (event.clipboardData?.files.length !== list.length) Object.defineProperty(event, "clipboardData", { value: data });
        element.dispatchEvent(event);
    } else {
        for (const type of ["dragenter", "dragover", "drop"]) {
            element.dispatchEvent(new DragEvent(type, { ...like, dataTransfer: data }));
        }
    }
}
