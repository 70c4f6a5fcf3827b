"""The process's own limits."""

import logging
import resource

logger = logging.getLogger("cairn")

DESCRIPTORS_RESERVED = 200
"""File descriptors beside connections: database, logs, listening sockets, half-open handshakes."""


def raise_descriptor_limit(connections_max: int) -> None:
    """Let the process open as many files as its connections need, as far as it may."""
    wanted = connections_max + DESCRIPTORS_RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        logger.warning(
            "only %d open files are allowed, too few for %d connections; raise `ulimit -n`",
            allowed,
            connections_max,
        )
