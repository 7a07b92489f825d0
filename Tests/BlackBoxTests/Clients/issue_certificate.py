"""Issues a certificate that ends so many seconds from now, or before now: FOLDER/NAME.pem and FOLDER/NAME.key."""

import argparse
import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--authority", type=pathlib.Path, required=True)
arguments.add_argument("--authority-key", type=pathlib.Path, required=True)
arguments.add_argument("--folder", type=pathlib.Path, required=True)
arguments.add_argument("--seconds", type=int, required=True)
arguments.add_argument("--name", default="short")
arguments.add_argument("--rsa", action="store_true")
options = arguments.parse_args()

authority = x509.load_pem_x509_certificate(options.authority.read_bytes())
authority_key = serialization.load_pem_private_key(options.authority_key.read_bytes(), None)
key = rsa.generate_private_key(65537, 2048) if options.rsa else ec.generate_private_key(ec.SECP256R1())
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder()
    .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, options.name)]))
    .issuer_name(authority.subject)
    .public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(now - datetime.timedelta(days=2))
    .not_valid_after(now + datetime.timedelta(seconds=options.seconds))
    .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
    .sign(authority_key, hashes.SHA256())
)
(options.folder / f"{options.name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
(options.folder / f"{options.name}.key").write_bytes(
    key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
