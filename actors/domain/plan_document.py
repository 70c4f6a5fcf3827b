"""The plan document: a hunt as its author writes it.

These types are the single source of three things: the checks of `plan_reader`, the published JSON
Schema (`docs/plan.schema.json`) and the words of a mistake. `Meta(extra={"expected": ...})` holds
those words where the type alone would not say them well.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from actors.domain.plan import Proof, Route

PLAN_VERSION = 1
"""The version of the format that this module describes."""

LOCATIONS_MAX = 20_000  # A city-wide hunt has hundreds; an actor each stays cheap up to here.
TEAMS_MAX = 20_000  # As many as one server is measured with.
TEAM_SIZE_MAX = 1_000  # A school class or a whole company in one team.
HINTS_MAX = 20  # Per location; more than a phone's screen can list.
ANSWERS_MAX = 100  # Per location; each is tried on every claim.
NEAR_MISSES_MAX = 200  # Per location.
REQUIRED_MAX = 1_000  # Locations that one location may wait for.
FINDER_BONUS_MAX = 100  # Beyond the hundredth finder nobody plays for a bonus.
NAME_CHARS_MAX = 64  # One line on a phone, two at most.
TITLE_CHARS_MAX = 128
CLUE_CHARS_MAX = 4_000  # Two screens on a phone; thousands of them still fit one snapshot.
TEXT_CHARS_MAX = 1_000  # Hints and remarks, read while walking.
CODE_CHARS_MAX = 64  # Typed on a phone with cold fingers.
ANSWER_CHARS_MAX = 200
REGEX_CHARS_MAX = 200  # Longer ones are seldom right and slow to try.
POINTS_MAX = 1_000_000  # Sums over all locations stay exact in every client's numbers.
RADIUS_M_MAX = 100_000.0  # Beyond that a position proves nothing.
LOCKOUT_AFTER_MAX = 1_000
LOCKOUT_FACTOR_MAX = 100.0  # The second lock-out would outlast any hunt.

DURATION_PATTERN = r"^(?=.)([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}(\.[0-9]{1,3})?s)?$"
SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
NAME_PATTERN = r"^(?=.*\S)[^\x00-\x1f\x7f]+$"

_NAME = f"a name of 1 to {NAME_CHARS_MAX} characters on one line"
_SLUG = "a short name of 1 to 63 small letters a-z, digits and hyphens, not starting with a hyphen"
_DURATION = 'a duration like "90s", "10m", "1h30m" or "2d", or a number of seconds'
_START = 'a date and time with its UTC offset, like "2026-12-05T10:00:00+01:00"'

Slug = Annotated[str, Meta(pattern=SLUG_PATTERN, extra={"expected": _SLUG})]
Name = Annotated[
    str, Meta(pattern=NAME_PATTERN, max_length=NAME_CHARS_MAX, extra={"expected": _NAME})
]
Points = Annotated[int, Meta(ge=0, le=POINTS_MAX)]
Text = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX)]
Code = Annotated[str, Meta(min_length=1, max_length=CODE_CHARS_MAX)]
AnswerText = Annotated[str, Meta(min_length=1, max_length=ANSWER_CHARS_MAX)]
DurationText = Annotated[str, Meta(pattern=DURATION_PATTERN, extra={"expected": _DURATION})]
Seconds = Annotated[float, Meta(ge=0, extra={"expected": _DURATION})]
Latitude = Annotated[
    float,
    Meta(ge=-90, le=90, extra={"expected": "a latitude from -90 to 90 (latitude comes first)"}),
]
Longitude = Annotated[
    float, Meta(ge=-180, le=180, extra={"expected": "a longitude from -180 to 180"})
]


class RegexAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer given as a regular expression."""

    regex: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=REGEX_CHARS_MAX,
            description="A Python regular expression for the whole answer; case does not matter.",
        ),
    ]


class AnyOf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unlock after some of several locations."""

    any_: Annotated[int, Meta(ge=1, description="How many of them must be found.")] = field(
        name="any"
    )
    of: Annotated[
        list[Slug],
        Meta(min_length=1, max_length=REQUIRED_MAX, description="The ids of the locations."),
    ]


class HintDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Help that a team may buy."""

    text: Annotated[Text, Meta(description="What the team reads after buying.")]
    cost: Annotated[Points, Meta(description="Points that it costs.")] = 0
    after: Annotated[
        DurationText | Seconds,
        Meta(description="Running hunt time between the unlocking and the sale of the hint."),
    ] = 0.0


class LocationDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place to find."""

    id: Annotated[Slug, Meta(description="Unique within the plan; never shown to players.")]
    name: Annotated[Name, Meta(description="What people call the place.")]
    at: (
        Annotated[
            tuple[Latitude, Longitude],
            Meta(
                description="Latitude and longitude in degrees (WGS 84).",
                extra={"expected": "two numbers, [latitude, longitude]"},
            ),
        ]
        | None
    ) = None
    radius_m: Annotated[
        float,
        Meta(gt=0, le=RADIUS_M_MAX, description="How near a position must be, in metres."),
    ] = 40.0
    clue: Annotated[
        str, Meta(max_length=CLUE_CHARS_MAX, description="The riddle; simple Markdown.")
    ] = ""
    proof: (
        Annotated[
            list[Proof],
            Meta(min_length=1, max_length=3, description="What a claim must carry; all must hold."),
        ]
        | None
    ) = None
    code: (
        Annotated[Code, Meta(description="The code posted at the place; case does not matter.")]
        | None
    ) = None
    answers: Annotated[
        list[AnswerText | RegexAnswer],
        Meta(max_length=ANSWERS_MAX, description="Accepted answers; case does not matter."),
    ] = []
    near_misses: Annotated[
        dict[AnswerText, Text],
        Meta(
            max_length=NEAR_MISSES_MAX,
            description="Wrong answers that deserve a remark of their own.",
        ),
    ] = {}
    points: Annotated[Points, Meta(description="What a find is worth.")] = 0
    stock: (
        Annotated[int, Meta(ge=1, le=TEAMS_MAX, description="How many teams may find it.")] | None
    ) = None
    capacity: (
        Annotated[
            int,
            Meta(ge=1, le=TEAMS_MAX, description="How many teams are steered here at one time."),
        ]
        | None
    ) = None
    requires: (
        Annotated[
            list[Slug] | AnyOf,
            Meta(
                description="Locations that a team must find before it sees this one.",
                extra={"expected": "a list of location ids, or {any: 2, of: [a, b, c]}"},
            ),
        ]
        | None
    ) = None
    hints: Annotated[
        list[HintDocument], Meta(max_length=HINTS_MAX, description="Help for sale, in order.")
    ] = []
    on_map: Annotated[
        bool, Meta(description="Show where it is before it is found. It needs `at`.")
    ] = False


class LockoutDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pause for a team that guesses too much at a location."""

    after: Annotated[
        int, Meta(ge=1, le=LOCKOUT_AFTER_MAX, description="Wrong claims in a row before it.")
    ]
    for_: Annotated[DurationText | Seconds, Meta(description="How long the first one is.")] = field(
        name="for"
    )
    factor: Annotated[
        float,
        Meta(ge=1, le=LOCKOUT_FACTOR_MAX, description="How much longer each further one is."),
    ] = 1.0


class ScoringDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a find is worth beside the location's own points."""

    finder_bonus: Annotated[
        list[Points],
        Meta(
            max_length=FINDER_BONUS_MAX,
            description="Extra points for the 1st, 2nd, 3rd team at a location.",
        ),
    ] = []
    wrong_claim: Annotated[
        int,
        Meta(ge=-POINTS_MAX, le=0, description="Points that a wrong code or answer costs."),
    ] = 0
    lockout: LockoutDocument | None = None


class TeamsDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes part: either `names` or `count`."""

    size_max: Annotated[
        int, Meta(ge=1, le=TEAM_SIZE_MAX, description="Most players in one team.")
    ] = 6
    names: (
        Annotated[
            list[Name],
            Meta(min_length=1, max_length=TEAMS_MAX, description="The teams' names."),
        ]
        | None
    ) = None
    count: (
        Annotated[
            int, Meta(ge=1, le=TEAMS_MAX, description="So many teams, named Team 1, Team 2 …")
        ]
        | None
    ) = None


class PlanDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Cairn hunt plan."""

    version: Annotated[Literal[1], Meta(description="The version of this format.")]
    hunt: Annotated[Slug, Meta(description="The hunt's id, unique on its server.")]
    title: Annotated[
        str,
        Meta(
            pattern=NAME_PATTERN,
            max_length=TITLE_CHARS_MAX,
            description="What people call the hunt.",
            extra={"expected": f"a title of 1 to {TITLE_CHARS_MAX} characters on one line"},
        ),
    ]
    starts: (
        Annotated[
            datetime,
            Meta(
                tz=True,
                description="When the hunt starts by itself; else the game master starts it.",
                extra={"expected": _START},
            ),
        ]
        | None
    ) = None
    duration: (
        Annotated[
            DurationText | Seconds,
            Meta(description="Running time, pauses not counted; else the game master ends it."),
        ]
        | None
    ) = None
    route: Annotated[Route, Meta(description="The order in which teams look.")] = Route.FREE
    scoring: ScoringDocument = ScoringDocument()
    teams: TeamsDocument
    locations: Annotated[
        list[LocationDocument],
        Meta(min_length=1, max_length=LOCATIONS_MAX, description="The places to find."),
    ]
    attribution: Annotated[
        str,
        Meta(max_length=TEXT_CHARS_MAX, description="Whose data the plan was made from."),
    ] = ""
    practice: Annotated[
        bool, Meta(description="Let people walk by clicking on the map, to try it at a desk.")
    ] = False
