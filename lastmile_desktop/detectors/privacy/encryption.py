"""privacy.encryption: whether data is protected on its way and where it lies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.models.inputs.wire_security import Weakness, build
from lastmile_desktop.project.models.privacy.personal_data import DataClass, PersonalColumn, personal_columns
from lastmile_desktop.project.view import ProjectView

CHECK = "privacy.encryption"
_MOST_PLACES = 8
_PLAIN_SECRET = re.compile(
    r"(?:^|_)(?:access_token|refresh_token|oauth_token|id_token|api_key|app_password|smtp_password|"
    r"client_secret|totp_secret|"
    r"two_factor_secret|mfa_secret|iban|account_number|bank_account\w{0,20}|routing_number|ssn|"
    r"social_security\w{0,10}|"
    r"passport_number|national_id\w{0,10}|cpf|pan_number|diagnosis|medical_\w{1,20}|prescriptions?)$"
)
_PROTECTED_NAME = re.compile(r"encrypted|_enc$|_hash|hashed|cipher|masked|last4|fingerprint")
_PROTECTED_TYPE = re.compile(r"^bytea|encrypted|bool|uuid", re.IGNORECASE)
_VAULT = re.compile(
    r"pgp_sym_encrypt|pgsodium|vault\.create_secret|supabase_vault|crypto_aead_encrypt|EncryptedType|"
    r"EncryptedCharField|Fernet\(|createCipheriv\(|encrypt(?:Field|Token|Value|Data|_field|_token|"
    r"_value)?\(|secretbox|libsodium|@47ng/cloak|prisma-field-encryption"
)
_HINTS = ("ncrypt", "ault", "Cipher", "odium", "cloak", "ernet", "secretbox")
_KEY_COLUMN = re.compile(r"^(?:encryption_key|data_key|data_encryption_key|decryption_key|master_key)$")
_ASK = (
    "Disks of Supabase, Neon, RDS and most hosts are encrypted, but nobody can see that from here. Look "
    "it up for the "
    "database, the files, the backups and your own laptop, and say what you found."
)
_SEVERITY = {"own-crypto": Severity.HIGH, "keys-with-data": Severity.HIGH, "http-links-api": Severity.MEDIUM}


def detect(view: ProjectView) -> Detection:
    """Connections and own encryption in code and settings; columns that deserve more than an encrypted disk."""
    columns = personal_columns(view.schema)
    weak, good = build(view)
    stores = view.facts.has("db.engine") or view.facts.has("db.provider") or view.facts.has("storage")
    if not columns and not stores and not weak:
        return Detection(not_applicable=NotApplicable("Nothing personal is stored here."))
    findings = (*_connections(weak), *_columns(view, columns), *_keys(view))
    passes = tuple(
        PassEvidence(at(path, line, note="asks for an encrypted connection")) for path, line in good[:3]
    )
    return Detection(
        findings,
        passes,
        looked=(Looked("connections", len(good) + len(weak), len(good) + len(weak)),),
        needs_attestation=_ASK,
    )


def _connections(weak: tuple[tuple[str, Weakness], ...]) -> Iterator[RawFinding]:
    grouped: dict[tuple[str, str], list[tuple[str, Weakness]]] = {}
    for path, item in weak:
        grouped.setdefault((item.rule, item.what), []).append((path, item))
    for (rule, what), items in grouped.items():
        path, _ = items[0]
        places = tuple(at(each, item.line) for each, item in items[:_MOST_PLACES])
        message = (
            f"In {path}, {what}."
            if len(items) == 1
            else f"In {path} and {len(items) - 1} more places, {what}."
        )
        yield RawFinding(f"{CHECK}/{rule}", message, places, f"{rule}:{what}", severity=_SEVERITY.get(rule))


def _columns(view: ProjectView, columns: tuple[PersonalColumn, ...]) -> Iterator[RawFinding]:
    plain = [column for column in columns if _is_plain(view, column)]
    if not plain or _encrypts(view):
        return
    by_table: dict[str, list[PersonalColumn]] = {}
    for column in plain:
        by_table.setdefault(column.table, []).append(column)
    for table, found in sorted(by_table.items()):
        names = ", ".join(column.column for column in found[:4])
        message = (
            f"The table {table} keeps {names} readable for everyone who sees the database or a backup of it."
        )
        secret = any(column.kind is DataClass.CREDENTIALS for column in found)
        places = tuple(at(column.place.path, column.place.line) for column in found[:_MOST_PLACES])
        yield RawFinding(
            f"{CHECK}/sensitive-columns-plain",
            message,
            tuple(dict.fromkeys(places)),
            table,
            confidence=0.7 if secret else 0.6,
        )


def _is_plain(view: ProjectView, column: PersonalColumn) -> bool:
    if not _PLAIN_SECRET.search(column.column.lower()) or _PROTECTED_NAME.search(column.column.lower()):
        return False
    table = view.schema.table(column.table)
    found = table.column(column.column) if table else None
    return found is None or _PROTECTED_TYPE.search(found.type) is None


def _encrypts(view: ProjectView) -> bool:
    """Whether anything in the project encrypts values before they are stored."""
    return any(
        view.per_file("encryption.vault", entry.path, _uses_vault, False)
        for entry in view.tree.readable()
        if entry.path.endswith((".ts", ".js", ".py", ".sql", ".prisma"))
        and "node_modules/" not in entry.path
        and not entry.minified
    )


def _uses_vault(text: str) -> bool:
    return any(word in text for word in _HINTS) and _VAULT.search(text) is not None


def _keys(view: ProjectView) -> Iterator[RawFinding]:
    for table in view.schema.tables.values():
        for column in table.columns:
            if _KEY_COLUMN.match(column.name):
                message = (
                    f"The table {table.bare_name} keeps a key ({column.name}) beside the data that it opens."
                )
                place = at(column.place.path, column.place.line)
                yield RawFinding(
                    f"{CHECK}/keys-with-data", message, (place,), table.bare_name, confidence=0.65
                )
                break
