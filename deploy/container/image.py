#!/usr/bin/env python3
"""Makes the image of a Dockerfile where no container engine runs, and starts it as an engine would.

    image.py build DOCKERFILE BASE TREE DIST   carries out the last stage: BASE is the folder of its FROM, and what it
                                               copies from the build stage comes from DIST
    image.py run TREE [--mount FROM:TO]... [-- COMMAND...]
    image.py health TREE PID                   runs the health check in a container that `run` started

`run` is what an engine is asked for with --user, --read-only, --cap-drop=ALL and --security-opt=no-new-privileges: the
root is read-only, /tmp is memory, the user is the image's, and the network is this machine's. It prints nothing of its
own, and ends as the program does.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys


def steps(dockerfile):
    """The instructions of the last stage."""
    text = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", pathlib.Path(dockerfile).read_text(), flags=re.M))
    lines = [line.split(None, 1) for line in text.split("\n") if line.strip()]
    begin = max(number for number, line in enumerate(lines) if line[0] == "FROM")
    return [(word, rest) for word, rest in lines[begin + 1:]]


def build(dockerfile, base, tree, dist):
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["cp", "--archive", "--reflink=auto", base, tree], check=True)
    shutil.copy("/etc/resolv.conf", f"{tree}/etc/resolv.conf")
    config = {"env": {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, "user": "0:0", "volumes": []}
    for word, rest in steps(dockerfile):
        match word:
            case "RUN":
                subprocess.run(["chroot", tree, "/bin/sh", "-ec", rest], check=True, env={
                    **config["env"], "DEBIAN_FRONTEND": "noninteractive"}, stdout=sys.stderr)
            case "COPY":
                stage, source, place = rest.split()
                assert stage == "--from=build" and source.startswith("/src/dist/"), rest
                pathlib.Path(tree + place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(f"{dist}/{source.removeprefix('/src/dist/')}", tree + place)
            case "USER":
                config["user"] = rest
            case "VOLUME":
                config["volumes"].append(rest)
            case "ENV":
                config["env"] |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "ENTRYPOINT" | "CMD":
                config[word.lower()] = json.loads(rest)
            case "HEALTHCHECK":
                config["health"] = json.loads(rest.split("CMD", 1)[1])
            case "EXPOSE" | "STOPSIGNAL":
                config[word.lower()] = rest
            case _:
                raise SystemExit(f"image.py does not know {word}")
    pathlib.Path(f"{tree}.json").write_text(json.dumps(config, indent=2))


def entered(tree, config, command):
    """The command as the image's user, without a capability and without a way to one."""
    user, group = config["user"].split(":")
    given = {name: value for name, value in os.environ.items() if name.startswith("SLUICE_ADMIN_")}
    variables = [f"{name}={value}" for name, value in (config["env"] | given).items()]
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
            "--inh-caps=-all", "env", "-i", *variables, *command]


def run(tree, arguments):
    config = json.loads(pathlib.Path(f"{tree}.json").read_text())
    mounts = []
    while arguments[:1] == ["--mount"]:
        mounts.append(arguments[1].split(":"))
        arguments = arguments[2:]
    command = config["entrypoint"] + (arguments[1:] if arguments[:1] == ["--"] else config["cmd"])
    lines = ["set -e", f"mount --bind {tree} {tree}", f"mount -t tmpfs tmpfs {tree}/tmp",
             f"mount -t proc proc {tree}/proc", f"mount --rbind /dev {tree}/dev"]
    for source, place in mounts:
        lines += [f"mount --bind {source} {tree}{place}"]
    lines += [f"mount -o remount,bind,ro {tree}"]
    # setpriv has to be called inside of the tree, which Debian's has.
    lines += ["exec chroot " + shlex.join([tree, *entered(tree, config, command)])]
    os.execvp("unshare", ["unshare", "--mount", "--propagation=private", "sh", "-c", "\n".join(lines)])


def health(tree, process):
    config = json.loads(pathlib.Path(f"{tree}.json").read_text())
    os.execvp("nsenter", ["nsenter", f"--target={process}", "--mount", f"--root=/proc/{process}/root",
                          *entered(tree, config, config["health"])])


match sys.argv[1:]:
    case ["build", dockerfile, base, tree, dist]:
        build(dockerfile, base, os.path.abspath(tree), dist)
    case ["run", tree, *arguments]:
        run(os.path.abspath(tree), arguments)
    case ["health", tree, process]:
        health(os.path.abspath(tree), process)
    case _:
        raise SystemExit(__doc__)
