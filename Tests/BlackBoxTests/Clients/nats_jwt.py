"""Makes an operator, an account and a user as `nsc` does: a configuration with the first two, and the user's
credentials file. The keys live as long as the test.

Usage: nats_jwt.py CONFIGURATION CREDENTIALS
"""

import base64
import binascii
import json
import sys
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED, OPERATOR, ACCOUNT, USER = 18 << 3, 14 << 3, 0, 20 << 3


def nkey(prefix, raw):
    """An NKey's text: prefix, bytes and checksum in base32."""
    body = bytes(prefix) + raw
    body += binascii.crc_hqx(body, 0).to_bytes(2, "little")
    return base64.b32encode(body).decode().rstrip("=")


class Key:
    def __init__(self, kind):
        self.kind = kind
        self.key = Ed25519PrivateKey.generate()

    @property
    def public(self):
        return nkey([self.kind], self.key.public_key().public_bytes_raw())

    @property
    def seed(self):
        return nkey([SEED | self.kind >> 5, (self.kind & 31) << 3], self.key.private_bytes_raw())

    def sign(self, subject, name, claims):
        """A JWT about `subject`."""
        part = {"jti": name, "iat": int(time.time()), "iss": self.public, "name": name, "sub": subject, "nats": claims}
        text = encode({"typ": "JWT", "alg": "ed25519-nkey"}) + "." + encode(part)
        return text + "." + base64url(self.key.sign(text.encode()))


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def encode(part):
    return base64url(json.dumps(part).encode())


def main():
    configuration, credentials = sys.argv[1:]
    operator, account, user = Key(OPERATOR), Key(ACCOUNT), Key(USER)
    no_limit = {name: -1 for name in ["subs", "data", "payload"]}
    limits = no_limit | {name: -1 for name in ["imports", "exports", "conn", "leaf"]} | {"wildcards": True}
    operator_jwt = operator.sign(operator.public, "operator", {"type": "operator", "version": 2})
    account_jwt = operator.sign(account.public, "account", {"limits": limits, "type": "account", "version": 2})
    user_jwt = account.sign(user.public, "user", no_limit | {"pub": {}, "sub": {}, "type": "user", "version": 2})
    with open(configuration, "w") as file:
        file.write(f"operator: {operator_jwt}\nresolver: MEMORY\n")
        file.write(f"resolver_preload: {{ {account.public}: {account_jwt} }}\n")
    with open(credentials, "w") as file:
        file.write(f"-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n")
        file.write(f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n")


main()
