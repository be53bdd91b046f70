"""Encryption at rest: Fernet under a key derived from the deployment's secret."""

import base64
from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from model.errors import FatalError

KEY_VARIABLE = "BELLWETHER_SECRET_KEY"
_MIN_BYTES = 16
_SEALED, _PLAIN = "sealed:", "plain:"


def _nowhere() -> bytes | None:
    return None


class Vault:
    """Seals and opens texts. Without a secret it can do neither; its repr shows nothing."""

    def __init__(self, secret_key: bytes | None, look: Callable[[], bytes | None] = _nowhere) -> None:
        """``secret_key``: any secret of at least 16 bytes. Raises FatalError for a shorter one.

        ``look``: where a key may turn up later, made by another process; asked for as long as there is none.
        """
        self._fernet = None if secret_key is None else Fernet(_derive(secret_key))
        self._look = look

    def __repr__(self) -> str:
        return f"Vault(open={self._fernet is not None})"

    @property
    def has_key(self) -> bool:
        return self._opened() is not None

    def _opened(self) -> Fernet | None:
        if self._fernet is None and (found := self._look()) is not None:
            self._fernet = Fernet(_derive(found))
        return self._fernet

    def seal(self, secret: str) -> str:
        """The encrypted text. Raises FatalError without a key."""
        return _SEALED + self._need().encrypt(secret.encode()).decode()

    def seal_if_possible(self, secret: str) -> str:
        """Encrypted where there is a key, else as it is, marked as such."""
        return self.seal(secret) if self.has_key else _PLAIN + secret

    def open(self, sealed: str) -> str:
        """The secret again. Raises FatalError without the key it was sealed with."""
        if sealed.startswith(_PLAIN):
            return sealed.removeprefix(_PLAIN)
        fernet = self._need()
        try:
            return fernet.decrypt(sealed.removeprefix(_SEALED).encode()).decode()
        except InvalidToken:
            raise FatalError(
                "A stored credential can't be opened with the secret key in use.",
                where=f"${KEY_VARIABLE}",
                fix="Set the key it was stored with, or enter the credential again.",
                reason="secret_key_wrong",
            ) from None

    def _need(self) -> Fernet:
        fernet = self._opened()
        if fernet is None:
            raise FatalError(
                "A stored credential needs a secret key, and none is set.",
                where=f"${KEY_VARIABLE}",
                fix=f"Set ${KEY_VARIABLE} to a long random text and keep it.",
                reason="secret_key_missing",
            )
        return fernet


def _derive(secret_key: bytes) -> bytes:
    """A Fernet key from the secret. HKDF, not a slow hash: the secret is random, not a password."""
    if len(secret_key) < _MIN_BYTES:
        raise FatalError(
            f"The secret key is shorter than {_MIN_BYTES} bytes.",
            where=f"${KEY_VARIABLE}",
            fix="Use a long random text.",
            reason="secret_key_short",
        )
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bellwether store").derive(secret_key)
    return base64.urlsafe_b64encode(derived)
