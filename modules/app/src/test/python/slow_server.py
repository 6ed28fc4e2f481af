"""A server that says nothing for a while, as one that loads a model, and then streams."""

import http.server
import json
import threading
import time

SILENT_SECONDS = 2.5
WORDS = ["It", " is", " blue", "."]


class SlowServer:
    """Listens on a free port; `url` says where."""

    def __init__(self, error=False):
        class Handler(_Handler):
            fails = error

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fails = False

    def log_message(self, format, *args):
        """Stays quiet."""

    def do_GET(self):
        self.whole(200, {"models": [{"name": "slow:latest", "digest": "1"}]})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(SILENT_SECONDS)
        if self.fails:
            native = self.path.startswith("/api/")
            error = "the model broke" if native else {"message": "the model broke"}
            self.whole(500, {"error": error})
        elif self.path == "/api/chat":
            parts = [self.line(word, False) for word in WORDS] + [self.line("", True)]
            self.stream("application/x-ndjson", parts)
        else:
            parts = ["data: %s\n\n" % json.dumps(self.event(word)) for word in WORDS]
            self.stream("text/event-stream", parts + ["data: [DONE]\n\n"])

    @staticmethod
    def line(word, done):
        message = {"role": "assistant", "content": word}
        return json.dumps({"model": "slow", "message": message, "done": done}) + "\n"

    @staticmethod
    def event(word):
        choice = {"index": 0, "delta": {"role": "assistant", "content": word}}
        return {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "slow",
            "choices": [{**choice, "finish_reason": None}],
        }

    def whole(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, content_type, parts):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in parts:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part.encode()))
        self.wfile.write(b"0\r\n\r\n")
