"""A stock python-socketio client of examples/broadcast: says one thing, prints the first two it hears."""
import json
import sys
import threading

import socketio

url, transport = sys.argv[1:3]
heard = threading.Semaphore(0)
lock = threading.Lock()
client = socketio.Client(reconnection=False)


@client.on("message")
def on_message(value):
    with lock:  # handlers run on threads of their own: a line is written in one piece
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()
    heard.release()


client.connect(url, transports=[transport])
client.emit("message", {"from": "python", "transport": transport})
ok = heard.acquire(timeout=20) and heard.acquire(timeout=20)
client.disconnect()
sys.exit(0 if ok else 1)
