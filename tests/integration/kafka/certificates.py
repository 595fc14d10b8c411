# SPDX-License-Identifier: EUPL-1.2
"""An authority and a broker's certificate for the time of a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(name: str, issuer: str, key: RSAPrivateKey, signer: RSAPrivateKey) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(signer, hashes.SHA256())
    )


def write_certificates(folder: Path) -> tuple[Path, Path]:
    """The authority's certificate, which clients trust, and the broker's keystore."""
    authority, broker = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
    trusted, keystore = folder / "authority.pem", folder / "broker.pem"
    above = _certificate("test authority", "test authority", authority, authority)
    own = _certificate("broker", "test authority", broker, authority)
    trusted.write_bytes(above.public_bytes(Encoding.PEM))
    key = broker.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    keystore.write_bytes(key + own.public_bytes(Encoding.PEM) + above.public_bytes(Encoding.PEM))
    return trusted, keystore
