"""A server of a test's own, which writes nothing about what it is asked."""

import http.server
import json
import queue
import threading


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """Answers what comes on one connection; `self.server.test` is the `QuietServer`."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Stays quiet."""

    def body(self):
        """What was sent, to its end."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def whole(self, answer, status=200):
        """Answers with an object."""
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin(self, content_type="application/x-ndjson"):
        """Begins a stream, of which `piece` and `end` are the rest."""
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def piece(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def line(self, answer):
        self.piece(json.dumps(answer) + "\n")

    def end(self):
        self.wfile.write(b"0\r\n\r\n")


class QuietServer:
    """Listens on a free port until it is stopped; `name` is its host and port, `url` its address."""

    def __init__(self, handler, tls=None):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.server.test = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.name = "127.0.0.1:%d" % self.server.server_port
        self.port = self.server.server_port
        self.url = ("https://" if tls else "http://") + self.name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class CollectorHandler(QuietHandler):
    """Takes the spans that it is told."""

    def do_POST(self):
        self.server.test.heard.put((self.path, dict(self.headers), self.body()))
        self.whole({})


class Collector(QuietServer):
    """A collector of traces; `heard` has the path, fields and body of each request."""

    def __init__(self, tls=None):
        self.heard = queue.Queue()
        super().__init__(CollectorHandler, tls)
