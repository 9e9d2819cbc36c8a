"""A python-socketio client for python.test.mjs: prints a JSON line for what happens, says the JSON lines it reads."""
import json
import sys
import threading

import socketio

client = socketio.Client(reconnection=False)


# Handlers run on threads of their own: a line is written in one piece.
lock = threading.Lock()


def tell(kind, value=None):
    with lock:
        sys.stdout.write(json.dumps([kind, value]) + "\n")
        sys.stdout.flush()


@client.event
def connect():
    tell("connected")


@client.event
def disconnect():
    tell("disconnected")


@client.on("message")
def on_message(argument):
    tell("message", argument if not isinstance(argument, bytes) else list(argument))


client.connect(sys.argv[1], transports=sys.argv[2].split(","))
tell("transport", client.transport())
for line in sys.stdin:
    client.emit("message", json.loads(line))
client.disconnect()
