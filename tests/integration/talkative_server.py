"""A server that logs every frame it reads: what the search for secrets must find."""

import logging
import sys

from server.__main__ import main
from server.session import Session

logger = logging.getLogger("cairn.talkative")


def _log_frames() -> None:
    read = Session.on_frame

    def on_frame(self: Session, data: bytes, is_text: bool) -> None:
        logger.info("a frame: %s", data)
        read(self, data, is_text)

    Session.on_frame = on_frame  # type: ignore[method-assign]


if __name__ == "__main__":
    _log_frames()
    sys.exit(main(sys.argv[1:]))
