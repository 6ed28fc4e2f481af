"""A server that says nothing for a while, as one that loads a model, and then streams."""

import json
import time

from quiet_server import QuietHandler, QuietServer

SILENT_SECONDS = 2.5
WORDS = ["It", " is", " blue", "."]


class SlowServer(QuietServer):
    """Says nothing for a while to each chat; one with an error fails it then."""

    def __init__(self, error=False):
        self.fails = error
        super().__init__(_Handler)


class _Handler(QuietHandler):
    def do_GET(self):
        self.whole({"models": [{"name": "slow:latest", "digest": "1"}]})

    def do_POST(self):
        self.body()
        time.sleep(SILENT_SECONDS)
        if self.server.test.fails:
            native = self.path.startswith("/api/")
            error = "the model broke" if native else {"message": "the model broke"}
            self.whole({"error": error}, 500)
        elif self.path == "/api/chat":
            self.begin()
            for word in WORDS:
                self.line(self.part(word, False))
            self.line(self.part("", True))
            self.end()
        else:
            self.begin("text/event-stream")
            for word in WORDS:
                self.piece("data: %s\n\n" % json.dumps(self.event(word)))
            self.piece("data: [DONE]\n\n")
            self.end()

    @staticmethod
    def part(word, done):
        message = {"role": "assistant", "content": word}
        return {"model": "slow", "message": message, "done": done}

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
