"""The status page, in a real browser."""

import contextlib
import http.server
import json
import re
import threading
import urllib.error
import urllib.request

import browser as browsers
import pytest
from gateway import Gateway

RELOADED = "the settings were reloaded"
SIZES = [(1280, 800, "light"), (1280, 800, "dark"), (390, 844, "light"), (390, 844, "dark")]


@pytest.fixture(scope="module")
def browser():
    with browsers.launched() as launched:
        yield launched


@pytest.fixture(scope="module")
def gateway():
    """One in front of two more, each with a demo server."""
    servers = [Gateway(security={"keyInPath": True}) for _ in range(2)]
    addresses = [
        {"name": f"gpu-{i}", "url": f"{server.url}/k/{server.key}"}
        for i, server in enumerate(servers, start=1)
    ]
    gateway = Gateway("--demo-if-alone", ollamaAddresses=addresses)
    yield gateway
    for server in servers:
        server.stop()
    assert gateway.stop() == 0
    assert gateway.key not in gateway.log.read_text()


def ask(gateway, path, body=None, key=None):
    request = urllib.request.Request(
        gateway.url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + (key or gateway.key)},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


def chat(gateway):
    body = {"model": "demo", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    return ask(gateway, "/api/chat", body)[0]


@contextlib.contextmanager
def streaming(gateway):
    """A chat that goes on for as long as it is looked at."""
    options = {"num_predict": 100_000, "ignore_eos": True}
    body = {"model": "demo", "prompt": "Hello", "stream": True, "options": options}
    request = urllib.request.Request(
        gateway.url + "/api/generate",
        data=json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + gateway.key},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.readline()
        yield


def log_in(page, gateway):
    page.goto(gateway.url + "/gateway/")
    page.locator("#login-key").fill(gateway.key)
    page.keyboard.press("Enter")
    page.locator(".server").first.wait_for()


@pytest.mark.parametrize("width, height, scheme", SIZES)
def test_an_administrator_looks_and_acts(gateway, browser, width, height, scheme):
    from playwright.sync_api import expect

    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    context.set_default_timeout(60_000)
    watched = browsers.Watched(context, gateway.url)
    page = watched.page
    server = "gpu-1"

    # Nothing is seen without a login, and a wrong key is told so.
    page.goto(gateway.url + "/gateway/")
    page.locator("#login-key").wait_for()
    assert server not in page.content()
    assert browsers.violations(page) == []
    page.locator("#login-key").fill("wrong")
    page.keyboard.press("Enter")
    page.locator("#login-error", has_text="Unauthorized").wait_for()
    log_in(page, gateway)

    # Numbers move while requests come.
    assert chat(gateway) == 200
    rows = page.locator(".requests tbody")
    rows.first.wait_for()
    before = re.compile(re.escape(page.locator("#servers").inner_text().split("\n")[1]))
    assert chat(gateway) == 200
    expect(page.locator("#servers")).not_to_contain_text(before, timeout=60_000)
    rows.first.locator(".opens").click()
    page.locator("caption:visible", has_text="would have cost").wait_for()
    rows.first.locator(".opens").click()
    assert browsers.violations(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"the page is {wide} pixels wide"

    # What is in flight is told as long as it is.
    with streaming(gateway):
        running = page.locator("#inflight-rows tr")
        running.first.wait_for()
        expect(running).to_have_count(1)
        told = r"\d s.*demo:latest.*gpu-[12].*/api/generate.*127\.0\.0\.1"
        expect(running.first).to_contain_text(re.compile(told, re.DOTALL))
        pieces = running.locator("[data-f=pieces]")
        before = pieces.inner_text()
        expect(pieces).not_to_have_text(before, timeout=60_000)
        assert browsers.violations(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"the page is {wide} pixels wide"
    expect(page.locator("#inflight-empty")).to_be_visible(timeout=60_000)

    # A server is drained and comes back.
    page.locator('[aria-label="Drain gpu-2"]').click()
    page.locator("#ask-yes").wait_for()
    assert browsers.violations(page) == []
    page.locator("#ask-yes").click()
    page.locator('[aria-label="Resume gpu-2"]').wait_for()
    assert '"state":"draining"' in ask(gateway, "/gateway/servers")[1]
    page.locator(".server button", has_text="Resume").first.click()
    expect(page.locator('[aria-label="Drain gpu-2"]')).to_be_visible(timeout=60_000)
    assert '"state":"draining"' not in ask(gateway, "/gateway/servers")[1]

    # A key is made, shown once, works, and is disabled.
    name = f"guest of {width} {scheme}"
    page.locator("#key-name").fill(name)
    page.keyboard.press("Enter")
    page.locator("#new-key[open]").wait_for()
    key = page.locator("#new-key-text").input_value()
    assert browsers.violations(page) == []
    page.locator("#new-key-close").click()
    assert key not in page.content()
    assert ask(gateway, "/api/tags", key=key)[0] == 200
    page.locator(f'[aria-label="Disable {name}"]').click()
    page.locator("#ask-yes").click()
    page.locator(f'[aria-label="Enable {name}"]').wait_for()
    assert ask(gateway, "/api/tags", key=key)[0] == 401

    # A chat streams. Models are asked for once somebody looks.
    page.locator("#try").scroll_into_view_if_needed()
    page.locator("#try-model option", has_text="demo").first.wait_for(state="attached")
    page.select_option("#try-model", "demo:latest")
    page.locator("#try-text").fill("Hello")
    page.locator("#try-text").press("Control+Enter")
    page.locator("#turns", has_text="first token after").wait_for()
    page.locator("#reload").click()
    page.locator("#reload-words", has_text="othing has changed").wait_for()
    assert browsers.violations(page) == []

    # Out again: nothing is left to see.
    page.locator("button", has_text="Log out").click()
    page.locator("#login-key").wait_for()
    assert server not in page.content()
    assert name not in page.content()
    assert watched.wrong == []
    context.close()


class OtherSite:
    """A page of another origin that tries to use the login of who looks at it."""

    PAGE = """<!doctype html><meta charset="utf-8"><iframe id="framed" src="URL/gateway/"></iframe>
    <form method="post" action="URL/gateway/keys" target="out"></form><iframe name="out"></iframe>
    <script>document.forms[0].submit();
    const tries = ["/gateway/keys", "/gateway/events", "/gateway/servers"].map(path =>
      fetch("URL" + path, {credentials: "include"}).then(a => a.text()).catch(() => "refused"));
    tries.push(fetch("URL/gateway/reload", {method: "POST", mode: "no-cors", credentials: "include"})
      .then(a => a.type).catch(() => "refused"));
    Promise.all(tries).then(said => { window.said = said; });</script>"""

    def __init__(self, url):
        page = self.PAGE.replace("URL", url).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        # Another name, so that it's another site for the browser.
        self.url = f"http://localhost:{self.server.server_port}/"


def test_another_site_can_neither_frame_the_page_nor_use_its_login(gateway, browser):
    site = OtherSite(gateway.url)
    try:
        context = browser.new_context()
        log_in(context.new_page(), gateway)
        keys = ask(gateway, "/gateway/keys")[1]
        reloads = gateway.log.read_text().count(RELOADED)
        page = context.new_page()
        page.goto(site.url)
        page.wait_for_function("window.said")
        said = page.evaluate("window.said")
        # Of the last one a page never sees what came of it; the log does.
        assert said[:3] == ["refused"] * 3, said
        framed = page.frame_locator("#framed")
        assert framed.locator("#login-key").count() == 0
        assert ask(gateway, "/gateway/keys")[1] == keys
        assert gateway.log.read_text().count(RELOADED) == reloads
        context.close()
    finally:
        site.server.shutdown()
        site.server.server_close()


def test_models_that_could_not_be_listed_are_asked_for_again_while_somebody_looks(gateway, browser):
    context = browser.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.route("**/api/tags", lambda route: route.abort(), times=1)
    log_in(page, gateway)
    page.locator("#try").scroll_into_view_if_needed()
    page.locator("#try-model option", has_text="demo").first.wait_for(state="attached")
    context.close()
