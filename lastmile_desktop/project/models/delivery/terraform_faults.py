"""What is wrong in Terraform files: where the state lies, what is open, what can be lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.delivery.container_secrets import is_secret_name
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.delivery.hcl import Attribute, Block

_PORTS = (22, 3389, 3306, 5432, 6379, 27017, 1433, 9200, 11211, 5984, 2375, 23)
_WORLD = re.compile(r"0\.0\.0\.0/0|::/0|\"\*\"|\"Internet\"|\"Any\"", re.IGNORECASE)
_DATABASES = frozenset(
    ("aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance", "google_sql_database_instance",
    "azurerm_postgresql_server",
     "azurerm_postgresql_flexible_server", "azurerm_mysql_flexible_server", "azurerm_mssql_server",
     "aws_redshift_cluster",
     "aws_docdb_cluster", "aws_neptune_cluster", "digitalocean_database_cluster", "aws_dynamodb_table")
)  # fmt: skip
_PROTECTED = frozenset(
    (
        "aws_db_instance",
        "aws_rds_cluster",
        "google_sql_database_instance",
        "aws_docdb_cluster",
        "aws_neptune_cluster",
    )
)
_ENCRYPTED = {
    "aws_db_instance": "storage_encrypted", "aws_rds_cluster": "storage_encrypted",
    "aws_docdb_cluster": "storage_encrypted",
    "aws_neptune_cluster": "storage_encrypted", "aws_redshift_cluster": "encrypted", "aws_ebs_volume": "encrypted",
    "aws_efs_file_system": "encrypted", "aws_elasticache_replication_group": "at_rest_encryption_enabled",
}  # fmt: skip
_LITERAL = re.compile(r'^"(?!\s*$)(?!\$\{)[^"$]{4,}"$')
_PLACEHOLDER = re.compile(r"(?i)change[_-]?me|placeholder|example|your[_-]|xxx|^\"<|dummy|todo")
_USER_DATA_SECRET = re.compile(
    r"(?im)(?:export\s+)?\w{0,40}(?:PASSWORD|SECRET|TOKEN"
    r"|API_KEY)\w{0,20}\s{0,3}=\s{0,3}[\"']?(?!\$)[^\s\"'$]{6,}|AKIA[0-9A-Z]{16}"
)


@dataclass(frozen=True, slots=True)
class TerraformFile:
    path: str
    blocks: tuple[Block, ...]


def terraform_faults(files: tuple[TerraformFile, ...]) -> Iterator[Fault]:
    """Faults of all files; a folder with providers is one configuration with one state."""
    for file in files:
        for block in file.blocks:
            yield from _block(file.path, block)
    folders: dict[str, list[TerraformFile]] = {}
    for file in files:
        folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    for members in folders.values():
        yield from _folder(members)


def _block(path: str, block: Block) -> Iterator[Fault]:
    if block.kind == "variable":
        yield from _variable(path, block)
    elif block.kind == "terraform":
        yield from _providers(path, block)
    elif block.kind == "resource":
        yield from _network(path, block)
        yield from _database(path, block)
        yield from _rights(path, block)
        yield from _literals(path, block)


def _make(
    rule: str,
    path: str,
    place: Block | Attribute,
    message: str,
    symbol: str,
    severity: Severity | None = None,
) -> Fault:
    last = place.line if isinstance(place, Block) else place.last_line
    return Fault(rule, path, place.line, last, message, symbol, severity)


def _folder(files: list[TerraformFile]) -> Iterator[Fault]:
    blocks = [(file.path, block) for file in files for block in file.blocks]
    root = next(((path, block) for path, block in blocks if block.kind == "provider"), None)
    settings = [(path, block) for path, block in blocks if block.kind == "terraform"]
    backends = [(path, inner) for path, block in settings for inner in block.inner("backend", "cloud")]
    if root is None and not backends:
        return
    remote = [(path, inner) for path, inner in backends if inner.labels[:1] != ("local",)]
    if not remote:
        path, place = backends[0] if backends else (settings[0] if settings else root or blocks[0])
        yield _make(
            "local-backend",
            path,
            place,
            "What Terraform knows of your servers lies on one computer: lose it, and nothing can be "
            "changed safely.",
            path.rpartition("/")[0],
        )
    for path, inner in remote:
        if inner.labels[:1] == ("s3",):
            if inner.value("use_lockfile") != "true" and inner.get("dynamodb_table") is None:
                yield _make(
                    "no-lock",
                    path,
                    inner,
                    "Two people can apply at once and destroy each other's servers: set use_lockfile = true.",
                    path,
                )
            if inner.value("encrypt") == "false":
                yield _make(
                    "no-encryption",
                    path,
                    inner,
                    "The state with all its passwords is stored in plain text.",
                    f"{path}:state",
                )


def _providers(path: str, block: Block) -> Iterator[Fault]:
    for required in block.inner("required_providers"):
        for item in required.attributes:
            if "source" in item.value and "version" not in item.value:
                yield _make(
                    "provider-unpinned",
                    path,
                    item,
                    f"The provider {item.name} has no version: the next run may use another one.",
                    item.name,
                )


def _variable(path: str, block: Block) -> Iterator[Fault]:
    default = block.get("default")
    name = block.label
    if (
        default is not None
        and is_secret_name(name)
        and _LITERAL.match(default.value)
        and not _PLACEHOLDER.search(default.value)
    ):
        yield _make(
            "plaintext-secrets", path, default, f"The variable {name} carries a secret as its default.", name
        )


def _network(path: str, block: Block) -> Iterator[Fault]:
    kind = block.resource
    rules = (
        [block]
        if kind
        in (
            "aws_security_group_rule",
            "aws_vpc_security_group_ingress_rule",
            "google_compute_firewall",
            "azurerm_network_security_rule",
        )
        else []
    )
    if kind in (
        "aws_security_group",
        "aws_default_security_group",
        "google_compute_firewall",
        "azurerm_network_security_group",
        "digitalocean_firewall",
    ):
        rules += [item for item in block.blocks if item.kind in ("ingress", "security_rule", "inbound_rule")]
    for rule in rules:
        if kind == "aws_security_group_rule" and rule.value("type") == "egress":
            continue
        if (
            rule.value("direction").lower() in ("outbound", "egress")
            or rule.value("access").lower() == "deny"
        ):
            continue
        world = next(
            (
                item
                for item in rule.attributes
                if re.search(r"cidr|source_(?:ranges|address)", item.name) and _WORLD.search(item.value)
            ),
            None,
        )
        port = _open_port(rule, block if kind == "google_compute_firewall" else rule)
        if world is not None and port:
            yield _make(
                "wide-open-sg",
                path,
                world,
                f"{block.label} opens {port} to the whole internet.",
                f"{block.label}:{port}",
            )


def _open_port(rule: Block, holder: Block) -> str:
    """Which port for administrators or data this rule opens; all of them for a rule without ports."""
    low, high = rule.value("from_port"), rule.value("to_port")
    if rule.value("ip_protocol") == "-1" or rule.value("protocol") in ("-1", "all", "*"):
        return "every port"
    if low.lstrip("-").isdigit() and high.lstrip("-").isdigit():
        if int(low) == 0 and int(high) in (0, 65535):
            return "every port"
        return next((f"port {port}" for port in _PORTS if int(low) <= port <= int(high)), "")
    written = " ".join(
        item.value for block in holder.walk() for item in block.attributes if re.search(r"port", item.name)
    )
    numbers = {int(item) for item in re.findall(r"\b\d{1,5}\b", written)}
    return next(
        (f"port {port}" for port in _PORTS if port in numbers),
        "every port" if '"*"' in written or "0-65535" in written else "",
    )


def _database(path: str, block: Block) -> Iterator[Fault]:
    if block.resource in _DATABASES:
        yield from _public(path, block)
    name = _ENCRYPTED.get(block.resource)
    if name is not None and block.value(name) in ("", "false") and block.get("snapshot_identifier") is None:
        place = block.get(name) or block
        message = f"{block.label} stores its data unencrypted."
        yield _make("no-encryption", path, place, message, block.label, Severity.MEDIUM)
    if block.resource in _PROTECTED and not _is_protected(block):
        place = block.get("deletion_protection") or block
        message = f"One wrong plan deletes {block.label} with all its data."
        yield _make("no-deletion-protection", path, place, message, block.label, Severity.MEDIUM)
    opened = next((item for item in block.attributes if _opens_bucket(block.resource, item)), None)
    if opened is not None:
        message = f"{block.label} lets everybody read the files in the bucket."
        yield _make("public-bucket", path, opened, message, block.label)


def _public(path: str, block: Block) -> Iterator[Fault]:
    public = block.get("publicly_accessible") or block.get("public_network_access_enabled")
    places = [public] if public is not None and public.value.strip() == "true" else []
    for inner in block.walk():
        network = inner.get("value") if inner.kind == "authorized_networks" else None
        if network is not None and _WORLD.search(network.value):
            places.append(network)
    for place in places:
        yield _make(
            "public-db", path, place, f"{block.label} can be reached from the whole internet.", block.label
        )


def _is_protected(block: Block) -> bool:
    kept = any(item.value("prevent_destroy") == "true" for item in block.inner("lifecycle"))
    setting = block.value("deletion_protection").strip()
    return kept or setting == "true" or setting.startswith("var")


def _opens_bucket(resource: str, item: Attribute) -> bool:
    if resource == "aws_s3_bucket_public_access_block":
        return item.name.startswith(("block_", "restrict_", "ignore_")) and item.value.strip() == "false"
    return (
        resource in ("aws_s3_bucket_acl", "aws_s3_bucket")
        and item.name == "acl"
        and item.plain.startswith("public-read")
    )


def _rights(path: str, block: Block) -> Iterator[Fault]:
    if not block.resource.startswith("aws_iam") and block.kind != "data":
        return
    policy = block.get("policy")
    if policy is None:
        return
    compact = re.sub(r"\s+", "", policy.value.replace('\\"', '"'))
    action = re.search(r'"?Action"?[:=]\[?"(?:\*|\*:\*)"', compact)
    resource = re.search(r'"?Resource"?[:=]\[?"\*"', compact)
    if action is not None and resource is not None and '"Deny"' not in compact:
        yield _make(
            "iam-star",
            path,
            policy,
            f"{block.label} may do everything with everything in the account.",
            block.label,
        )


def _literals(path: str, block: Block) -> Iterator[Fault]:
    for inner in block.walk():
        for item in inner.attributes:
            named = is_secret_name(item.name) and item.name not in ("key", "token_endpoint")
            if (
                named
                and _LITERAL.match(item.value)
                and not _PLACEHOLDER.search(item.value)
                and block.kind == "resource"
            ):
                yield _make(
                    "plaintext-secrets",
                    path,
                    item,
                    f"{block.label} has a secret written into {item.name}.",
                    f"{block.label}:{item.name}",
                )
            elif item.name in (
                "user_data",
                "user_data_base64",
                "custom_data",
                "startup_script",
            ) and _USER_DATA_SECRET.search(item.value):
                yield _make(
                    "plaintext-secrets",
                    path,
                    item,
                    f"{block.label} has a secret in its start script.",
                    f"{block.label}:{item.name}",
                )
