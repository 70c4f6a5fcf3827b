"""Read a plan from YAML text, and say on which line everything that is wrong with it stands."""

from msgspec import Struct

from actors.domain.plan import HuntPlan
from actors.domain.plan_mistakes import Mistake, Path, described
from actors.domain.plan_reader import read_plan
from server.yaml_text import Place, UnreadableYaml, parse_yaml

PLAN_BYTES_MAX = 4 * 1024 * 1024
"""Largest plan, in bytes of UTF-8. 10,000 locations with clues and hints take about 3 MiB."""


class PlanFile(Struct, frozen=True):
    """A plan without mistakes: as it was written, and as the rules use it."""

    document: object
    plan: HuntPlan


class PlanErrors(Struct, frozen=True):
    """Everything that is wrong with a plan, in the order of its lines."""

    messages: tuple[str, ...]
    """``file:line: path: expected ..., found ...``, one for each mistake."""


def read_plan_text(text: str, file_name: str) -> HuntPlan | PlanErrors:
    """Read a hunt plan from YAML; `file_name` is what the messages call it."""
    file = read_plan_file(text, file_name)
    return file.plan if isinstance(file, PlanFile) else file


def read_plan_file(text: str, file_name: str) -> PlanFile | PlanErrors:
    """Like `read_plan_text`, but return also the document, which is what a server is sent."""
    size_bytes = len(text.encode("utf-8", "surrogatepass"))
    if size_bytes > PLAN_BYTES_MAX:
        limit = f"at most {PLAN_BYTES_MAX:,} bytes, found {size_bytes:,}"
        return PlanErrors((f"{file_name}:1: the plan: expected {limit}",))
    try:
        document, place, repeated = parse_yaml(text)
    except UnreadableYaml as error:
        return PlanErrors((f"{file_name}:{error.line}: the plan: {error}",))
    plan = read_plan(document)
    mistakes = () if isinstance(plan, HuntPlan) else plan
    located = [(line, mistake) for line, mistake in repeated]
    located += [_located(mistake, place) for mistake in mistakes]
    if isinstance(plan, HuntPlan) and not located:
        return PlanFile(document, plan)
    located.sort(key=lambda pair: pair[0])
    return PlanErrors(tuple(f"{file_name}:{line}: {mistake.text()}" for line, mistake in located))


def _located(mistake: Mistake, root: Place) -> tuple[int, Mistake]:
    """Return a mistake with its line, and with the author's own spelling of what was found."""
    place, missing = _nearest(mistake.path, root)
    # "found yes" helps somebody who wrote `code: yes`; "found true" does not.
    if not missing and place.written is not None and mistake.found == described(place.value):
        mistake = Mistake(mistake.path, mistake.expected, place.written)
    return place.line, mistake


def _nearest(path: Path, root: Place) -> tuple[Place, bool]:
    """Return the place of `path`, or of the nearest thing around it when that is missing."""
    place = root
    for step in path:
        inner = place.parts.get(step)
        if inner is None:
            return place, True
        place = inner
    return place, False
