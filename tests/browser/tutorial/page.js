// A chat page as people write it: socket.io-client connects to the server's origin, shows every `message`, and says
// {text, timestamp}. What it says is shown when it comes back.
"use strict";

const parameters = new URLSearchParams(location.search);
const transports = parameters.get("transports");
const socket = io(parameters.get("server"), transports ? { transports: transports.split(",") } : {});
const list = document.getElementById("list");
const input = document.getElementById("input");

socket.on("connect", () => (document.documentElement.dataset.connected = "yes"));
socket.on("disconnect", () => (document.documentElement.dataset.connected = "no"));
socket.on("message", (message) => {
    const item = document.createElement("li");
    item.textContent = message.text;
    item.title = new Date(message.timestamp).toLocaleTimeString();
    list.append(item);
});
document.getElementById("form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!input.value.trim()) return;
    socket.emit("message", { text: input.value, timestamp: new Date().toISOString() });
    input.value = "";
});
