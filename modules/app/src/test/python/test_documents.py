"""The documents say what the program says, and link to what is there."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).parents[5]
DOCUMENTS = sorted(
    file
    for pattern in ("*.md", "docs/*.md", "deploy/**/*.md")
    for file in TOP.glob(pattern)
)
# What the system, the JVM or a file's name adds.
NOT_OURS = {
    "config.json:4:3",
    "0.0.0.0:8080: Address already in use",
    ":80: Permission denied",
    "Could not reserve enough space",
    "unable to create native thread",
    "[warning][aot]",
}


def sources():
    """All of the program's sources, with what `+` joins put together."""
    text = "".join(file.read_text() for file in TOP.glob("modules/*/src/main/java/**/*.java"))
    return re.sub(r'"\s*\+ "', "", text)


def quoted_texts():
    for line in (TOP / "docs" / "troubleshooting.md").read_text().splitlines():
        if line.startswith("| ") and not line.startswith("| it says"):
            yield from re.findall(r"`([^`]+)`", line.split("|")[1])


def test_troubleshooting_quotes_what_the_program_says():
    program = sources()
    quoted = list(quoted_texts())
    assert len(quoted) > 30
    for text in quoted:
        for ours in NOT_OURS:
            text = text.replace(ours, "…")
        for fragment in text.split("…"):
            fragment = fragment.strip(" :;()")
            assert len(fragment) < 7 or fragment in program, fragment


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(TOP)))
def test_links_lead_somewhere(document):
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if not link.startswith(("http://", "https://")):
            assert (document.parent / link).exists(), link
