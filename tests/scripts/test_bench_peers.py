import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.bench import EXIT_DONE, EXIT_FAILED, main
from scripts.bench_children import CannotStart
from scripts.bench_peers import DEPTHS, Result, _summary
from scripts.bench_peers_servers import PEERS, SOURCES, install

LIMIT_S = 30.0

PACKAGES = "BENCH_PEERS_PACKAGES"
"""Names the folder of Node's packages in the environment; npm fills it the first time."""


def command(folder: Path, name: str, script: str) -> None:
    """A program of that name, to be found on the PATH."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs come first; `node` is new enough, `npm` writes down each call."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command(folder, "node", "echo v22.1.0")
    command(folder, "npm", f'echo "$1" >> {tmp_path}/calls; mkdir -p node_modules')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


# Installing ---------------------------------------------------------------------------------


def test_without_node_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["peers", "--quick", "--folder", str(tmp_path)]) == EXIT_FAILED
    assert "the peers need Node and npm" in capsys.readouterr().err


def test_an_old_node_is_not_taken(path: Path, tmp_path: Path) -> None:
    command(path, "node", "echo v18.20.0")
    with pytest.raises(CannotStart, match=r"Node 20 or newer, this is v18\.20\.0"):
        install(tmp_path / "packages")


def test_packages_are_installed_once_and_the_programs_always_renewed(
    path: Path, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    install(packages)
    (packages / "hunt.js").write_text("an older one", encoding="utf-8")
    install(packages)
    assert (tmp_path / "calls").read_text() == "ci\n"
    for name in ("hunt.js", "socketio.js", "colyseus.js", "package-lock.json"):
        assert (packages / name).read_bytes() == (SOURCES / name).read_bytes()
    (packages / "package-lock.json").write_text("{}", encoding="utf-8")
    install(packages)
    assert (tmp_path / "calls").read_text() == "ci\nci\n"


def test_what_npm_could_not_install_is_told_and_tried_again(path: Path, tmp_path: Path) -> None:
    command(path, "npm", "mkdir -p node_modules; echo the registry is gone >&2; exit 1")
    with pytest.raises(CannotStart, match="the registry is gone"):
        install(tmp_path / "packages")
    assert not (tmp_path / "packages" / "node_modules").exists()


def test_every_version_is_pinned() -> None:
    package = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    for name, version in package["dependencies"].items():
        assert version[0].isdigit()
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    assert all(one.get("integrity") for name, one in lock["packages"].items() if name)


# Rules and figures --------------------------------------------------------------------------


CLAIMS = """
    import { Hunt } from "./hunt.js";
    const saved = [], hunt = new Hunt(3, { append: (event) => saved.push(event) });
    const [otters, terns] = [hunt.team("Otters"), hunt.team("Terns")];
    const claim = (team, location, code) => hunt.claim(team, { location, code });
    console.log(JSON.stringify([
        claim(otters, "p00001", "y"), claim(otters, "p00001", "x"), claim(otters, "p00001", "x"),
        claim(terns, "p00001", "x"), claim(terns, "p00002", "x"), claim(terns, "p00003", "x"),
        ...["A", "B"].map((name) => claim(hunt.team(name), "p00001", "x")),
        saved.map(({ team, location, rank, points }) => [team, location, rank, points]),
    ]));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
def test_a_peer_decides_as_cairn_does() -> None:
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", CLAIMS],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT_S,
    )
    *answers, saved = json.loads(done.stdout)
    assert [one.get("reason") for one in answers] == [
        "wrong_code",
        None,
        "already_found",
        None,
        None,
        "no_such_location",
        None,
        None,
    ]
    accepted = [one for one in answers if one["t"] == "accepted"]
    assert [(one["points"], one["rank"], one["score"]) for one in accepted] == [
        (30, 1, 30),
        (20, 2, 20),
        (30, 1, 50),
        (15, 3, 15),
        (10, 4, 10),
    ]
    assert saved == [
        ["Otters", "p00001", 1, 30],
        ["Terns", "p00001", 2, 20],
        ["Terns", "p00002", 1, 30],
        ["A", "p00001", 3, 15],
        ["B", "p00001", 4, 10],
    ]


def result(per_s: float, accepted: int = 5, journaled: int | None = 5, refused: int = 0) -> Result:
    row = {"what": "one", "per_s_1": per_s, "per_s_8": 2 * per_s}
    return Result(row, accepted, journaled, refused)


def test_cairn_should_be_ahead_of_the_journaled_at_both_depths_and_of_all_at_one() -> None:
    summary = _summary([result(100), *[result(80), result(125, journaled=None)] * 2])
    assert [row.get("ratio_1") for row in summary["rows"]] == [None, 1.25, 0.8, 1.25, 0.8]
    expected = [(one.name, n) for one in PEERS for n in DEPTHS if one.is_journaled or n == 1]
    assert [one["what"] for one in summary["targets"]] == [
        f"Cairn / {name}, {n} in flight" for name, n in expected
    ]
    assert [one["holds"] for one in summary["targets"]] == [True, True, False] * 2
    assert summary["correct"]["is_correct"]


@pytest.mark.parametrize("wrong", [result(1, journaled=4), result(1, refused=1)])
def test_what_was_lost_or_refused_anywhere_is_not_correct(wrong: Result) -> None:
    right = [result(1) for _ in PEERS]
    assert not _summary([wrong, *right])["correct"]["is_correct"]
    assert not _summary([result(1), wrong, *right[1:]])["correct"]["is_correct"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no Node with npm")
@pytest.mark.skipif(PACKAGES not in os.environ, reason=f"{PACKAGES} names no folder of packages")
def test_the_same_claims_are_made_on_all_and_none_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = os.environ[PACKAGES]
    code = main(["peers", "--quick", "--json", "--packages", packages, "--folder", str(tmp_path)])
    summary = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE, summary["correct"]
    assert [row["what"] for row in summary["rows"][1:]] == [one.name for one in PEERS]
    assert all(row["per_s_1"] > 0 and row["per_s_8"] > 0 for row in summary["rows"])
    assert list(tmp_path.iterdir()) == []
