"""Which modules a page needs, so that a browser can ask for all of them at once.

A module names the ones that it imports, so a browser alone would learn of them one after the other,
with a round trip for each step. Pages therefore begin with a list, which is made here at start.
"""

import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath

_SCRIPT = re.compile(rb'<script type="module" src="([^"]+)"')
_IMPORT = re.compile(rb'^(?:import|export)\b[^;"]*"(\.[^"]+)";', re.MULTILINE)
_HEAD_END = b"</head>"


def with_module_list(page: bytes, sources: Mapping[str, bytes]) -> bytes:
    """The page, with links in its head to everything that its scripts import."""
    scripts = [name.decode() for name in _SCRIPT.findall(page)]
    paths = sorted({path for script in scripts for path in imports(script, sources)})
    links = "".join(f'<link rel="modulepreload" href="{path}">\n' for path in paths)
    return page.replace(_HEAD_END, links.encode() + _HEAD_END, 1)


def imports(script: str, sources: Mapping[str, bytes]) -> set[str]:
    """What a module imports before it can begin, directly or by way of others."""
    found: set[str] = set()
    waiting = [script]
    while waiting:
        path = waiting.pop()
        for name in _IMPORT.findall(sources.get(path, b"")):
            target = normpath(join(dirname(path), name.decode()))
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
