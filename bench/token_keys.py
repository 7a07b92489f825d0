"""Writes the private keys of the tests' fixture as one JWK Set: a key of each algorithm for `make bench-tokens`."""

import json

with open("Tests/TokenAuthTests/Fixtures/libraries.json", encoding="utf-8") as file:
    print(json.dumps({"keys": [key["private"] for key in json.load(file)["keys"]]}))
