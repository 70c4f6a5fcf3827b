"""A server that locks an address out after 30 wrong codes: what keeps a school out."""

import sys

from server import guessing
from server.__main__ import main

BURST = 30
PER_S = 0.5

if __name__ == "__main__":
    guessing.CODES_BURST = BURST
    guessing.CODES_PER_S = PER_S
    sys.exit(main(sys.argv[1:]))
