"""What runs us elsewhere, held against itself and the program, without an engine: every name leads somewhere, no pod or
container has more rights than it needs, and every command is one of ours."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click import Group

from app import VERSION
from app.cli import main
from config.document import Document

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
UNIT = ROOT / "deploy" / "systemd" / "bellwether.service"
NAMED = [
    (path.name, document)
    for path in sorted(KUBERNETES.glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
]
RESOURCES: list[dict[str, Any]] = [document for _, document in NAMED]
IDS = [f"{name}:{document['kind']}" for name, document in NAMED]


def _of(kind: str) -> list[dict[str, Any]]:
    return [one for one in RESOURCES if one["kind"] == kind]


def _names(kind: str) -> set[str]:
    return {one["metadata"]["name"] for one in _of(kind)}


def _containers() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for deployment in _of("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        for container in pod["containers"]:
            yield pod, container


CONTAINERS = [pytest.param(pod, one, id=f"{number}-{one['name']}") for number, (pod, one) in enumerate(_containers())]


@pytest.mark.parametrize("resource", RESOURCES, ids=IDS)
def test_a_manifest_is_what_its_kind_asks_for(resource: dict[str, Any]) -> None:
    """Against the schemas of Kubernetes itself (`make manifests` brings them)."""
    schemas = pytest.importorskip("kubernetes_validate", reason="`make manifests` brings the schemas of Kubernetes")
    schemas.validate(resource, "1.30", strict=True)


@pytest.mark.parametrize("resource", RESOURCES, ids=IDS)
def test_a_manifest_says_what_it_is_and_where_it_lives(resource: dict[str, Any]) -> None:
    assert re.fullmatch(r"v1|[a-z0-9.]+/v1", resource["apiVersion"])
    assert re.fullmatch(r"[a-z0-9-]{1,63}", resource["metadata"]["name"])
    if resource["kind"] != "Namespace":
        assert {resource["metadata"]["namespace"]} == _names("Namespace")


def test_everything_that_a_deployment_needs_is_there() -> None:
    kinds = {one["kind"] for one in RESOURCES}
    assert kinds == {
        "Namespace", "ConfigMap", "Secret", "Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy", "Ingress"
    }  # fmt: skip
    assert _names("Deployment") == {"bellwether-web", "bellwether-worker"} == _names("PodDisruptionBudget")


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_a_container_has_no_right_that_it_does_not_need(pod: dict[str, Any], container: dict[str, Any]) -> None:
    """The restricted profile of Kubernetes, and a root that can't be written to."""
    assert pod["automountServiceAccountToken"] is False
    shared, own = pod["securityContext"], container["securityContext"]
    assert shared["runAsNonRoot"] is True
    assert shared["runAsUser"] > 0
    assert shared["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
    }  # fmt: skip
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert all({"configMap", "emptyDir", "secret"} & set(volume) for volume in pod["volumes"])
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"]


@pytest.mark.parametrize(("pod", "container"), CONTAINERS)
def test_every_name_in_a_pod_leads_somewhere(pod: dict[str, Any], container: dict[str, Any]) -> None:
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes
    assert {one["secretRef"]["name"] for one in container["envFrom"]} <= _names("Secret")
    assert {volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume} <= _names("ConfigMap")
    tag = container["image"].rpartition(":")[2]
    assert tag not in ("latest", container["image"])
    if container["name"] == "bellwether":
        assert tag == VERSION
        command = main.commands[container["args"][0]]
        assert not isinstance(command, Group)
        options = {option for parameter in command.params for option in parameter.opts}
        assert {argument for argument in container["args"] if argument.startswith("--")} <= options


def test_selectors_and_ports_meet() -> None:
    templates = [one["spec"]["template"] for one in _of("Deployment")]
    labels = [template["metadata"]["labels"] for template in templates]

    def chosen(selector: dict[str, str]) -> bool:
        return any(selector.items() <= one.items() for one in labels)

    for deployment in _of("Deployment"):
        own = deployment["spec"]["template"]["metadata"]["labels"].items()
        assert deployment["spec"]["selector"]["matchLabels"].items() <= own
    for budget in _of("PodDisruptionBudget"):
        assert chosen(budget["spec"]["selector"]["matchLabels"])
    for policy in _of("NetworkPolicy"):
        assert chosen(policy["spec"]["podSelector"]["matchLabels"])
    ports = {port["name"]: port["containerPort"] for _, one in _containers() for port in one.get("ports", [])}
    (service,) = _of("Service")
    assert chosen(service["spec"]["selector"])
    offered = {port["name"]: port["targetPort"] for port in service["spec"]["ports"]}
    assert offered["http"] in ports
    assert offered["closed"] not in ports.values()
    (ingress,) = _of("Ingress")
    paths = {one["path"]: one["backend"]["service"] for one in ingress["spec"]["rules"][0]["http"]["paths"]}
    assert {one["name"] for one in paths.values()} == _names("Service")
    assert paths["/metrics"]["port"]["name"] == "closed"
    assert paths["/"]["port"]["name"] == "http"
    allowed = {port["port"] for rule in _of("NetworkPolicy")[0]["spec"]["ingress"] for port in rule["ports"]}
    assert allowed == set(ports.values())


def test_the_configuration_in_the_manifest_can_be_read_and_its_secrets_are_there() -> None:
    (held,) = _of("ConfigMap")
    text = held["data"]["bellwether.yaml"]
    Document.model_validate(yaml.safe_load(text))
    secrets = {name for one in _of("Secret") for name in one["stringData"]}
    assert set(re.findall(r"env:(\w+)", text)) <= secrets
    for _, container in _containers():
        for mount in container.get("volumeMounts", []):
            if mount["name"] == "configuration":
                assert f"BELLWETHER_CONFIG={mount['mountPath']}/bellwether.yaml" in (ROOT / "Dockerfile").read_text()


def test_the_address_that_tools_send_to_is_the_one_that_the_ingress_offers() -> None:
    (held,), (ingress,) = _of("ConfigMap"), _of("Ingress")
    configured = yaml.safe_load(held["data"]["bellwether.yaml"])["public_url"]
    assert configured == f"https://{ingress['spec']['rules'][0]['host']}"
    commands = [container["args"] for _, container in _containers() if container["name"] == "bellwether"]
    assert not [command for command in commands if "--public-url" in command]  # one place says it for all of them


def test_compose_has_the_four_services_and_no_more_rights_than_they_need() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert set(services) == {"web", "worker", "database", "sandbox"}
    for name in ("web", "worker", "sandbox"):
        one = services[name]
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["tmpfs"] == ["/tmp"]
        assert "ports" not in one  # there is no login: nothing is offered beyond this machine
    for name in ("web", "worker"):
        assert services[name]["command"][0] in main.commands
        assert services[name]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_the_image_runs_as_nobody_special_and_says_how_it_is() -> None:
    text = (ROOT / "Dockerfile").read_text()
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", last, re.MULTILINE)
    assert text.count("\nFROM ") == 2  # what builds is not what runs
    assert "uv " not in last.partition("COPY --from")[2]


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed here")
    text = UNIT.read_text()
    (command,) = re.findall(r"^ExecStart=(\S+) (\w+)$", text, re.MULTILINE)
    assert command[1] in main.commands
    unit = tmp_path / UNIT.name
    ours = str(Path(sys.executable).with_name("bellwether"))
    unit.write_text(text.replace(command[0], ours).replace("Documentation=file:", "#"))
    done = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rated = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", "--threshold=20", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert rated.returncode == 0, rated.stdout[-400:]
