"""Ports for programs that have to be told theirs before they listen."""

import os
import socket

# Below those that systems give to connections and to listeners of their choice: nobody takes one in between.
FIRST = 20_000
COUNT = 12_000

# Test processes that run side by side have pids one after the other, and begin far from each other.
_turn = os.getpid() * 1_009


def free_port():
    """One that nobody listens on; no other caller in this process gets it for a long time."""
    global _turn
    for _ in range(COUNT):
        _turn += 1
        port = FIRST + _turn % COUNT
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise AssertionError(f"no port is free from {FIRST} to {FIRST + COUNT - 1}")
