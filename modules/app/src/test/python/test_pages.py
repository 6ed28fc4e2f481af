"""A page of another origin, in a real browser, that streams a chat from the gateway."""

import http.server
import json
import queue
import subprocess
import threading

import browser as browsers
import pytest
from gateway import Gateway

SECONDS_MAX = 90

# What a page sees of a stream, and of a request that it may not make.
PAGE = """<!doctype html><meta charset="utf-8"><script type="module">
async function ask(path, more) {
  try {
    const answer = await fetch(URL + path, {
      headers: {Authorization: "Bearer " + KEY, "Content-Type": "application/json"}, ...more});
    let pieces = 0, text = "";
    const decoder = new TextDecoder();
    for (const reader = answer.body.getReader(); ; pieces++) {
      const {done, value} = await reader.read();
      if (done) break;
      text += decoder.decode(value, {stream: true});
    }
    return {status: answer.status, pieces, text, id: answer.headers.get("X-Request-Id")};
  } catch (e) {
    return {refused: String(e)};
  }
}
const body = JSON.stringify({model: "demo", messages: [{role: "user", content: "Hello"}]});
const said = [
  await ask("/api/chat", {method: "POST", body}),
  await ask("/api/chat", {method: "POST", body, headers: {Authorization: "Bearer wrong"}}),
  await ask("/gateway/live"),
];
await fetch("/said", {method: "POST", body: JSON.stringify(said)});
</script>"""


class Site:
    """A web site with that page, which tells what it saw."""

    def __init__(self):
        site = self
        self.said = queue.Queue()
        self.page = ""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(site.page.encode())

            def do_POST(self):
                site.said.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.answer(b"")

            def answer(self, body):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def visit(browser, site, folder):
    """What the page saw, in a browser with a profile of its own."""
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += ["--no-first-run", f"--user-data-dir={folder}", site.origin + "/"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            return site.said.get(timeout=SECONDS_MAX)
        except queue.Empty:
            process.kill()
            raise AssertionError(process.stderr.read().decode()[-2000:]) from None
        finally:
            process.kill()


@pytest.mark.parametrize("allowed", [True, False])
def test_a_page_streams_a_chat_where_its_origin_is_allowed(tmp_path, allowed):
    browser = browsers.find()
    site = Site()
    gateway = Gateway(
        cors={"allowedOrigins": [site.origin if allowed else "https://chat.example.com"]}
    )
    try:
        site.page = PAGE.replace("URL +", f'"{gateway.url}" +').replace("KEY", f'"{gateway.key}"')
        chat, wrong, live = visit(browser, site, tmp_path)
        if allowed:
            assert chat["status"] == 200
            assert chat["pieces"] > 2, chat
            assert json.loads(chat["text"].splitlines()[-1])["done"]
            # A refusal can be read, too.
            assert wrong["status"] == 401
        else:
            assert "refused" in chat, chat
            assert "refused" in wrong, wrong
        # Whatever the settings say.
        assert "refused" in live, live
    finally:
        assert gateway.stop() == 0
        site.close()
