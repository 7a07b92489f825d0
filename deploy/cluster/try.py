#!/usr/bin/env python3
"""Runs a whole cluster on this machine, to try it: three NATS servers, three gateways, HAProxy before them.

It uses the files beside it, with ports of this machine and development certificates (`make certs`). While it runs it
reads commands: kill NAME, stop NAME, pause NAME, resume NAME, start NAME, status, quit. A name is nats-1, gateway-2,
haproxy … With --control it serves a page with a button for each of them, and with --demo the demo's page.
"""
import argparse, base64, pathlib, re, secrets, shutil, signal, socket, subprocess, sys, tempfile, time
import urllib.request

import control

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Part:
    """A program that can be killed and started again."""

    def __init__(self, name, command, folder):
        self.name, self.command, self.log = name, command, folder / f"{name}.log"
        self.process, self.is_paused, self.is_ending = None, False, False

    def start(self):
        if self.is_ending and self.process is not None:
            self.process.wait()
        if self.is_running():
            return
        self.is_paused, self.is_ending = False, False
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def state(self):
        if not self.is_running():
            return "down"
        return "paused" if self.is_paused else "running"

    def send(self, number):
        if self.is_running():
            self.process.send_signal(number)

    def pause(self):
        self.send(signal.SIGSTOP)
        self.is_paused = True

    def resume(self):
        self.send(signal.SIGCONT)
        self.is_paused = False

    def kill(self):
        self.finish(signal.SIGKILL)

    def stop(self):
        """A gateway serves on for `shutdown.delay` then, and drains."""
        self.resume()
        self.is_ending = self.is_running()
        self.send(signal.SIGTERM)

    def finish(self, number=signal.SIGTERM):
        self.send(signal.SIGCONT)
        self.send(number)
        if self.process is not None:
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def nats(number, ports, options, folder):
    routes = ",".join(f"nats://127.0.0.1:{ports[f'route-{n}']}" for n in (1, 2, 3))
    # Of what the file says, the flags can change all but this.
    file = folder / f"nats-{number}.conf"
    file.write_text((HERE / "nats.conf").read_text().replace("/var/lib/nats", str(folder / f"nats-{number}")))
    return [
        options.nats, "--config", str(file), "--name", f"nats-{number}", "--addr", "127.0.0.1",
        "--port", str(ports[f"nats-{number}"]), "--http_port", str(ports[f"monitor-{number}"]),
        "--cluster", f"nats://127.0.0.1:{ports[f'route-{number}']}", "--routes", routes,
    ]


def gateway_flags(ports, options):
    certificates = pathlib.Path(options.certificates)
    return [
        "--config", str(HERE / "gateway.yaml"), "--listen-address", "127.0.0.1", "--admin-address", "127.0.0.1",
        "--tls-certificate", str(certificates / "server.pem"), "--tls-key", str(certificates / "server.key"),
        "--auth-keys", str(certificates / "keys.json"),
        "--log-jetstream-servers", ",".join(f"nats://127.0.0.1:{ports[f'nats-{n}']}" for n in (1, 2, 3)),
        "--log-jetstream-monitor", ",".join(f"http://127.0.0.1:{ports[f'monitor-{n}']}" for n in (1, 2, 3)),
        "--limits-connections", "10000", "--limits-streams", "10000",
    ]


def gateway(number, ports, options, folder):
    own = ["--listen-port", str(ports[f"gateway-{number}"]), "--admin-port", str(ports[f"admin-{number}"])]
    tickets = ["--tls-ticket-keys", str(folder / "ticket-keys")]
    return [options.sluice, "serve"] + gateway_flags(ports, options) + own + tickets


def page_of(options):
    return f"https://localhost:{options.demo[0]}"


def demo(ports, options):
    """The demo's page and its backend, which uses the gateways through HAProxy.

    HAProxy has several ports then, so that tabs of one browser have connections of their own.
    """
    certificates = pathlib.Path(options.certificates)
    return [
        options.sluice, "demo", "--demo-port", str(options.demo[0]), "--ca", str(certificates / "ca.pem"),
        "--tls-certificate", str(certificates / "server.pem"), "--tls-key", str(certificates / "server.key"),
        "--auth-keys", str(certificates / "keys.json"),
        *(word for port in [ports["haproxy"], *options.demo[1:]] for word in ("--gateway", f"https://localhost:{port}")),
        *(["--control", f"http://127.0.0.1:{options.control}"] if options.control else []),
    ]


def haproxy(ports, folder, doors=()):
    """`doors` are ports beside its own."""
    binds = "\n    ".join(f"bind 127.0.0.1:{port}" for port in [ports["haproxy"], *doors])
    text = (HERE / "haproxy.cfg").read_text().replace("bind :443", binds)
    for number in (1, 2, 3):
        text = re.sub(
            rf"(server gateway{number} )\S+ check port \d+",
            rf"\g<1>127.0.0.1:{ports[f'gateway-{number}']} check port {ports[f'admin-{number}']}", text)
    (folder / "haproxy.cfg").write_text(text)
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


def is_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait_for(part, port, seconds=30):
    end = time.monotonic() + seconds
    while not is_ready(port):
        # 1 is what may pass, servers that are slow to answer: a service manager starts it again, too.
        hopes = part.is_running() or part.process.returncode == 1
        if time.monotonic() > end or not hopes:
            raise SystemExit(f"cluster: {part.name} is not ready. {part.log.read_text()}")
        part.start()
        time.sleep(0.1)


