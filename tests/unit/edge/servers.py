# SPDX-License-Identifier: EUPL-1.2
"""Real servers on loopback that behave as well or as badly as a test asks, and certificates for them."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["Answers", "Authority", "Script", "answer", "serve"]

Script = Callable[[socket.socket], None]
"""Answers one connection, whose request has been read; the server hangs up afterwards."""


def answer(status: str = "200 OK", body: bytes = b"", *headers: str) -> bytes:
    """A whole answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Answers:
    """A server that is running.

    Attributes:
        requests: what came in, each up to the end of its body.
    """

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lines(self) -> list[str]:
        """First lines of the requests."""
        return [request.split(b"\r\n")[0].decode() for request in self.requests]


@contextmanager
def serve(script: Script | bytes | Sequence[bytes], *, tls: ssl.SSLContext | None = None) -> Iterator[Answers]:
    """Serve on a free port of 127.0.0.1; a list is one answer per connection, the last one from then on."""
    given = [script] if isinstance(script, bytes) else script
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Answers(listener.getsockname()[1])
        stopped = threading.Event()

        def handle(connection: socket.socket, count: int) -> None:
            try:
                connection.settimeout(1)
                with tls.wrap_socket(connection, server_side=True) if tls else connection as talking:
                    server.requests.append(_request(talking))
                    if callable(given):
                        given(talking)
                    else:
                        talking.sendall(given[min(count, len(given) - 1)])
            except OSError:
                pass  # the client hung up, as many tests want it to
            finally:
                connection.close()

        def listen() -> None:
            threads: list[threading.Thread] = []
            while True:
                connection, _ = listener.accept()
                if stopped.is_set():
                    connection.close()
                    break
                threads.append(threading.Thread(target=handle, args=(connection, len(threads))))
                threads[-1].start()
            for thread in threads:
                thread.join()

        listening = threading.Thread(target=listen)
        listening.start()
        try:
            yield server
        finally:
            stopped.set()
            socket.create_connection(("127.0.0.1", server.port)).close()
            listening.join()


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            return received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                part = connection.recv(65_536)
                if not part:
                    break
                body += part
    return head + b"\r\n\r\n" + body


class Authority:
    """A certificate authority of the tests' own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority for a test")])
        public = self._key.public_key()
        self._certificate = (
            self._builder(self._name, public)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """Its certificate, as an anchor."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def context(self, folder: Path, name: str) -> ssl.SSLContext:
        """What a server with a certificate for a name or an address needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server for a test")])
        number = name.replace(".", "").isdigit()
        entry = x509.IPAddress(ip_address(name)) if number else x509.DNSName(name)
        certificate = (
            self._builder(subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([entry]), critical=False)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        file = folder / "server.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(self, subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
