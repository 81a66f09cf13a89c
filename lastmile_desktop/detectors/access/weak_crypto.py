"""access.weak-crypto: passwords, tokens or codes that can be guessed or cracked."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.accounts.clear_passwords import clear_passwords
from lastmile_desktop.project.models.crypto.ciphers import Weakness
from lastmile_desktop.project.models.crypto.review import FileCrypto, WeakHash, review_text
from lastmile_desktop.project.models.crypto.tokens import Guessable
from lastmile_desktop.project.models.inputs.visitor_text import visitor_text_of
from lastmile_desktop.project.models.usage.product_code import product_paths
from lastmile_desktop.project.view import ProjectView

CHECK = "access.weak-crypto"
_MOST_PASSES = 6
_ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
_CIPHERS = {
    "broken": ("broken-cipher", "{0} can be broken; what it encrypts can be read.", None, 0.9),
    "pattern": (
        "broken-cipher",
        "{0} encrypts equal blocks to equal blocks, so contents show through.",
        None,
        0.9,
    ),
    "no-iv": (
        "broken-cipher",
        "`{0}` has no random starting value, so equal texts give equal results.",
        None,
        0.9,
    ),
    "static-iv": (
        "broken-cipher",
        "The starting value for {0} is always the same, so equal texts look equal and keys may leak.",
        None,
        0.85,
    ),
    "static-salt": (
        "broken-cipher",
        "The salt for `{0}` is written in the code and the same for everyone.",
        Severity.MEDIUM,
        0.75,
    ),
    "unsigned": (
        "broken-cipher",
        "{0} does not notice when somebody changes what was encrypted; aes-256-gcm does.",
        Severity.MEDIUM,
        0.7,
    ),
    "short-rsa": ("short-key", "This makes a key of {0} bits; less than 2048 can be broken.", None, 0.9),
    "low-cost": (
        "short-key",
        "Passwords are hashed with bcrypt at cost {0}, so guessing is cheap; 10 is the least, 12 better.",
        Severity.MEDIUM,
        0.85,
    ),
    "few-rounds": (
        "short-key",
        "PBKDF2 runs {0} rounds here; today's advice is 600,000 for SHA-256.",
        Severity.MEDIUM,
        0.85,
    ),
    "old-protocol": (
        "broken-cipher",
        "{0} is an old protocol that can be broken; TLS 1.2 is the least.",
        None,
        0.9,
    ),
    "literal-key": (
        "short-key",
        "The key of this signature is written in the code: whoever reads the code can sign.",
        None,
        0.85,
    ),
}


def detect(view: ProjectView) -> Detection:
    """Judge every place that hashes, signs, encrypts, compares or makes a token."""
    files = {path: found for path, found in _reviewed(view) if not found.is_empty}
    findings = [finding for path, found in files.items() for finding in _findings(view, path, found)]
    findings += _in_clear(view)
    findings += _kept_in_sessions(view, {(item.path, item.evidence[0].line_start) for item in findings})
    sound = [(path, item) for path, found in files.items() for item in found.sound]
    if not findings and not sound:
        return _without(view)
    passes = tuple(PassEvidence(at(path, item.line, note=item.note)) for path, item in sound[:_MOST_PASSES])
    seen = len(findings) + len(sound)
    return Detection(
        tuple(findings), () if findings else passes, looked=(Looked("places with secrets", seen, seen),)
    )


def _kept_in_sessions(view: ProjectView, told: AbstractSet[tuple[str, int]]) -> Iterator[RawFinding]:
    """Numbers that can be guessed, whatever they are called, that a session or a cookie knows somebody by."""
    for path in product_paths(view):
        for use in view.per_source("visitor-text", path, visitor_text_of, ()):
            if use.kind == "guessable" and (path, use.line) not in told:
                yield RawFinding(
                    f"{CHECK}/predictable-token",
                    "What this session or cookie holds comes from numbers that can be predicted.",
                    (at(path, use.line),),
                    symbol=use.function or path,
                    confidence=0.7,
                )


def _in_clear(view: ProjectView) -> Iterator[RawFinding]:
    found = view.each_outline("clear-passwords", clear_passwords)
    for path in product_paths(view):
        for item in found.get(path, ()):
            yield RawFinding(
                f"{CHECK}/password-fast-hash",
                f"The password is stored in `{item.table}` as it was typed: whoever reads the row can sign in.",
                (at(path, item.line),),
                symbol=item.function or path,
                confidence=0.9,
            )


def _review(outline: Outline, text: str) -> FileCrypto:
    return FileCrypto() if outline.shallow else review_text(outline, text)


def _reviewed(view: ProjectView) -> Iterator[tuple[str, FileCrypto]]:
    empty = FileCrypto()
    for path in product_paths(view):
        yield path, view.per_source("weak-crypto", path, _review, empty)


def _without(view: ProjectView) -> Detection:
    """No such place in the code: fine when a provider keeps passwords and sessions, else there is nothing to ask."""
    if not view.outlines:
        return Detection(
            not_applicable=NotApplicable("There is no code here that could make or keep secrets.")
        )
    provider = next(
        (fact for fact in view.facts if fact.key == "auth.provider" and fact.value != "none"), None
    )
    if provider is None:
        return Detection(
            not_applicable=NotApplicable("Nothing in this code hashes, signs, encrypts or makes a secret.")
        )
    note = f"{provider.value} keeps passwords and sessions; no code here makes or hashes secrets of its own"
    return Detection(passes=(PassEvidence(_fact_evidence(provider.evidence, note)),))


def _fact_evidence(evidence: Evidence | None, note: str) -> Evidence:
    return derived(note, evidence.path, evidence.line_start) if evidence is not None else derived(note)


def _findings(view: ProjectView, path: str, found: FileCrypto) -> Iterator[RawFinding]:
    in_browser = view.client_graph.is_client(path) and path not in view.client_graph.server
    for password in found.passwords:
        name = _ALGORITHMS.get(password.algorithm, password.algorithm)
        yield RawFinding(
            f"{CHECK}/password-fast-hash",
            f"Passwords are hashed with {name}, which a graphics card tries billions of times a second.",
            (at(path, password.line, column=password.column),),
            symbol=password.function or path,
            confidence=0.9 if password.algorithm in ("md5", "sha1") else 0.8,
        )
    for token in found.tokens:
        finding = _token(path, token, in_browser)
        if finding is not None:
            yield finding
    for weak in found.hashes:
        yield _weak_hash(path, weak)
    for cipher in found.ciphers:
        yield _cipher(path, cipher)
    for compared in found.comparisons:
        yield RawFinding(
            f"{CHECK}/timing-compare",
            f"`{compared.named}` is compared letter by letter; how long that takes tells how much was right.",
            (at(path, compared.line),),
            symbol=compared.named,
        )
    for open_ in found.connections:
        yield RawFinding(
            f"{CHECK}/tls-verify-off",
            f"`{open_.what}` accepts any certificate, so somebody on the way can read and change everything.",
            (at(path, open_.line),),
            symbol=open_.what,
            severity=Severity.MEDIUM if open_.database or open_.public else None,
        )


def _token(path: str, token: Guessable, in_browser: bool) -> RawFinding | None:
    """A browser's own session numbers protect nothing; passwords and codes made there do."""
    if in_browser and not token.plain:
        return None
    confidence = 0.85 if token.plain and not token.by_function else 0.75
    if in_browser:
        confidence = 0.65
    what = f"`{token.named}` is made with {token.source}, which can be predicted."
    return RawFinding(
        f"{CHECK}/predictable-token",
        what,
        (at(path, token.line, column=token.column),),
        symbol=token.named,
        confidence=confidence,
    )


def _weak_hash(path: str, weak: WeakHash) -> RawFinding:
    name = _ALGORITHMS.get(weak.algorithm, weak.algorithm)
    if weak.certain:
        message = (
            f"{name} protects `{weak.named or 'this value'}`, and two texts with the same {name} can be made."
        )
    else:
        message = (
            f"This hashes with {name}: fine as a fingerprint, not where somebody could gain from a forgery."
        )
    return RawFinding(
        f"{CHECK}/weak-hash-integrity",
        message,
        (at(path, weak.line, column=weak.column),),
        symbol=weak.named or weak.function,
        severity=None if weak.certain else Severity.LOW,
        confidence=0.75 if weak.certain else 0.55,
    )


def _cipher(path: str, cipher: Weakness) -> RawFinding:
    rule, message, severity, confidence = _CIPHERS[cipher.what]
    return RawFinding(
        f"{CHECK}/{rule}",
        message.format(cipher.detail),
        (at(path, cipher.line, column=cipher.column),),
        symbol=f"{cipher.what} {cipher.detail}",
        severity=severity,
        confidence=confidence,
    )
