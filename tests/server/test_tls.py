import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from server.tls import TlsUnusable, server_context
from tests.server.certificates import Certificate, make_certificate


def why_not(chain: Path, key: Path) -> str:
    with pytest.raises(TlsUnusable) as caught:
        server_context(chain, key)
    return str(caught.value)


def test_a_good_pair_listens_with_nothing_older_than_tls_1_2(certificate: Certificate) -> None:
    context = server_context(*certificate)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_what_cannot_be_read_is_named(certificate: Certificate, tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    assert f"the certificate {missing} cannot be read" in why_not(missing, certificate.key)
    assert f"the key {missing} cannot be read" in why_not(certificate.chain, missing)
    assert "cannot be read: Is a directory" in why_not(tmp_path, certificate.key)


def test_a_key_of_another_certificate_is_said_to_be_one(
    certificate: Certificate, tmp_path: Path
) -> None:
    other = make_certificate(tmp_path)
    assert "does not belong to" in why_not(certificate.chain, other.key)


def test_files_that_hold_something_else_are_said_to(
    certificate: Certificate, tmp_path: Path
) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    assert "not a certificate and a key" in why_not(tmp_path / "text.pem", certificate.key)
    assert "not a certificate and a key" in why_not(certificate.chain, tmp_path / "text.pem")


def test_a_key_with_a_password_asks_nobody(certificate: Certificate, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None
    locked = tmp_path / "locked.pem"
    subprocess.run(
        [
            openssl,
            "ec",
            "-in",
            str(certificate.key),
            "-aes256",
            "-passout",
            "pass:x",
            "-out",
            str(locked),
        ],
        check=True,
        capture_output=True,
    )
    assert "is encrypted" in why_not(certificate.chain, locked)
