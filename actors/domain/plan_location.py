"""Turn one location of a plan document into a location of the hunt plan."""

from collections.abc import Iterator

from actors.domain.ids import LocationId
from actors.domain.plan import Answer, Hint, Location, Proof, Requirement
from actors.domain.plan_document import (
    NAME_CHARS_MAX,
    HintDocument,
    LocationDocument,
    RegexAnswer,
)
from actors.domain.plan_mistakes import Mistakes, Path, quoted
from actors.domain.plan_values import duration_s, regex_mistake
from actors.domain.text import clean_name, normalise

HINT_AFTER_S_MAX = 366 * 86_400.0
"""The latest sale of a hint, in seconds: no hunt lasts longer."""


def read_location(location: LocationDocument, path: Path, mistakes: Mistakes) -> Location:
    """Check what the shape of a location cannot say, and complete it.

    Mistakes are noted under `path`; the result is of use only when there are none.
    """
    answers = tuple(_answers(location, path, mistakes))
    return Location(
        id=LocationId(location.id),
        name=read_name(location.name, (*path, "name"), mistakes),
        clue=location.clue.strip(),
        at=location.at,
        radius_m=location.radius_m,
        proof=_proof(location, path, mistakes),
        code=_code(location, path, mistakes),
        answers=answers,
        near_misses=_near_misses(location, answers, path, mistakes),
        points=location.points,
        stock=location.stock,
        capacity=location.capacity,
        requires=_requirement(location, path, mistakes),
        hints=tuple(
            _hint(hint, (*path, "hints", index), mistakes)
            for index, hint in enumerate(location.hints)
        ),
        on_map=_on_map(location, path, mistakes),
    )


def read_name(name: str, path: Path, mistakes: Mistakes) -> str:
    """Return a name without invisible characters; one that has nothing else is a mistake."""
    cleaned = clean_name(name, NAME_CHARS_MAX)
    if cleaned is None and not mistakes.spoil(path):
        mistakes.add(path, "a name that can be seen", ascii(name))
    return cleaned or ""


def _proof(location: LocationDocument, path: Path, mistakes: Mistakes) -> tuple[Proof, ...]:
    """Return what is listed, or what the location's other keys allow: code, answer, position."""
    possible = {
        Proof.CODE: ("code", location.code is not None),
        Proof.ANSWER: ("answers", bool(location.answers)),
        Proof.POSITION: ("at", location.at is not None),
    }
    proof_path = (*path, "proof")
    if location.proof is None:
        for proof, (key, is_given) in possible.items():
            if is_given or mistakes.spoil((*path, key)):
                return (proof,)
        mistakes.add(path, "a code, answers or a position (at) to prove a find", "none of them")
        return ()
    if mistakes.spoil(proof_path):
        return ()
    if len(set(location.proof)) < len(location.proof):
        mistakes.add(proof_path, "each kind of proof once", ", ".join(location.proof))
    for proof in location.proof:
        key, is_given = possible[proof]
        if not is_given and not mistakes.spoil((*path, key)):
            mistakes.add((*path, key), f'a value, since proof lists "{proof}"', "nothing")
    return tuple(location.proof)


def _code(location: LocationDocument, path: Path, mistakes: Mistakes) -> str | None:
    if location.code is None:
        return None
    code = normalise(location.code)
    if not code and not mistakes.spoil((*path, "code")):
        mistakes.add((*path, "code"), "a code with at least one character", quoted(location.code))
    return code


def _answers(location: LocationDocument, path: Path, mistakes: Mistakes) -> Iterator[Answer]:
    for index, answer in enumerate(location.answers):
        here = (*path, "answers", index)
        if mistakes.spoil(here):
            continue
        if isinstance(answer, RegexAnswer):
            if expected := regex_mistake(answer.regex):
                mistakes.add((*here, "regex"), expected, quoted(answer.regex))
            yield Answer(regex=answer.regex)
            continue
        text = normalise(answer)
        if not text:
            mistakes.add(here, "an answer with at least one character", quoted(answer))
        yield Answer(text=text)


def _near_misses(
    location: LocationDocument, answers: tuple[Answer, ...], path: Path, mistakes: Mistakes
) -> dict[str, str]:
    if not location.near_misses:
        return {}
    right = {answer.text for answer in answers if answer.text is not None}
    near_misses: dict[str, str] = {}
    for given, remark in location.near_misses.items():
        here = (*path, "near_misses", given)
        text = normalise(given)
        if mistakes.spoil(here):
            continue
        if not text:
            mistakes.add(here, "an answer with at least one character", quoted(given))
        elif text in right:
            mistakes.add(here, "a wrong answer", "one that answers accepts")
        elif text in near_misses:
            mistakes.add(here, "each near miss once (case does not matter)", quoted(given))
        near_misses[text] = remark
    return near_misses


def _on_map(location: LocationDocument, path: Path, mistakes: Mistakes) -> bool:
    is_placed = location.at is not None or mistakes.spoil((*path, "at"))
    if location.on_map and not is_placed and not mistakes.spoil((*path, "on_map")):
        mistakes.add((*path, "at"), "a position, since on_map is true", "nothing")
    return location.on_map


def _requirement(location: LocationDocument, path: Path, mistakes: Mistakes) -> Requirement | None:
    here = (*path, "requires")
    if not location.requires or mistakes.spoil(here):
        return None
    if isinstance(location.requires, list):
        of, any_of = location.requires, len(location.requires)
    else:
        of, any_of = location.requires.of, location.requires.any_
        if any_of > len(of):
            expected = f"at most {len(of)}, the number of locations in of"
            mistakes.add((*here, "any"), expected, f"the number {any_of}")
    if len(set(of)) < len(of):
        twice = next(other for other in of if of.count(other) > 1)
        mistakes.add(here, "each location once", f"{quoted(twice)} twice")
    if location.id in of:
        mistakes.add(here, "other locations only", f"{quoted(location.id)} itself")
    return Requirement(any_of=any_of, of=tuple(LocationId(other) for other in of))


def _hint(hint: HintDocument, path: Path, mistakes: Mistakes) -> Hint:
    after_s = duration_s(hint.after)
    if not mistakes.spoil((*path, "after")) and after_s > HINT_AFTER_S_MAX:
        mistakes.add((*path, "after"), "at most 366 days", f"{hint.after}")
    return Hint(text=hint.text.strip(), cost=hint.cost, after_s=after_s)
