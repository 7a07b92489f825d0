"""Holds the manifests and the chart of deploy/ to Kubernetes' own schemas, and to the program's settings.

Arguments: the folder deploy/, and the output of `sluice serve --print-configuration-table`. Prints what is wrong."""

import pathlib
import re
import subprocess
import sys

import kubernetes_validate
import yaml

deploy, table = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()
settings = set(re.findall(r"^\| `([a-z0-9_.]+)` \|", table, re.M))
wrong = []


def rendered(*values, file=None):
    arguments = [part for value in values for part in ("--set", value)] + (["--values", str(file)] if file else [])
    return subprocess.run([sys.executable, str(deploy / "helm/render.py"), *arguments], capture_output=True, text=True)


def objects(text):
    return [each for each in yaml.safe_load_all(text) if each]


def of_kind(kind, manifests):
    return [each for each in manifests if each["kind"] == kind]


def validate(name, manifests):
    for each in manifests:
        # Kinds that others define have no schema here.
        if re.search(r"\.envoyproxy\.io/|^gateway\.networking\.k8s\.io/", each["apiVersion"]):
            continue
        try:
            kubernetes_validate.validate(each, "1.31", strict=True)
        except kubernetes_validate.ValidationError as error:
            wrong.append(f"{name}: {each['kind']}: {error.message} at {list(error.path)}")


def keys(value, path=""):
    """The settings that a configuration names: a map may be a setting's value."""
    for key, inner in value.items():
        whole = f"{path}.{key}" if path else key
        if isinstance(inner, dict) and whole not in settings:
            yield from keys(inner, whole)
        else:
            yield whole


def look(name, text):
    manifests = objects(text)
    validate(name, manifests)
    configuration = yaml.safe_load(of_kind("ConfigMap", manifests)[0]["data"]["sluice.yaml"])
    for key in keys(configuration):
        if key not in settings:
            wrong.append(f"{name}: there is no setting {key}")
    workload = (of_kind("StatefulSet", manifests) + of_kind("Deployment", manifests))[0]
    pod = workload["spec"]["template"]["spec"]
    stop = sum(int(configuration["shutdown"][part].removesuffix("s")) for part in ("delay", "drain"))
    if pod["terminationGracePeriodSeconds"] < stop + 5:
        wrong.append(f"{name}: the pod is killed before delay and drain, {stop} s, are over")
    probe = pod["containers"][0]["readinessProbe"]
    if probe["periodSeconds"] * probe["failureThreshold"] >= int(configuration["shutdown"]["delay"].removesuffix("s")):
        wrong.append(f"{name}: shutdown.delay is over before the pod counts as unready")
    return manifests, workload


alone = rendered()
_, workload = look("the chart", alone.stdout)
if workload["kind"] != "StatefulSet" or workload["spec"]["replicas"] != 1:
    wrong.append("the chart: a log of its own is for one pod at a time")
if (deploy / "kubernetes/sluice.yaml").read_text() != alone.stdout:
    wrong.append("deploy/kubernetes/sluice.yaml is not what the chart comes to: make manifests")

shared = rendered('config.log={"kind": "jetstream"}', "replicas=3", "autoscaling.enabled=true")
manifests, workload = look("the chart with a shared log", shared.stdout)
scaler = of_kind("HorizontalPodAutoscaler", manifests)[0]["spec"]
if workload["kind"] != "Deployment" or "replicas" in workload["spec"]:
    wrong.append("the chart with a shared log: how many pods there are is the scaler's to say")
if scaler["metrics"][0]["pods"]["metric"]["name"] != "sluice_streams":
    wrong.append("the chart with a shared log: it scales by something else than sluice_streams")
if scaler["behavior"]["scaleDown"]["stabilizationWindowSeconds"] < 300:
    wrong.append("the chart with a shared log: pods come and go with every swing")


adapter = yaml.safe_load((deploy / "helm/prometheus-adapter-values.yaml").read_text())["rules"]["custom"][0]
target = scaler["metrics"][0]["pods"]["metric"]["name"]
if adapter["name"]["as"] != target or not adapter["seriesQuery"].startswith(target + "{"):
    wrong.append("prometheus-adapter-values.yaml: the scaler asks for another metric")
if any(adapter["resources"]["overrides"].get(name) != {"resource": name} for name in ("namespace", "pod")):
    wrong.append("prometheus-adapter-values.yaml: it does not know a pod's series")
if workload["spec"]["template"]["metadata"]["annotations"].get("prometheus.io/scrape") != "true":
    wrong.append("the chart with a shared log: nobody scrapes its pods")


