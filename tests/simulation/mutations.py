"""Every planted bug; `docs/simulation.md` lists them."""

from tests.simulation.mutation import Mutation
from tests.simulation.planted_in_once import ONCE
from tests.simulation.planted_in_play import PLAY
from tests.simulation.planted_in_saving import SAVING
from tests.simulation.planted_on_boards import BOARDS

MUTATIONS: tuple[Mutation, ...] = (*SAVING, *ONCE, *PLAY, *BOARDS)
