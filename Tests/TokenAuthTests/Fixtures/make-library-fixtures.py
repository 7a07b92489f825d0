#!/usr/bin/env python3
"""Keys and tokens of each algorithm, as joserfc and PyJWT make them, for `LibraryTokenTests`.

    python make-library-fixtures.py > libraries.json        with the versions of Tests/requirements.txt

The keys are new each time, so the file is another each time too.
"""
import json
import sys
import warnings

import joserfc
import jwt as pyjwt
from joserfc import jwk, jwt

# `EdDSA` is what RFC 9864 wants replaced by `Ed25519`, and what is in use.
warnings.simplefilter("ignore")

ISSUED, EXPIRES = 1_799_999_000, 1_800_003_600
ALGORITHMS = {
    "HS256": ("oct", 256), "HS384": ("oct", 384), "HS512": ("oct", 512),
    "RS256": ("RSA", 2048), "RS384": ("RSA", 2048), "RS512": ("RSA", 2048),
    "PS256": ("RSA", 2048), "PS384": ("RSA", 2048), "PS512": ("RSA", 2048),
    "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"), "Ed25519": ("OKP", "Ed25519"),
}
CLAIMS = {"sub": "alice", "exp": EXPIRES, "iat": ISSUED, "jti": "1-2-3", "sluice": {"subscribe": ["news"]}}


def main():
    keys, tokens = [], []
    for algorithm, (kind, size) in ALGORITHMS.items():
        key = jwk.generate_key(kind, size, {"kid": algorithm.lower(), "alg": algorithm, "use": "sig"})
        header = {"alg": algorithm, "kid": key.kid}
        private = key.as_dict(private=True)
        own = private if kind == "oct" else key.as_dict(private=False)
        keys.append({"private": private, "public": own})
        token = jwt.encode(header, CLAIMS, key, algorithms=[algorithm])
        tokens.append({"library": "joserfc", "kid": key.kid, "token": token})
        if algorithm == "Ed25519":  # PyJWT does not know the name
            continue
        token = pyjwt.encode(CLAIMS, pyjwt.PyJWK(private).key, algorithm, {"kid": key.kid})
        tokens.append({"library": "PyJWT", "kid": key.kid, "token": token})
    made_with = f"joserfc {joserfc.__version__}, PyJWT {pyjwt.__version__}"
    json.dump({"madeWith": made_with, "keys": keys, "tokens": tokens}, sys.stdout, indent=1)
    print()


main()
