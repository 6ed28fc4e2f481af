"""A server of a test's own, which writes nothing about what it is asked."""

import http.server
import json
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

    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.test = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.name = "127.0.0.1:%d" % self.server.server_port
        self.url = "http://" + self.name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