def wait_until_it_listens(part, port, seconds=10):
    end = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end or not part.is_running():
                raise SystemExit(f"cluster: {part.name} does not listen. {part.log.read_text()}")
        time.sleep(0.05)


def create_streams(ports, options):
    """The streams are made once, before the first gateway: none makes them by itself."""
    command = [options.sluice, "log", "create"] + gateway_flags(ports, options)
    end = time.monotonic() + 30
    while True:
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode == 0:
            return
        # 1 is what may pass: NATS has only just been started.
        if result.returncode != 1 or time.monotonic() > end:
            raise SystemExit(f"cluster: {result.stderr}")
        time.sleep(0.1)


def status(parts, ports):
    for name, part in parts.items():
        words = "is running" if part.is_running() else "is down"
        if name.startswith("gateway") and part.is_running():
            words += ", ready" if is_ready(ports["admin" + name[len("gateway"):]]) else ", not ready"
        print(f"  {name} {words}; its log: {part.log}", flush=True)


def obey(line, parts, ports):
    """Returns whether to go on."""
    word, name = (line.split() + ["", ""])[:2]
    part = parts.get(name)
    if word == "quit":
        return False
    if word == "status":
        status(parts, ports)
    elif part is None or word not in control.ACTIONS:
        words = ", ".join(f"{word} NAME" for word in control.ACTIONS)
        print(f"  {words}, status, quit; a name: {', '.join(parts)}", flush=True)
    else:
        getattr(part, word)()
    return True


def assigned(numbers):
    kinds = ("gateway", "admin", "nats", "monitor", "route")
    names = ["haproxy"] + [f"{kind}-{n}" for kind in kinds for n in (1, 2, 3)]
    if len(numbers) != len(names):
        raise SystemExit(f"cluster: --ports takes {len(names)} numbers")
    return dict(zip(names, numbers))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", default=str(ROOT / ".build/release/sluice"), help="the program")
    parser.add_argument("--nats", default=str(ROOT / ".venv/bin/nats-server"), help="nats-server, 2.11 or newer")
    parser.add_argument("--certificates", default=str(ROOT / "certs/dev"), help="the folder that `make certs` made")
    parser.add_argument(
        "--ports", type=lambda text: [int(word) for word in text.split(",")], default=list(range(8450, 8466)),
        help="HAProxy's, the gateways', their admin listeners', and NATS's for clients, monitoring and routes")
    parser.add_argument("--control", type=int, metavar="PORT", help="the port of the page with the buttons")
    parser.add_argument(
        "--demo", type=lambda text: [int(word) for word in text.split(",")], default=[], metavar="PORT,…",
        help="the port of the demo's page, and of HAProxy for more of its tabs")
    return parser.parse_args()


def main():
    options = parse()
    ports = assigned(options.ports)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-cluster-"))
    tickets = folder / "ticket-keys"
    tickets.touch(mode=0o600)
    tickets.write_bytes(base64.b64encode(secrets.token_bytes(48)))
    parts = {}
    for number in (1, 2, 3):
        parts[f"nats-{number}"] = Part(f"nats-{number}", nats(number, ports, options, folder), folder)
    for number in (1, 2, 3):
        command = gateway(number, ports, options, folder)
        if options.demo:
            command += ["--cors-origins", page_of(options)]
        parts[f"gateway-{number}"] = Part(f"gateway-{number}", command, folder)
    parts["haproxy"] = Part("haproxy", haproxy(ports, folder, options.demo[1:]), folder)
    if options.demo:
        parts["demo"] = Part("demo", demo(ports, options), folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(parts, ports, options)
    except KeyboardInterrupt:
        pass
    finally:
        for part in reversed(parts.values()):
            part.send(signal.SIGTERM)
        for part in reversed(parts.values()):
            part.finish()
        shutil.rmtree(folder, ignore_errors=True)


def run(parts, ports, options):
    for number in (1, 2, 3):
        parts[f"nats-{number}"].start()
    create_streams(ports, options)
    for number in (1, 2, 3):
        parts[f"gateway-{number}"].start()
    for number in (1, 2, 3):
        wait_for(parts[f"gateway-{number}"], ports[f"admin-{number}"])
    parts["haproxy"].start()
    wait_until_it_listens(parts["haproxy"], ports["haproxy"])
    if options.demo:
        parts["demo"].start()
        wait_until_it_listens(parts["demo"], options.demo[0])
    for number in (1, 2, 3):
        print(f"gateway-{number} https://localhost:{ports[f'gateway-{number}']}")
    print(f"all of them, through HAProxy: https://localhost:{ports['haproxy']}")
    print(f"  SLUICE_CA={options.certificates}/ca.pem; tokens: {options.sluice} token --keys "
          f"{options.certificates}/keys.json --sub alice")
    page_token = ""
    if options.control is not None:
        page = control.Control(options.control, parts, ports, page_of(options) if options.demo else None)
        page.start()
        page_token = f"/#{page.token}"
        print(f"its page, with a button for each of the commands: {page.address}")
    if options.demo:
        print(f"the demo, in as many tabs and private windows as you like: {page_of(options)}{page_token}")
    print(f"commands: {', '.join(f'{word} NAME' for word in control.ACTIONS)}, status, quit", flush=True)
    for line in sys.stdin:
        if line.strip() and not obey(line, parts, ports):
            return
    # Nobody types: it runs until it is told to stop.
    signal.pause()


if __name__ == "__main__":
    main()
