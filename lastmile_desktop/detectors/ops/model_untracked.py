"""ops.model-untracked: would the founder notice when the AI part gets worse, slower or dearer.

Read from the code that asks language models: which names it asks for, and what it keeps of each answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import Evidence, absent, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.models.ai.ai_use import AiFile, AiUse, ai_use
from lastmile_desktop.project.models.ai.model_names import ModelName, model_name
from lastmile_desktop.project.models.client.own_keys import is_for_the_user
from lastmile_desktop.project.view import ProjectView

_CHECK = "ops.model-untracked"
_ATTEST = (
    "Whether the answers are still good, only a comparison shows. Run your fixed set of cases against the model that "
    "is live, and say here how many were right."
)
_EVALS = re.compile(
    r"(?:^|/)(?:evals?|evaluations?)/[^/]{1,80}\.(?:[cm]?[jt]sx?|py|ya?ml|jsonl?|csv)$|\.eval\.[cm]?[jt]s$|"
    r"(?:^|/)promptfoo\w{0,20}\.ya?ml$|(?:^|/)(?:test_|eval_)\w{0,40}(?:prompt|llm|eval)\w{0,40}\.py$|"
    r"(?:^|/)(?:golden|benchmark)[\w-]{0,30}\.jsonl?$|(?:^|/)tests?/(?:\w{1,40}/){0,3}(?:golden|ai-quality|llm)[\w/.-]{0,60}$"
)
_EVAL_PACKAGES = frozenset(
    [
        "promptfoo",
        "braintrust",
        "autoevals",
        "deepeval",
        "ragas",
        "evalite",
        "langsmith",
        "inspect-ai",
        "vitest-evals",
    ]
)
_FEEDBACK = re.compile(
    r"thumbs?[-_ ]?(?:up|down)|ThumbsUp|feedback|\brating\b|helpful|upvote|onRegenerate|overrid(?:e|den)|corrected_|"
    r"user_edit",
    re.IGNORECASE,
)
_SAID = {
    ModelName.MOVING: "is a name that its maker moves to newer models without telling your code",
    ModelName.PREVIEW: "is a preview that its maker may withdraw within weeks",
    ModelName.GONE: "has been switched off by its maker, so this call fails",
}


def detect(view: ProjectView) -> Detection:
    use = ai_use(view)
    asking = use.asking
    if not asking and (unread := _unread(view)) is not None:
        return Detection(unknowns=(unread,))
    if not asking:
        return Detection(not_applicable=NotApplicable("The code asks no language model."))
    if all(is_for_the_user(view, path) for path in asking):
        return Detection(
            not_applicable=NotApplicable("The people who use this ask the model with keys of their own.")
        )
    evals = _eval_place(view)
    findings = (
        *_names(use),
        *_unread_answers(asking),
        *(_without_eval(asking) if evals is None else ()),
        *_without_log(asking),
        *_without_feedback(view, asking),
        *_without_fallback(use),
        *_without_version(asking),
    )
    return Detection(
        findings=findings,
        passes=tuple(_passes(use, evals)),
        looked=(Looked("files that ask a model", len(asking), len(asking)),),
        needs_attestation=_ATTEST,
    )


def _unread(view: ProjectView) -> Unknown | None:
    """A maker's library is there, and no request to a model was found."""
    if view.facts.has("ai.sdk"):
        names = ", ".join(sorted(set(view.facts.values("ai.sdk"))))
        return Unknown(
            f"A library that asks language models is installed ({names}); how it is used was not seen."
        )
    return None


def _passes(use: AiUse, evals: Evidence | None) -> Iterator[PassEvidence]:
    for path, file in use.asking.items():
        if file.usage:
            yield PassEvidence(at(path, (file.asks or file.small)[0], note="reads what each call used"))
            break
    if evals is not None:
        yield PassEvidence(evals)


def _is_small(asking: Mapping[str, AiFile]) -> bool:
    """Only embeddings and the like: less depends on them."""
    return not any(file.asks for file in asking.values())


def _names(use: AiUse) -> Iterator[RawFinding]:
    places: dict[str, list[Evidence]] = {}
    for path, file in use.files.items():
        if not file.used and not _configures(path):
            continue
        for line, name in file.models:
            if model_name(name) in _SAID:
                places.setdefault(name, []).append(at(path, line))
    for name, found in sorted(places.items()):
        kind = model_name(name)
        yield RawFinding(
            f"{_CHECK}/alias-unpinned",
            f"“{name}” {_SAID[kind]}.",
            tuple(dict.fromkeys(found))[:6],
            symbol=name,
            severity=Severity.HIGH if kind is ModelName.GONE else None,
            confidence=0.75 if kind is ModelName.GONE else None,
        )


