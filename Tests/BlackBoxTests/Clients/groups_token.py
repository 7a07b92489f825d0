"""Prints a token such as a directory issues for somebody who is in many groups: each a UUID in the claim `groups`.

The first group is always the same, for a mapping to grants.
"""

import argparse
import base64
import hashlib
import hmac
import json
import time
import uuid

FIRST = "11111111-1111-4111-8111-111111111111"


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", required=True)
    parser.add_argument("--sub", required=True)
    parser.add_argument("--groups", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=3600)
    options = parser.parse_args()
    with open(options.keys) as file:
        key = json.load(file)["keys"][0]
    now = int(time.time())
    header = {"alg": "HS256", "typ": "JWT", "kid": key["kid"]}
    claims = {
        "sub": options.sub, "iat": now, "exp": now + options.seconds, "jti": str(uuid.uuid4()),
        "groups": [FIRST] + [str(uuid.uuid4()) for _ in range(options.groups - 1)],
    }
    text = b".".join(b64(json.dumps(part).encode()) for part in (header, claims))
    secret = base64.urlsafe_b64decode(key["k"] + "=" * (-len(key["k"]) % 4))
    print((text + b"." + b64(hmac.new(secret, text, hashlib.sha256).digest())).decode())


if __name__ == "__main__":
    main()
