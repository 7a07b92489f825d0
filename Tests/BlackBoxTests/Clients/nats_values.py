"""Prints what deploy/helm/nats-values.yaml comes to in a server's own file, as far as it says what is kept and who may do
what. Arguments: the file, and the password that the Secret would have."""

import json
import re
import sys

import yaml

config = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))["config"]
jetstream = config["jetstream"]
store = {"store_dir": "store", "max_file_store": f"<< {jetstream['fileStore']['maxSize']} >>", **jetstream["merge"]}
for name, value in (config["merge"] | {"jetstream": store}).items():
    # As the chart does: a text is in quotes, and what stands in << >> is not.
    text = re.sub(r'"<< (.*?) >>"', r"\1", json.dumps(value))
    print(f"{name}: {text}".replace("$SLUICE_PASSWORD", json.dumps(sys.argv[2])))