def _configures(path: str) -> bool:
    """A file that names the models which others ask."""
    return (
        re.search(r"(?:^|[/_.-])(?:ai|llm|model|models|openai|config|settings|constants)(?=[/_.-])", path)
        is not None
    )


def _unread_answers(asking: Mapping[str, AiFile]) -> Iterator[RawFinding]:
    for path, file in sorted(asking.items()):
        if file.parses:
            yield RawFinding(
                f"{_CHECK}/no-schema",
                f"{path} takes the model's text for data and checks nothing of it: one odd answer breaks the feature.",
                tuple(at(path, line) for line in file.parses[:4]),
                symbol=path,
                # Looks at single fields, and answers that are thrown away when odd, are hard to see from here.
                severity=Severity.INFO,
            )


def _first(asking: Mapping[str, AiFile]) -> Evidence:
    """The place that asks most."""
    path = max(sorted(asking), key=lambda path: len(asking[path].asks))
    return at(path, (asking[path].asks or asking[path].small)[0])


@lru_cache(maxsize=65_536)
def _holds_cases(path: str) -> bool:
    return _EVALS.search(path) is not None


def _eval_place(view: ProjectView) -> Evidence | None:
    for package in view.packages:
        name = next((name for name in sorted(_EVAL_PACKAGES) if name in package.dependencies), "")
        if name:
            text = view.text(package.manifest) or ""
            return at(package.manifest, text.partition(name)[0].count("\n") + 1, note=name)
    path = next((path for path in view.tree.files if _holds_cases(path)), "")
    return absent("a set of cases", path) if path else None


def _without_eval(asking: Mapping[str, AiFile]) -> Iterator[RawFinding]:
    yield RawFinding(
        f"{_CHECK}/no-eval",
        "No fixed set of cases with expected answers is kept, so nobody would notice when the answers get worse.",
        (_first(asking),),
        symbol="eval",
        severity=Severity.LOW if _is_small(asking) else None,
    )


def _without_log(asking: Mapping[str, AiFile]) -> Iterator[RawFinding]:
    if any(file.usage or file.gateway for file in asking.values()):
        return
    yield RawFinding(
        f"{_CHECK}/no-cost-latency-log",
        "Nothing records the tokens and the time that each call of the model takes, so cost and delay grow unseen.",
        (_first(asking),),
        symbol="usage",
        severity=Severity.LOW if _is_small(asking) else None,
    )


def _without_feedback(view: ProjectView, asking: Mapping[str, AiFile]) -> Iterator[RawFinding]:
    if _is_small(asking):
        return
    for path in view.tree.files:
        if path.endswith(
            (".ts", ".tsx", ".jsx", ".js", ".py", ".sql", ".vue", ".svelte", ".html")
        ) and view.per_file("ai-feedback", path, _has_feedback, False):
            return
    yield RawFinding(
        f"{_CHECK}/no-feedback",
        "People cannot say that an answer was wrong, so you hear of bad answers only from those who leave.",
        (_first(asking),),
        symbol="feedback",
    )


def _has_feedback(text: str) -> bool:
    return _FEEDBACK.search(text) is not None


def _without_fallback(use: AiUse) -> Iterator[RawFinding]:
    names = {name for file in use.files.values() for _, name in file.models}
    asking = use.asking
    if _is_small(asking) or len(names) > 1 or any(file.fallback or file.gateway for file in asking.values()):
        return
    yield RawFinding(
        f"{_CHECK}/no-fallback-model",
        "There is one model and nothing to take its place when its maker is down or refuses.",
        (_first(asking),),
        symbol="fallback",
        severity=Severity.INFO,
    )


def _without_version(asking: Mapping[str, AiFile]) -> Iterator[RawFinding]:
    storing = {path: file for path, file in asking.items() if file.stores and file.asks}
    if not storing or any(file.versioned for file in asking.values()):
        return
    path = min(storing)
    yield RawFinding(
        f"{_CHECK}/no-version-log",
        "Answers are stored without the model and the prompt they came from, so a bad one cannot be explained.",
        (at(path, storing[path].asks[0]),),
        symbol="version",
    )
