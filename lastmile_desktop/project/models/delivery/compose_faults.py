"""What is wrong in compose files that more than one developer's machine runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.yaml_tree import Kind, Yaml

_FILE = re.compile(r"(?:^|/)(?:docker-)?compose[\w.-]{0,60}\.ya?ml$", re.IGNORECASE)
_FOR_WORK = re.compile(
    r"(?:^|[/._-])(?:dev|develop|development|local|test|tests|ci|override|e2e|devcontainer|example"
    r"|examples)(?:[/._-]|$)",
    re.IGNORECASE,
)
_LIVE = re.compile(r"prod|live|deploy|server|release", re.IGNORECASE)
_STORES = {
    "postgres": "5432", "postgis": "5432", "pgvector": "5432", "timescale": "5432",
    "supabase/postgres": "5432", "mysql": "3306",
    "mariadb": "3306", "mongo": "27017", "redis": "6379", "valkey": "6379", "memcached": "11211",
    "elasticsearch": "9200",
    "opensearch": "9200", "rabbitmq": "5672", "clickhouse": "8123", "cassandra": "9042", "mssql": "1433",
    "qdrant": "6333",
    "influxdb": "8086", "couchdb": "5984", "neo4j": "7687",
}  # fmt: skip
_KEEPS = frozenset(
    (
        "postgres",
        "postgis",
        "pgvector",
        "timescale",
        "supabase/postgres",
        "mysql",
        "mariadb",
        "mongo",
        "mssql",
        "clickhouse",
    )
)
_WORK_TOOLS = re.compile(
    r"mailhog|mailpit|localstack|mailcatcher|maildev|pgadmin|adminer|storybook", re.IGNORECASE
)
_PASSWORD = re.compile(
    r"(?:PASSWORD|PASS|SECRET|SECRET_KEY|SECRET_KEY_BASE|JWT_SECRET|ROOT_PASSWORD|ACCESS_KEY|API_KEY|TOKEN)$",
    re.IGNORECASE,
)
_DEFAULT = re.compile(
    r"^(?:postgres|password|passw0rd|pass|admin|root|secret|changeme|change[_-]?me.{0,20}|test"
    r"|123456\w{0,4}|example|guest|mysecretpassword|supersecret.{0,20}|minioadmin|redis|mysql|mongo|user"
    r"|qwerty|letmein)$",
    re.IGNORECASE,
)
# Where the data is kept in a file, the password of a database server beside it opens nothing.
_ENGINE = re.compile(r"(?:DB|DATABASE)_(?:ENGINE|TYPE|DIALECT|CLIENT|DRIVER)$", re.IGNORECASE)
_OF_A_SERVER = re.compile(r"^(?:POSTGRES|PG|MYSQL|MARIADB|DB|DATABASE)_?", re.IGNORECASE)
_DEV_COMMAND = re.compile(
    r"\b(?:npm|yarn|pnpm|bun)\s+(?:run\s+)?dev\b|--reload\b|runserver\b|nodemon|next\s+dev|flask\s+run|air\b"
)


def is_compose(path: str) -> bool:
    return bool(_FILE.search(path)) and not _FOR_WORK.search(path)


def compose_faults(path: str, root: Yaml) -> Iterator[Fault]:
    services = root.get("services")
    if services is None or services.kind is not Kind.MAP:
        return
    if not serves_others(path, root):
        return
    live = _runs_live(path, services)
    for key, service in services.pairs:
        if service.kind is not Kind.MAP:
            continue
        yield from _hard(path, key, service)
        yield from _store(path, key, service, live)
        yield from _passwords(path, key, service, live)
        yield from _image(path, key, service, live)


def serves_others(path: str, root: Yaml) -> bool:
    """Whether the file starts an app at all, or only the stores that a developer's machine needs."""
    services = root.get("services")
    if services is None or services.kind is not Kind.MAP:
        return False
    return _runs_live(path, services) or any(item.get("build") is not None for _, item in services.pairs)


def _runs_live(path: str, services: Yaml) -> bool:
    """Whether the file runs an app for others: by its name, or by what a developer's file does not have."""
    if _LIVE.search(path.rpartition("/")[2]):
        return True
    apps = [
        service
        for _, service in services.pairs
        if service.kind is Kind.MAP and service.get("build") is not None
    ]
    for service in apps:
        mounts = service.get("volumes")
        source = mounts is not None and any(
            re.match(r"\.{1,2}/?[\w./-]{0,60}:/", text) for text in mounts.texts()
        )
        command = service.get("command")
        works = command is not None and bool(_DEV_COMMAND.search(command.text + " ".join(command.texts())))
        if source or works or service.value("build", "target").lower().startswith("dev"):
            return False
    tools = any(_WORK_TOOLS.search(key.text) for key, _ in services.pairs)
    return bool(apps) and not tools and any(service.value("restart") not in ("", "no") for service in apps)


