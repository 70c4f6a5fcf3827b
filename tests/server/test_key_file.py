from pathlib import Path

import pytest

from server.key_file import KEY_BYTES, KeyUnusable, load_key


def test_the_first_start_makes_a_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    key = load_key(tmp_path / "cairn.db")
    assert key.is_new
    assert len(key.secret) == KEY_BYTES
    assert (tmp_path / "cairn.db.key").stat().st_mode & 0o777 == 0o600


def test_later_starts_load_the_same_key(tmp_path: Path) -> None:
    made = load_key(tmp_path / "cairn.db")
    loaded = load_key(tmp_path / "cairn.db")
    assert (loaded.secret, loaded.is_new, loaded.warning) == (made.secret, False, None)


def test_two_servers_have_two_keys(tmp_path: Path) -> None:
    assert load_key(tmp_path / "a.db").secret != load_key(tmp_path / "b.db").secret


def test_a_key_that_others_can_read_is_used_with_a_warning(tmp_path: Path) -> None:
    made = load_key(tmp_path / "cairn.db")
    (tmp_path / "cairn.db.key").chmod(0o640)
    loaded = load_key(tmp_path / "cairn.db")
    assert loaded.secret == made.secret
    assert loaded.warning is not None
    assert "chmod 600" in loaded.warning


@pytest.mark.parametrize("text", ["", "beef", "z" * 64, "é" * 64])
def test_a_file_without_a_key_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cairn.db.key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeyUnusable, match="backup"):
        load_key(tmp_path / "cairn.db")
    assert path.read_text(encoding="utf-8") == text


def test_what_a_crash_left_of_an_unfinished_key_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "cairn.db.key.new").write_text("be", encoding="ascii")
    assert load_key(tmp_path / "cairn.db").is_new
    assert not (tmp_path / "cairn.db.key.new").exists()
