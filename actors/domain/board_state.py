"""All that a console board has to remember, as types that can be encoded."""

from msgspec import Struct

from actors.domain.console_lines import StaffLine
from actors.domain.events import Record
from actors.domain.ids import LocationId, SessionId, StaffId, TeamId
from actors.domain.message_list import MessageListState
from actors.domain.progress_changes import StaffNote
from actors.domain.progress_state import TeamProgress
from actors.domain.public_finds import PublicFindsState


class PlaceState(Struct):
    """A location, without what its plan says."""

    is_open: bool
    standing: int
    heading: dict[TeamId, None]


class ProgressState(Struct):
    """A console board."""

    teams: dict[TeamId, TeamProgress]
    places: dict[LocationId, PlaceState]
    messages: MessageListState
    staff_log: tuple[StaffNote, ...]
    staff_names: dict[SessionId, str]
    staff: dict[StaffId, StaffLine]
    tail: tuple[Record, ...]
    public: PublicFindsState
