"""The runner of the proofs, on proofs made up for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import prove
from tests.integration.harness import REPOSITORY
from tests.proofs.ledger import Proof

CONFTEST = """
from tests.conftest import pytest_addoption
from tests.proofs.conftest import proof, pytest_runtest_makereport
"""

PROOFS = """
import pytest

pytestmark = pytest.mark.proof


def test_t90_what_holds(proof):
    proof.claims("T90 good", "It holds.")
    proof.tried(proof.size(ci=3, long=30))
    proof.bites("a planted fault", True)
    proof.figure("3 ms")


def test_t91_what_does_not(proof):
    proof.claims("T91 bad", "It does not hold.")
    proof.tried()
    proof.expect(False, "one is lost")
    proof.expect(False, "another is lost")


def test_t92_what_raises(proof):
    proof.claims("T92 worse", "It raises.")
    proof.tried()
    raise RuntimeError("no server")


def test_t93_what_cannot_be_tried(proof):
    proof.claims("T93 absent", "It needs a tool.")
    proof.skipped("strace is missing")


def test_t94_what_tries_nothing(proof):
    proof.claims("T94 empty", "It tries nothing.")


def test_t95_what_does_not_bite(proof):
    proof.claims("T95 toothless", "Its planted fault is not found.")
    proof.tried()
    proof.bites("a planted fault", False)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the made-up proofs are, in place of the real ones."""
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_made_up.py").write_text(PROOFS, encoding="utf-8")
    monkeypatch.setattr(prove, "PROOFS", str(tmp_path))
    return tmp_path


def outcomes(only: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, prove.Line]]:
    code = prove.main(["--json", "--only", only])
    found = json.loads(capsys.readouterr().out)
    return code, {one["name"].split()[0]: one for one in found}


@pytest.mark.slow
def test_every_kind_of_outcome_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = outcomes("", capsys)
    assert code == 1
    assert {name: one["violations"] for name, one in found.items()} == {
        "T90": 0,
        "T91": 2,
        "T92": 1,
        "T93": 0,
        "T94": 0,
        "T95": 1,
    }
    assert (found["T90"]["tries"], found["T90"]["figure"]) == (3, "3 ms")
    assert found["T93"]["is_skipped"]


@pytest.mark.slow
@pytest.mark.parametrize(("only", "code"), [("T90", 0), ("T93", 0), ("T91", 1), ("T94", 1)])
def test_the_exit_code_says_whether_all_held(
    folder: Path, capsys: pytest.CaptureFixture[str], only: str, code: int
) -> None:
    assert outcomes(only, capsys)[0] == code


@pytest.mark.slow
def test_a_skipped_proof_fails_a_run_that_allows_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prove.main(["--json", "--only", "T93", "--no-skips"]) == 1
    capsys.readouterr()


def test_a_claim_that_there_is_not_is_said_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prove.main(["--only", "T99"]) == 2
    assert "--list" in capsys.readouterr().out


def test_the_real_proofs_are_listed() -> None:
    listed = subprocess.run(
        [sys.executable, "scripts/prove.py", "--list"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in ("t1", "t2", "t3", "t4", "t5", "t6", "t9", "t10", "t12", "t14", "t16", "t21"):
        assert f"::test_{name}_" in listed, name


def test_violations_are_counted_and_the_first_is_in_words() -> None:
    proof = Proof(False, lambda _: None)
    proof.expect(True, "fine")
    proof.expect(False, "lost")
    assert (proof.outcome.violations, proof.found) == (1, ["lost"])
