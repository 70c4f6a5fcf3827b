"""TLS by the server itself, from a certificate and a key file."""

import ssl
from pathlib import Path

HSTS = "max-age=31536000"
"""Browsers that came once over TLS come so for a year, whatever the link says. Not for other
hosts of the domain, which are not Cairn's to decide about."""


class TlsUnusable(Exception):
    """The certificate or key cannot be used; the message says why and what to do."""


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What listens with this certificate (with its chain, PEM) and private key (PEM).

    Raises:
        TlsUnusable: they cannot be read, or do not belong together.
    """
    for what, path in (("certificate", certificate), ("key", key)):
        try:
            path.open("rb").close()
        except OSError as error:
            raise TlsUnusable(f"the {what} {path} cannot be read: {error.strerror}") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except _EncryptedKey:
        raise TlsUnusable(f"the key {key} is encrypted; give one without a password") from None
    except (ssl.SSLError, ValueError, OSError) as error:
        if "MISMATCH" in str(error).upper():
            raise TlsUnusable(f"the key {key} does not belong to {certificate}") from None
        raise TlsUnusable(
            f"{certificate} and {key} are not a certificate and a key in PEM"
        ) from None
    return context


class _EncryptedKey(Exception):
    pass


def _no_password() -> str:
    """A server that starts by itself can ask nobody."""
    raise _EncryptedKey
