"""`python -m server` on a slow disk: `python -m tests.integration.slow_server SECONDS FLAGS…`.

Everything that is wrong between an answer and its commit has to go wrong in the time a commit
takes. On a good disk that is a millisecond; here it is as long as the test wants.
"""

import sys
import time
from collections.abc import Sequence

from actors.domain.events import Record
from actors.persistence import JournalStore
from server import __main__ as command
from server.app import App
from server.config import Config


class SlowStore:
    """The real store; every commit takes `commit_s` longer."""

    def __init__(self, store: JournalStore, commit_s: float) -> None:
        self._store = store
        self._commit_s = commit_s
        self.open = store.open
        self.read_hunt = store.read_hunt
        self.close = store.close

    def commit(self, batch: Sequence[Record]) -> None:
        time.sleep(self._commit_s)  # The slow disk.
        self._store.commit(batch)


def main(arguments: Sequence[str]) -> int:
    commit_s = float(arguments[0])

    def slow_app(config: Config) -> App:
        return App(config, lambda store: SlowStore(store, commit_s))

    return command.main(arguments[1:], slow_app)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
