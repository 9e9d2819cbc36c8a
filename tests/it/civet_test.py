#!/usr/bin/env python3
"""Raw-socket tests of CivetWeb behind the gate, against the test program civet_server.

    civet_test.py CIVET_SERVER [TEST...]

Prints one line a test; exit status 1 when one failed. What the sanitizers report fails the test that ran.
"""
import os
import re
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time

SERVER = sys.argv[1]
HANDSHAKE = ("Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n")
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
DEADLINE_S = 30  # nothing here is timed; this only ends a test that hangs


def make_certificate(directory, name="server"):
    cert, key = os.path.join(directory, name + ".pem"), os.path.join(directory, name + ".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
                   check=True, stderr=subprocess.DEVNULL)
    return cert, key


class Server:
    """A running civet_server; leaving the context stops it and fails unless it ended cleanly."""

    def __init__(self, threads=0, head_timeout_ms=0, cert=None, key=None):
        args = [SERVER, cert or CERT, key or KEY, str(threads), str(head_timeout_ms)]
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr)
        self.ports = {}
        for _ in range(3):
            words = self.process.stdout.readline().decode().split()
            if len(words) != 2:
                break
            self.ports[words[0]] = int(words[1])

    def __enter__(self):
        assert len(self.ports) == 3, self.errors()
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        errors = self.errors()
        if kind is None:
            assert code == 0, f"exit status {code}: {errors[-3000:]}"

    def errors(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")

    def command(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def connect(self, where="plain"):
        if where == "v6":
            return socket.create_connection(("::1", self.ports["v6"]), DEADLINE_S)
        s = socket.create_connection(("127.0.0.1", self.ports[where]), DEADLINE_S)
        if where == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(CERT)
            s = context.wrap_socket(s, server_hostname="localhost")
        return s


def receive_until(s, end):
    data = b""
    while end not in data:
        more = s.recv(65536)
        assert more, f"closed after {data!r}"
        data += more
    return data


def receive_exactly(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        assert more, f"closed after {data!r}"
        data += more
    return data


def receive_all(s):
    """Everything up to the end; a reset is a failure."""
    data = b""
    while True:
        try:
            more = s.recv(65536)
        except ssl.SSLEOFError:
            return data
        if not more:
            return data
        data += more


class Answer:
    def __init__(self, s, head_only=False):
        data = receive_until(s, b"\r\n\r\n")
        head, rest = data.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        n = 0 if head_only else int(self.headers.get("content-length", 0))
        assert len(rest) <= n, "more than Content-Length says"
        self.body = rest + receive_exactly(s, n - len(rest))


def request(s, text, **how):
    s.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))
    return Answer(s, **how)


def upgrade(s, path="/engine/ws", early=b""):
    s.sendall(f"GET {path} HTTP/1.1\r\n{HANDSHAKE}\r\n".encode() + early)
    data = receive_until(s, b"\r\n\r\n")
    assert data.startswith(b"HTTP/1.1 101 ") and ACCEPT in data, data
    head, rest = data.split(b"\r\n\r\n", 1)
    assert b"Sec-WebSocket-Extensions" not in head and b"Sec-WebSocket-Protocol" not in head
    return rest + receive_exactly(s, len(early) - len(rest))


def assert_echo(s, data):
    s.sendall(data)
    got = receive_exactly(s, len(data))
    assert got == data, (got, data)


# Detaching


def test_websocket_leaves_with_its_early_bytes():
    with Server() as server:
        for where in ("plain", "tls", "v6"):
            for early in (b"", b"x", b"early bytes" * 100):
                s = server.connect(where)
                assert upgrade(s, early=early) == early
                assert_echo(s, b"hello" * 1000)
                s.close()


def test_extensions_and_subprotocols_are_not_negotiated():
    with Server() as server:
        s = server.connect()
        s.sendall(f"GET /engine/ws HTTP/1.1\r\n{HANDSHAKE}Sec-WebSocket-Extensions: permessage-deflate\r\n"
                  "Sec-WebSocket-Protocol: chat\r\n\r\n".encode())
        head = receive_until(s, b"\r\n\r\n").lower()
        assert b" 101 " in head and b"sec-websocket-e" not in head and b"sec-websocket-p" not in head


def test_hundreds_of_sockets_on_two_threads():
    with Server(threads=2) as server:
        held = []
        for i in range(300):
            s = server.connect("tls" if i % 3 == 0 else "plain")
            upgrade(s, early=b"%03d" % i)
            held.append(s)
        for i, s in enumerate(held):
            assert_echo(s, b"%03d" % i)
        assert server.command("stats") == "held 300"
        assert request(server.connect(), "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n").status == 200


def test_engine_request_is_detached_and_the_connection_kept():
    with Server(threads=2) as server:
        for where in ("plain", "tls"):
            s = server.connect(where)
            for i in range(20):
                body = "b" * i
                a = request(s, f"POST /engine/poll?n={i} HTTP/1.1\r\nHost: h\r\nContent-Length: {i}\r\n\r\n{body}")
                assert a.status == 200 and a.headers["connection"] == "keep-alive"
                want = f"POST /engine/poll?n={i} result=0 body={i}:{body} early=0 tls={int(where == 'tls')}"
                assert a.body.decode().startswith(want), a.body
                assert a.body.decode().endswith(f"listener={int(where == 'tls')}")
            a = request(s, "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n")  # and over to CivetWeb's side and back
            assert a.body == b"fine"
            assert request(s, "GET /engine/poll HTTP/1.1\r\nHost: h\r\n\r\n").status == 200
            assert request(s, "GET /ok HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").body == b"fine"
            assert receive_all(s) == b""


def test_a_peer_that_is_gone_without_a_word_is_given_up():
    with Server() as server:
        for where in ("plain", "tls", "v6"):
            with server.connect(where) as s:
                assert request(s, "GET /engine/x?user-timeout HTTP/1.1\r\nHost: x\r\n\r\n").body == b"60000"


def test_pipelined_requests_are_answered_in_order():
    with Server() as server:
        for where in ("plain", "tls"):
            s = server.connect(where)
            paths = ["/engine/a", "/ok", "/engine/b", "/nothing", "/engine/c", "/ok"]
            s.sendall("".join(f"GET {p} HTTP/1.1\r\nHost: h\r\n\r\n" for p in paths).encode())
            data = b""
            while data.count(b"HTTP/1.1 ") < 6 or not data.endswith(b"fine"):
                data += s.recv(65536)
            marks = [data.index(m) for m in (b"/engine/a", b"fine", b"/engine/b", b"not_found", b"/engine/c")]
            assert marks == sorted(marks), data


def test_body_arrives_split_anywhere():
    with Server() as server:
        wire = "POST /engine/p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789"
        chunked = ("POST /engine/p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\n012\r\n7;x=y\r\n3456789\r\n0\r\n\r\n")
        s = server.connect()
        for text in (wire, chunked):
            for at in range(len(text) - 30, len(text)):
                s.sendall(text[:at].encode())
                time.sleep(0.002)
                a = request(s, text[at:])
                assert b"body=10:0123456789 early=0" in a.body, (at, a.body)


def test_byte_by_byte():
    with Server() as server:
        for where in ("plain", "tls"):
            s = server.connect(where)
            for c in "POST /engine/p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n":
                s.sendall(c.encode())
            assert b"body=3:abc" in Answer(s).body


def test_expect_continue():
    with Server() as server:
        s = server.connect()
        s.sendall(b"POST /engine/p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert receive_until(s, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert b"body=3:abc" in request(s, "abc").body
        s.sendall(b"POST /engine/p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n\r\n")
        assert Answer(s).status == 413  # without a 100 before


# Bodies that are too long, or break off


def test_engine_body_at_the_limit_and_past_it():
    with Server() as server:
        for where in ("plain", "tls"):
            a = request(server.connect(where),
                        "POST /engine/p HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + "x" * 100000)
            assert b"result=0 body=100000" in a.body
            a = request(server.connect(where), "POST /engine/p HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n")
            assert a.status == 413 and a.headers["connection"] == "close" and b"body=0" in a.body
            chunk = "1000\r\n" + "x" * 4096 + "\r\n"
            a = request(server.connect(where),
                        "POST /engine/p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 25)
            assert a.status == 413


def test_ordinary_body_is_read_and_limited():
    with Server() as server:
        s = server.connect()
        for _ in range(3):
            assert request(s, "POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n1234567").status == 200
        s.sendall(b"POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n" + b"x" * 65537)
        data = receive_all(s)  # the answer is not lost in a reset
        assert data.startswith(b"HTTP/1.1 413 ") and b'"body_too_large"' in data


def test_aborted_bodies_are_reported_and_leave_nothing():
    with Server(threads=4) as server:
        for head in ("Content-Length: 1000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"):
            for where in ("plain", "tls"):
                s = server.connect(where)
                s.sendall(f"POST /engine/p HTTP/1.1\r\nHost: h\r\n{head}".encode())
                s.close()
        s = server.connect()
        s.sendall(b"POST /engine/p HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
        s.shutdown(socket.SHUT_WR)
        assert b"result=9 body=0" in receive_all(s)
        assert request(server.connect(), "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n").status == 200


def test_malformed_chunks():
    bodies = ["zz\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n",
              "0x5\r\nhello\r\n0\r\n\r\n", "\r\n", ";a\r\n", "5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
              "5;" + "e" * 300 + "\r\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "0\r\n\n",
              "fffffffffffffffff\r\nx"]
    with Server() as server:
        for body in bodies:
            s = server.connect()
            s.sendall(b"POST /engine/p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body.encode() +
                      b"GET /ok HTTP/1.1\r\nHost: h\r\n\r\n")
            data = receive_all(s)
            assert b" 413 " in data and data.count(b"HTTP/1.1 ") == 1 and b"fine" not in data, (body, data)


# The gate


REFUSED = [
    # smuggling corpus: a second request hides in what one reading takes for a body
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 4, 4\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: +4\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 4x\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 0x4\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length : 4\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\x0bchunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\tchunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: h\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n"),
    (400, "POST /ok HTTP/1.1\n Host: h\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.1\r\nHost: h\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n"),
    (400, "POST /ok HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (400, "\r\nGET /ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "\r\n\r\nGET /ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    # request line
    (400, "GET  /ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /ok  HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /ok HTTP/1.1 \r\nHost: h\r\n\r\n"),
    (400, "GET /ok\r\nHost: h\r\n\r\n"),
    (400, "GET http://h/ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"),
    (505, "GET /ok HTTP/2.0\r\nHost: h\r\n\r\n"),
    (501, "BREW /ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (501, "TRACE /ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (501, "PROPFIND /ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /ok HTTP/1.1\r\n\r\n"),
    (400, "GET /ok HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    (400, "GET /ok HTTP/1.1\r\nHost: a b\r\n\r\n"),
    (400, "GET /o%00k HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /o%0d%0ak HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /o%ffk HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /o\xffk HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET //ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /a/../ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /a/%2e%2E/ok HTTP/1.1\r\nHost: h\r\n\r\n"),
    (414, "GET /" + "a" * 9000 + " HTTP/1.1\r\nHost: h\r\n\r\n"),
    (431, "GET /ok HTTP/1.1\r\nHost: h\r\nX: " + "a" * 17000 + "\r\n\r\n"),
    (431, "GET /ok HTTP/1.1\r\nHost: h\r\n" + "X: y\r\n" * 64 + "\r\n"),
    (417, "POST /ok HTTP/1.1\r\nHost: h\r\nExpect: a miracle\r\nContent-Length: 1\r\n\r\n"),
    (400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),  # TLS to the plain port
]


def test_refused_requests_are_explained_and_closed():
    second = "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n"
    with Server() as server:
        for where in ("plain", "tls"):
            for status, text in REFUSED:
                s = server.connect(where)
                s.sendall((text + second).encode("latin-1"))
                data = receive_all(s)
                assert data.startswith(b"HTTP/1.1 %d " % status), (text, data)
                assert data.count(b"HTTP/1.1 ") == 1 and b"fine" not in data, (text, data)
                assert b"Connection: close\r\n" in data and b'{"error":{"code":"' in data
                assert b"ivet" not in data and b"Server:" not in data


def test_64_headers_are_allowed():
    with Server() as server:
        a = request(server.connect(), "GET /ok HTTP/1.1\r\nHost: h\r\n" + "X: y\r\n" * 63 + "\r\n")
        assert a.status == 200


def test_upgrade_refusals():
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    variants = [
        (400, "POST /engine/ws HTTP/1.1", HANDSHAKE),
        (400, "GET /engine/ws HTTP/1.0", HANDSHAKE),
        (400, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace("Host: h\r\n", "")),
        (400, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace("Upgrade: websocket", "Upgrade: xwebsocketx")),
        (400, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace("Upgrade: websocket\r\n", "")),
        (400, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace("Connection: Upgrade", "Connection: close")),
        (400, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace(key + "\r\n", "")),
        (400, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace(key, "Sec-WebSocket-Key: x")),
        (400, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace(key, key + "\r\n" + key)),
        (400, "GET /engine/ws HTTP/1.1", HANDSHAKE + "Content-Length: 5\r\n"),
        (426, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace("13", "8")),
        (426, "GET /engine/ws HTTP/1.1", HANDSHAKE.replace("Sec-WebSocket-Version: 13\r\n", "")),
        (403, "GET /engine/ws?refuse HTTP/1.1", HANDSHAKE),
        (404, "GET /elsewhere HTTP/1.1", HANDSHAKE),
    ]
    with Server() as server:
        for where in ("plain", "tls"):
            for status, line, headers in variants:
                s = server.connect(where)
                s.sendall(f"{line}\r\n{headers}\r\n".encode())
                data = receive_all(s)
                assert data.startswith(b"HTTP/1.1 %d " % status), (line, headers, data)
                assert (b"Sec-WebSocket-Version: 13\r\n" in data) == (status == 426)


def test_other_upgrades_are_ignored():
    with Server() as server:
        a = request(server.connect(), "GET /ok HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    "Upgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n")
        assert a.status == 200


# Answers


def test_head_and_errors_and_header_injection():
    with Server() as server:
        s = server.connect()
        a = request(s, "HEAD /ok HTTP/1.1\r\nHost: h\r\n\r\n", head_only=True)
        assert a.status == 200 and a.headers["content-length"] == "4"
        assert request(s, "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n").body == b"fine"
        a = request(s, "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
        assert a.status == 404 and b'"code":"not_found"' in a.body and a.headers["connection"] == "keep-alive"
        a = request(s, "GET /split HTTP/1.1\r\nHost: h\r\n\r\n")
        assert a.status == 500 and "set-cookie" not in a.headers
        assert request(s, "OPTIONS /ok HTTP/1.1\r\nHost: h\r\nOrigin: http://x\r\n"
                       "Access-Control-Request-Method: GET\r\n\r\n").headers.get("access-control-allow-origin") is None
        assert len(request(s, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n").body) == 1 << 20
        s = server.connect("tls")
        assert len(request(s, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n").body) == 1 << 20
        s = server.connect()
        assert request(s, "GET /ok HTTP/1.0\r\n\r\n").headers["connection"] == "close"
        assert receive_all(s) == b""


# Slow and silent peers


def test_slow_heads_are_reaped():
    with Server(threads=4, head_timeout_ms=700) as server:
        slow = []
        for where in ("tls", "plain", "plain"):
            slow.append(server.connect(where))
            slow[-1].sendall(b"GET /ok HTTP/1.1\r\nHost")
        silent = [server.connect() for _ in range(12)]
        for s in slow:
            data = receive_all(s)
            assert data.startswith(b"HTTP/1.1 408 "), data
        for s in silent:
            assert receive_all(s) == b""  # said nothing, is told nothing
        assert request(server.connect(), "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n").status == 200


def test_slow_heads_do_not_keep_others_out():
    with Server(head_timeout_ms=20000) as server:
        slow = [server.connect("tls" if i % 4 == 0 else "plain") for i in range(200)]
        for s in slow:
            s.sendall(b"GET /ok HTTP/1.1\r\nHost")
        assert request(server.connect(), "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n").status == 200
        s = server.connect("tls")
        upgrade(s)
        assert_echo(s, b"still here")
        for s in slow:
            s.close()


def test_unfinished_tls_handshakes_do_not_keep_others_out():
    with Server(head_timeout_ms=20000) as server:
        raw = [socket.create_connection(("127.0.0.1", server.ports["tls"]), DEADLINE_S) for _ in range(100)]
        for s in raw[::2]:
            s.sendall(b"\x16\x03\x01\x02\x00\x01")
        s = server.connect("tls")
        assert request(s, "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n").status == 200
        raw[0].sendall(b"garbage that is no handshake")
        for s in raw:
            s.close()


# Start and stop


def test_stop_with_connections_in_every_state():
    with Server(head_timeout_ms=20000) as server:
        held = []
        for where in ("plain", "tls"):
            held.append(server.connect(where))                                  # silent
            held.append(server.connect(where))
            held[-1].sendall(b"GET /ok HT")                                     # half a head
            held.append(server.connect(where))
            held[-1].sendall(b"POST /engine/p HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
            held.append(server.connect(where))
            upgrade(held[-1])                                                   # detached
            held.append(server.connect(where))
            request(held[-1], "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n")            # idle
            held.append(server.connect(where))
            request(held[-1], "GET /engine/p HTTP/1.1\r\nHost: h\r\n\r\n")      # idle at the reactor
        held.append(socket.create_connection(("127.0.0.1", server.ports["tls"]), DEADLINE_S))


def test_after_draining_detached_sockets_live_and_nothing_is_given_back():
    with Server() as server:
        web = server.connect("tls")
        upgrade(web)
        idle = server.connect()
        request(idle, "GET /engine/p HTTP/1.1\r\nHost: h\r\n\r\n")
        assert server.command("drain") == "drained"
        assert_echo(web, b"alive")
        idle.sendall(b"GET /ok HTTP/1.1\r\nHost: h\r\n\r\n")
        try:
            assert idle.recv(100) == b""
        except ConnectionResetError:
            pass
        try:
            server.connect()
            raise AssertionError("accepted after draining")
        except ConnectionRefusedError:
            pass


def test_stop_under_load():
    for _ in range(5):
        with Server(threads=3) as server:
            for i in range(60):
                s = server.connect()
                s.sendall(b"GET /engine/p HTTP/1.1\r\nHost: h\r\n\r\n" * 5)
        # leaving the context stops the server with requests in every queue


def main():
    global CERT, KEY
    wanted = sys.argv[2:]
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        CERT, KEY = make_certificate(directory)
        for name, test in list(globals().items()):
            if not name.startswith("test_") or (wanted and name not in wanted):
                continue
            try:
                test()
                print(f"ok {name}", flush=True)
            except Exception as e:  # one failed test must not hide the others
                failed += 1
                print(f"FAILED {name}: {type(e).__name__}: {e}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
