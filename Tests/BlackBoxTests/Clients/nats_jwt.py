"""Makes an operator, an account and a user as `nsc` does: a configuration with the first two, and the user's
credentials file. The keys live as long as the test. With SECONDS the user's JWT ends so soon, and LATER gets
credentials that do not end.

Usage: nats_jwt.py CONFIGURATION CREDENTIALS [SECONDS LATER]
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

    def sign(self, subject, name, claims, seconds=None):
        """A JWT about `subject`; it ends in so many seconds."""
        now = int(time.time())
        part = {"jti": name, "iat": now, "iss": self.public, "name": name, "sub": subject, "nats": claims}
        if seconds is not None:
            part["exp"] = now + seconds
        text = encode({"typ": "JWT", "alg": "ed25519-nkey"}) + "." + encode(part)
        return text + "." + base64url(self.key.sign(text.encode()))


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def encode(part):
    return base64url(json.dumps(part).encode())


NO_LIMIT = {name: -1 for name in ["subs", "data", "payload"]}
STORAGE = {name: -1 for name in ["mem_storage", "disk_storage", "streams", "consumer"]}


def write_credentials(path, account, user, seconds=None):
    claims = NO_LIMIT | {"pub": {}, "sub": {}, "type": "user", "version": 2}
    jwt = account.sign(user.public, "user", claims, seconds)
    with open(path, "w") as file:
        file.write(f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n")
        file.write(f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n")


def main():
    configuration, credentials, *rest = sys.argv[1:]
    operator, system, account, user = Key(OPERATOR), Key(ACCOUNT), Key(ACCOUNT), Key(USER)
    limits = NO_LIMIT | {name: -1 for name in ["imports", "exports", "conn", "leaf"]} | {"wildcards": True}
    operator_jwt = operator.sign(operator.public, "operator", {"type": "operator", "version": 2})
    preload = {}
    for key, name, more in [(system, "system", {}), (account, "account", STORAGE)]:
        claims = {"limits": limits | more, "type": "account", "version": 2}
        preload[key.public] = operator.sign(key.public, name, claims)
    with open(configuration, "w") as file:
        file.write(f"operator: {operator_jwt}\nresolver: MEMORY\nsystem_account: {system.public}\n")
        lines = "\n".join(f"  {public}: {jwt}" for public, jwt in preload.items())
        file.write(f"resolver_preload: {{\n{lines}\n}}\n")
    write_credentials(credentials, account, user, int(rest[0]) if rest else None)
    if rest:
        write_credentials(rest[1], account, user)


main()