def nats_servers():
    """What the values for NATS's own chart come to has to fit what the gateways are told."""
    values = yaml.safe_load((deploy / "helm/nats-values.yaml").read_text())
    config = values["config"]
    log = yaml.safe_load((deploy / "helm/cluster-values.yaml").read_text())["config"]["log"]
    servers, settings = config["cluster"]["replicas"], log["jetstream"]
    if config["jetstream"]["merge"].get("sync_interval") != "always" or log["durability"] != "full":
        wrong.append("nats-values.yaml: its servers acknowledge what they have not synced")
    if not config["jetstream"]["fileStore"]["pvc"]["enabled"] or not config["cluster"]["enabled"]:
        wrong.append("nats-values.yaml: it keeps nothing, or is no cluster")
    port = config["monitor"]["port"] if config["monitor"]["enabled"] else None
    if settings["monitor"] != [f"http://nats-{number}.nats-headless:{port}" for number in range(servers)]:
        wrong.append("cluster-values.yaml: the monitors are not those of nats-values.yaml")
    if settings["replicas"] != servers:
        wrong.append("cluster-values.yaml: the streams do not stand on each server")
    user = config["merge"]["authorization"]["users"][0]
    secret = values["container"]["env"]["SLUICE_PASSWORD"]["valueFrom"]["secretKeyRef"]
    if user["user"] != settings["user"] or settings["password_file"] != f"/etc/sluice-nats/{secret['key']}":
        wrong.append("cluster-values.yaml: NATS knows another user")
    return secret["name"]


clustered = rendered(file=deploy / "helm/cluster-values.yaml")
manifests, workload = look("the chart of a cluster", clustered.stdout)
if (deploy / "kubernetes/sluice-cluster.yaml").read_text() != clustered.stdout:
    wrong.append("deploy/kubernetes/sluice-cluster.yaml is not what the chart comes to: make manifests")
pod = workload["spec"]["template"]["spec"]
if workload["kind"] != "Deployment" or workload["spec"]["replicas"] != 3:
    wrong.append("the chart of a cluster: it has not three gateways")
if {each["topologyKey"] for each in pod["topologySpreadConstraints"]} < {"kubernetes.io/hostname"}:
    wrong.append("the chart of a cluster: one machine may take all gateways")
if of_kind("PodDisruptionBudget", manifests)[0]["spec"]["maxUnavailable"] != 1:
    wrong.append("the chart of a cluster: several gateways may be drained at once")
secrets = {each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each}
if secrets != {"sluice", "sluice-tickets", nats_servers()}:
    wrong.append(f"the chart of a cluster: its pods have the secrets {sorted(secrets)}")

for values in (["replicas=2"], ["autoscaling.enabled=true"]):
    refused = rendered(*values)
    if refused.returncode == 0 or "set config.log.kind to jetstream" not in refused.stderr:
        wrong.append(f"the chart takes {values} with logs that are not shared")

for name in ("gateway-api-envoy.yaml", "haproxy-ingress.yaml"):
    text = (deploy / "kubernetes" / name).read_text()
    validate(name, objects(text))


def seconds(text):
    number, unit = re.fullmatch(r"([0-9]+)(ms|s|m|h)", str(text)).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


# A quiet stream says something once a heartbeat. Three may be late together, before anybody calls it idle.
heartbeat = seconds(re.search(r"^\| `stream\.heartbeat` \|[^|]*\| `([0-9a-z]+)` \|", table, re.M).group(1))


def idle(name, what, value):
    if value is None or 0 < seconds(value) <= 3 * heartbeat:
        wrong.append(f"{name}: {what} is {value}, and a quiet stream would be cut off")


def whole(name, what, value):
    """A time for a whole answer, which a stream never is."""
    if value is None or seconds(value) != 0:
        wrong.append(f"{name}: {what} is {value}, and each stream would be cut off; 0s is none")


def envoy():
    """Kinds that have no schema here: what they say of time is looked at, by the names of their own references."""
    name = "gateway-api-envoy.yaml"
    manifests = objects((deploy / "kubernetes" / name).read_text())
    for rule in of_kind("HTTPRoute", manifests)[0]["spec"]["rules"]:
        for part in ("request", "backendRequest"):
            whole(name, f"timeouts.{part}", rule.get("timeouts", {}).get(part))
    policy = of_kind("BackendTrafficPolicy", manifests)[0]["spec"]
    times = policy["timeout"]["http"]
    for part in ("requestTimeout", "maxStreamDuration"):
        whole(name, part, times.get(part))
    idle(name, "streamIdleTimeout", times.get("streamIdleTimeout"))
    if "retry" in policy:
        wrong.append(f"{name}: a publish that is repeated without an Idempotency-Key is two events")
    route = of_kind("HTTPRoute", manifests)[0]["metadata"]["name"]
    if policy["targetRefs"] != [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": route}]:
        wrong.append(f"{name}: the times are for another route")
    versions = {each["kind"]: each["apiVersion"] for each in manifests}
    if versions != {
        "Gateway": "gateway.networking.k8s.io/v1",
        "HTTPRoute": "gateway.networking.k8s.io/v1",
        "BackendTLSPolicy": "gateway.networking.k8s.io/v1",
        "BackendTrafficPolicy": "gateway.envoyproxy.io/v1alpha1",
    }:
        wrong.append(f"{name}: it has the kinds {versions}")


envoy()
name = "haproxy-ingress.yaml"
annotations = of_kind("Ingress", objects((deploy / "kubernetes" / name).read_text()))[0]["metadata"]["annotations"]
for part in ("tunnel", "client", "server"):
    idle(name, f"timeout-{part}", annotations.get(f"haproxy.org/timeout-{part}"))

print("\n".join(wrong))
