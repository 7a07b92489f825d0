"""Renews a certificate without a signal, in one of the ways in which that is done, and handshakes until the new one is served."""

import os
import pathlib
import shutil
import ssl
import time

from connection import context, parser, report, tls
from reload import Gateway, replace

arguments = parser(__doc__)
arguments.add_argument("--admin-port", type=int, required=True)
arguments.add_argument("--process", type=int, required=True)
arguments.add_argument("--config", type=pathlib.Path, required=True)
arguments.add_argument("--certificate", type=pathlib.Path, required=True, help="what is served; its key is beside it")
arguments.add_argument("--next", type=pathlib.Path, required=True)
arguments.add_argument("--how", choices=["renamed", "linked", "named"], required=True)
options = arguments.parse_args()

gateway = Gateway(options.process, options.admin_port)
KEY = ".key"


def renamed():
    """As certbot and others: one file after the other, the key so late that the gateway meets a pair that is none."""
    replace(str(options.certificate), options.next.read_text())
    time.sleep(1.3)
    replace(str(options.certificate.with_suffix(KEY)), options.next.with_suffix(KEY).read_text())


def linked():
    """As the kubelet (atomic_writer.go): another folder, a link to it in the former link's place, and the former one goes."""
    folder = options.certificate.parent
    (folder / "..2026_2").mkdir()
    for source, name in [(options.next, options.certificate.name), (options.next.with_suffix(KEY), "tls.key")]:
        shutil.copy(source, folder / "..2026_2" / name)
    os.symlink("..2026_2", folder / "..data_tmp")
    os.rename(folder / "..data_tmp", folder / "..data")
    shutil.rmtree(folder / "..2026_1")


def named():
    """The configuration file is what changes."""
    stem = str(options.certificate.with_suffix(""))
    replace(str(options.config), options.config.read_text().replace(stem, str(options.next.with_suffix(""))))


def served():
    with tls(options.port, context(options.ca)) as sock:
        return sock.getpeercert()


def name(certificate):
    return dict(part[0] for part in certificate["subject"])["commonName"]


def wait(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


names = [name(served())]
{"renamed": renamed, "linked": linked, "named": named}[options.how]()
began = time.monotonic()
wait(lambda: name(served()) != names[0], 10)
seconds = time.monotonic() - began
last = served()
# Two looks later it is still the one reload: what has been loaded is not loaded again.
wait(lambda: gateway.reloads()[0] > 1, 2.2)
report(
    names=names + [name(last)], seconds=seconds, not_after=ssl.cert_time_to_seconds(last["notAfter"]),
    reloads=gateway.reloads())
