"""Files that make one computer another than the next: each clone gets new ones of those that its source had."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import PurePosixPath

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

MACHINE_ID = "/etc/machine-id"
SSH_FOLDER = "/etc/ssh"
RSA_BITS = 3072
"""As ssh-keygen makes them."""

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def identity_files(paths: Iterable[str]) -> dict[str, bytes]:
    """New content for each of `paths` that is known (absolute path → bytes), public halves of keys included.

    A machine id is 32 hexadecimal digits and a line's end, as machine-id(5) has it; SSH host keys are in the form of
    ssh-keygen. What is not known is left out: then the clone has no such file.
    """
    files: dict[str, bytes] = {}
    for path in paths:
        if path == MACHINE_ID:
            files[path] = f"{secrets.token_hex(16)}\n".encode()
        elif (key := _host_key(PurePosixPath(path))) is not None:
            files[path] = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
            files[f"{path}.pub"] = public + b" root@workspace\n"
    return files


def _host_key(path: PurePosixPath) -> PrivateKey | None:
    if str(path.parent) != SSH_FOLDER:
        return None
    match path.name:
        case "ssh_host_ed25519_key":
            return ed25519.Ed25519PrivateKey.generate()
        case "ssh_host_ecdsa_key":
            return ec.generate_private_key(ec.SECP256R1())
        case "ssh_host_rsa_key":
            return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return None
