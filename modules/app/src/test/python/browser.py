"""Chromium, driven for a test; what a page did that it mustn't is noted."""

import contextlib
import shutil

import pytest

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]


def find():
    """The path of a browser; without one the test is skipped."""
    browser = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if browser is None:
        pytest.skip("not checked: a page in a browser: Chromium isn't installed")
    return browser


@contextlib.contextmanager
def launched():
    """A browser of Playwright's."""
    path = find()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


class Watched:
    """A page, and what went wrong in it."""

    def __init__(self, context, origin):
        self.wrong = []
        self.page = context.new_page()
        # Told by the browser, whoever listens.
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', e =>"
            " console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
        )
        self.page.on("pageerror", lambda e: self.wrong.append(f"an error: {e}"))
        self.page.on("console", self._said)
        self.page.on("request", lambda r: self._asked(r.url, origin))

    def _said(self, message):
        # Of each answer that isn't 2xx the browser says so by itself.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.wrong.append(f"a word: {message.text}")

    def _asked(self, url, origin):
        if not url.startswith(origin + "/"):
            self.wrong.append(f"a request that leaves the origin: {url}")


def violations(page):
    """What axe-core finds, in words."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['help']}: {[n['html'][:200] for n in v['nodes']]}" for v in found]