def _hard(path: str, key: Yaml, service: Yaml) -> Iterator[Fault]:
    """What gives a container the whole machine, wherever it runs."""
    privileged = service.get("privileged")
    if privileged is not None and privileged.text.lower() == "true":
        yield _fault(
            path,
            "privileged",
            service.line_of("privileged"),
            f"{key.text} may do everything on the machine that runs it.",
            key.text,
        )
    mounts = service.get("volumes")
    for item in mounts.items if mounts is not None else ():
        text = item.text or item.value("source")
        if (
            text.startswith("/var/run/docker.sock")
            and not text.endswith(":ro")
            and not re.search(r"traefik|portainer|watchtower|runner|agent|proxy|dozzle", key.text)
        ):
            yield _fault(
                path,
                "privileged",
                item.line,
                f"{key.text} gets Docker's own socket, and with it the whole machine.",
                f"{key.text}:socket",
            )
    for name in ("network_mode", "pid", "ipc", "userns_mode"):
        if service.value(name) == "host" and name != "network_mode":
            yield _fault(
                path,
                "privileged",
                service.line_of(name),
                f"{key.text} shares the machine's own {name}.",
                f"{key.text}:{name}",
            )


def _store_kind(service: Yaml) -> str:
    image = service.value("image").lower()
    name = image.partition("@")[0].partition(":")[0]
    return next(
        (kind for kind in _STORES if re.search(rf"(?:^|/|-){re.escape(kind)}(?:$|-|/|\w{{0,4}}$)", name)), ""
    )


def _store(path: str, key: Yaml, service: Yaml, live: bool) -> Iterator[Fault]:
    kind = _store_kind(service)
    if not kind:
        return
    ports = service.get("ports")
    for item in ports.items if ports is not None else ():
        if _is_public(item, _STORES[kind]):
            yield Fault(
                "db-port-public", path, item.line, item.line,
                f"The port of {key.text} is open to every machine that reaches this one: write 127.0.0.1 "
                f"before it, or leave it out.",
                key.text, None if live else Severity.MEDIUM, None if live else 0.6,
            )  # fmt: skip
            break
    mounts = service.get("volumes")
    if kind in _KEEPS and mounts is None and service.get("tmpfs") is None and live:
        yield _fault(
            path,
            "no-volume",
            key.line,
            f"{key.text} keeps its data inside the container: the next update throws them away.",
            key.text,
        )


def _is_public(item: Yaml, port: str) -> bool:
    if item.kind is Kind.MAP:
        host = item.value("host_ip")
        return bool(item.value("published")) and not host.startswith(("127.", "localhost", "::1"))
    text = item.text
    if text.startswith(("127.", "localhost:", "[::1]", "${BIND", "${HOST_IP")):
        return False
    parts = text.partition("/")[0].split(":")
    return len(parts) >= 2 and bool(parts[-1])


def _passwords(path: str, key: Yaml, service: Yaml, live: bool) -> Iterator[Fault]:
    settings = tuple(_environment(service))
    in_a_file = any(
        _ENGINE.search(name) and value.lower().startswith("sqlite") for name, value, _ in settings
    )
    for name, value, line in settings:
        if not _PASSWORD.search(name) or (in_a_file and _OF_A_SERVER.match(name)):
            continue
        fallback = re.fullmatch(r"\$\{\w{1,80}:?-([^}]{0,200})\}", value)
        real = fallback[1] if fallback is not None else value
        if not real or real.startswith("$"):
            continue
        if _DEFAULT.match(real) or (
            live and fallback is None and len(real) >= 3 and not re.search(r"\$\{", real)
        ):
            yield Fault(
                "default-password", path, line, line,
                f"{name} of {key.text} stands in this file: everybody who knows the file, or guesses, is in.",
                f"{key.text}:{name}", None if live else Severity.MEDIUM, None if live else 0.6,
            )  # fmt: skip
            return
    if service.value("image").lower().startswith("postgres"):
        for name, value, line in _environment(service):
            if name == "POSTGRES_HOST_AUTH_METHOD" and value == "trust":
                yield _fault(
                    path,
                    "default-password",
                    line,
                    f"{key.text} lets everybody in without a password.",
                    f"{key.text}:trust",
                )


def _environment(service: Yaml) -> Iterator[tuple[str, str, int]]:
    table = service.get("environment")
    if table is None:
        return
    for key, value in table.pairs:
        yield key.text, value.text, key.line
    for item in table.items:
        name, _, value = item.text.partition("=")
        yield name, value, item.line


def _image(path: str, key: Yaml, service: Yaml, live: bool) -> Iterator[Fault]:
    image = service.get("image")
    if (
        image is None
        or not image.text
        or "$" in image.text
        or "@sha256:" in image.text
        or service.get("build") is not None
    ):
        return
    tag = image.text.rpartition("/")[2].partition(":")[2]
    if live and tag in ("", "latest"):
        yield Fault(
            "latest-tag", path, image.line, image.line,
            f"{image.text} names no version: an update arrives on a day that you did not choose.",
            key.text,
        )  # fmt: skip


def _fault(path: str, rule: str, line: int, message: str, symbol: str) -> Fault:
    return Fault(rule, path, line, line, message, symbol)
