"""A broker with TLS and SASL, with a certificate authority of its own for one run."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aep_engines import Kafka
from aep_engines.ports import own_ports
from tests.shared.eventlog.scram import add_user

PASSWORD = "sesame:1/2"
_LOGIN = "org.apache.kafka.common.security"
_PROTOCOLS = ["CONTROLLER:PLAINTEXT", "PLAINTEXT:PLAINTEXT", "SECURE:SASL_SSL", "CLEAR:SASL_PLAINTEXT"]


class SecureBroker:
    """`encrypted` and `clear` are the addresses of the listeners with TLS and without; both ask for SASL."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.ca = folder / "ca.pem"
        self._make_certificates(folder)
        plain, encrypted, clear, controller = own_ports(4)
        self.encrypted, self.clear = f"127.0.0.1:{encrypted}", f"127.0.0.1:{clear}"
        addresses = f"PLAINTEXT://127.0.0.1:{plain},SECURE://{self.encrypted},CLEAR://{self.clear}"
        plain_login = f'{_LOGIN}.plain.PlainLoginModule required user_aep="{PASSWORD}";'
        scram = f"{_LOGIN}.scram.ScramLoginModule required;"
        settings = {
            "listeners": f"{addresses},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": addresses,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listener.security.protocol.map": ",".join(_PROTOCOLS),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(folder / "server.pem"),
            "listener.name.secure.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.secure.plain.sasl.jaas.config": plain_login,
            "listener.name.secure.scram-sha-512.sasl.jaas.config": scram,
            "listener.name.clear.sasl.enabled.mechanisms": "SCRAM-SHA-256",
            "listener.name.clear.scram-sha-256.sasl.jaas.config": scram,
        }
        self._kafka = Kafka(folder / "kafka", port=plain, settings=settings)

    async def start(self) -> None:
        await asyncio.to_thread(self._kafka.start)
        await add_user(self._kafka.bootstrap_servers, "aep", PASSWORD)

    def stop(self) -> None:
        self._kafka.stop()

    def _make_certificates(self, folder: Path) -> None:
        authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        signed = _certificate(issuer, issuer, authority).add_extension(x509.BasicConstraints(True, None), True)
        self.ca.write_bytes(_pem(signed.sign(authority, hashes.SHA256())))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        leaf = _certificate(subject, issuer, server).add_extension(address, False)
        key = server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "server.pem").write_bytes(key + _pem(leaf.sign(authority, hashes.SHA256())))


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
