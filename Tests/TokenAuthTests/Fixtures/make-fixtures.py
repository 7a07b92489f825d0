#!/usr/bin/env python3
"""Tokens as another implementation makes them: python -m pip install joserfc; python make-fixtures.py > joserfc.json

Keys and times are fixed, and HMAC has no randomness, so the same version of joserfc writes the same file again.
"""
import json
import sys

import joserfc
from joserfc import jwt
from joserfc.jwk import OctKey

ISSUED, EXPIRES = 1_799_999_000, 1_800_003_600
KEYS = {
    "hs256": ("HS256", bytes(range(32))),
    "hs384": ("HS384", bytes(range(100, 148))),
    "hs512": ("HS512", bytes(range(64, 128))),
    "long secret": ("HS256", bytes(range(256)) * 2),
    "clé": ("HS256", b"\xff" * 32),
}
GRANTS = {"subscribe": ["news", "rooms/*"], "publish": ["user:*", "topic:rooms/*", "everyone"], "admin": True}
CLAIMS = {
    "least": {"sub": "alice", "exp": EXPIRES},
    "grants": {"sub": "alice", "exp": EXPIRES, "iat": ISSUED, "jti": "1-2-3", "sluice": GRANTS},
    "unicode": {"sub": "Zoë 😀", "exp": EXPIRES, "name": "\u2028\"\\/\n"},
    "fraction": {"sub": "bob", "exp": EXPIRES + 0.75, "nbf": ISSUED - 0.5},
    "others": {"sub": "bob", "exp": EXPIRES, "realm": {"roles": ["a", {"b": None}]}, "ok": True, "n": -1.5e-3},
}


def main():
    keys = [OctKey.import_key(secret, {"kid": kid, "alg": alg, "use": "sig"}) for kid, (alg, secret) in KEYS.items()]
    tokens = []
    for key in keys:
        for name, claims in CLAIMS.items():
            header = {"alg": key.alg, "kid": key.kid, "typ": "JWT"}
            token = jwt.encode(header, claims, key, algorithms=[key.alg])
            tokens.append({"name": name, "kid": key.kid, "subject": claims["sub"], "token": token})
    made_with = f"joserfc {joserfc.__version__}"
    jwks = {"keys": [key.as_dict(private=True) for key in keys]}
    json.dump({"madeWith": made_with, "jwks": jwks, "tokens": tokens}, sys.stdout, indent=1, ensure_ascii=False)
    print()


main()
