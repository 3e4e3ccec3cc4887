"""Tells files that hold a secret: by their names, and by the first bytes of keys."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

#: Names, in small letters, of files that hold passwords, tokens or private keys.
_NAMES = frozenset({
    ".envrc", ".netrc", "_netrc", ".pypirc", "pip.conf", ".npmrc", ".git-credentials", ".htpasswd",
    ".pgpass", ".boto", ".s3cfg", ".dockercfg", ".vault-token", "id_rsa", "id_dsa", "id_ecdsa",
    "id_ed25519", "kubeconfig", "credentials", "credentials.json", "credentials.ini",
    "credentials.toml", "credentials.yaml", "credentials.yml", "secret.json", "secret.yaml",
    "secret.yml", "secret.toml", "secrets.json", "secrets.yaml", "secrets.yml", "secrets.toml",
})  # fmt: skip
_ENDS = (".env", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".kubeconfig")
_BEGINS = ".env."
_CLIENT_BEGINS, _CLIENT_ENDS = "client_secret", ".json"  # Google's: a number is between
_FOLDERS = (".aws", ".azure", ".docker", ".gcloud", ".gnupg", ".kube", ".ssh")
#: Of ``.env.*``, those that show what a real one holds.
_EXAMPLES = ("example", "sample", "template", "dist")
#: Files of these are looked into as a whole: a certificate is no secret, its key is.
_KEY_ENDS = (".pem", ".key", ".crt", ".cer", ".der", ".json", ".ppk")
_PRIVATE = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY|PuTTY-User-Key-File|\"private_key\"\s*:")
_HEAD_BYTES = 64 << 10
#: How any other file begins that is a key, as ssh-keygen and openssl write it.
_KEY_BEGINS = re.compile(rb"\s*-----BEGIN [A-Z ]*PRIVATE KEY")
_LINE_BYTES = 64


def is_secret_folder(path: PurePosixPath) -> bool:
    """Whether the folder is one in which a tool keeps its credentials."""
    return path.name.lower() in _FOLDERS


def is_secret(path: PurePosixPath, file: Path) -> bool:
    """Whether ``file``, at ``path`` in the function's folder, holds a secret.

    Raises:
        OSError: it had to be read for that, and cannot be.
    """
    name = path.name.lower()
    if name.rpartition(".")[2] in _EXAMPLES:
        return False
    if name in _NAMES or name.endswith(_ENDS) or name.startswith(_BEGINS):
        return True
    if name.startswith(_CLIENT_BEGINS) and name.endswith(_CLIENT_ENDS):
        return True
    if name.endswith(".py"):
        return False
    with file.open("rb") as stream:
        if name.endswith(_KEY_ENDS):
            return _PRIVATE.search(stream.read(_HEAD_BYTES)) is not None
        return _KEY_BEGINS.match(stream.read(_LINE_BYTES)) is not None
