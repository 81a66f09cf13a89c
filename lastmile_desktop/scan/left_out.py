"""What checks find in code that nothing uses is no gap: nobody meets it. It is left out, and the checklist says so;
what they find well done there proves nothing. So are, for checks of what people meet, scripts that makers run to try
the app out. What they find in functions that a host offers and nothing calls is met by strangers alone, and weighs
less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lastmile_desktop.core.check import Check, Places, Severity
from lastmile_desktop.core.evidence import Evidence
from lastmile_desktop.core.finding import Detection, Looked, RawFinding, Unknown
from lastmile_desktop.project.models.usage.idle_functions import is_uncalled
from lastmile_desktop.project.models.usage.model import Usage, build, may_be_unused
from lastmile_desktop.project.models.usage.trial_scripts import is_named_trial, is_trial
from lastmile_desktop.project.view import ProjectView
from lastmile_desktop.scan.severities import a_step_less, severity_of

_SECRETS = "secrets"
_UNUSED = "code that nothing uses"
# What a stranger can do: he needs nobody who calls the function for him.
_OF_STRANGERS = frozenset({"access", "abuse", "payments", "privacy"})
# What only the people who use the app meet. Wiped data and committed keys hurt wherever the script lies.
_OF_USERS = frozenset(
    {"access.weak-crypto", "abuse.browser-trust", "data.unbounded-query", "reliability.swallowed-errors"}
)


def without_trials(check: Check, view: ProjectView, detection: Detection) -> Detection:
    """The detection without what lies in scripts that makers run by hand to try the app out."""
    if check.id not in _OF_USERS or not any(is_named_trial(item.path) for item in detection.findings):
        return detection
    kept = tuple(item for item in detection.findings if not _only_in_trials(view, item))
    return _without(detection, kept, is_named_trial, "scripts for trying the app out")


def _only_in_trials(view: ProjectView, finding: RawFinding) -> bool:
    return all(is_trial(view, item.path) for item in finding.evidence if item.path)


def without_unused(check: Check, view: ProjectView, detection: Detection) -> Detection:
    """The detection without findings and proofs in code that nobody runs. A key that was committed stays one wherever
    it lies; and where a check speaks of the whole project, its places only show where to begin."""
    if check.area.slug == _SECRETS or not any(map(may_be_unused, _paths(detection))):
        return detection
    usage = view.made(build)
    proved = _proved(view, usage, detection)
    if check.places is Places.EXAMPLES:
        shown = tuple(_begun_in_use(view, usage, item) for item in proved.findings)
        return replace(proved, findings=shown)
    kept = tuple(
        _weighed(check, item, usage) for item in proved.findings if not _is_left_out(view, usage, item)
    )
    return _without(proved, kept, usage.why_unused, _UNUSED)


def _paths(detection: Detection) -> Iterator[str]:
    yield from (item.path for item in detection.findings)
    yield from (item.evidence.path for item in detection.passes)


def _is_idle(view: ProjectView, usage: Usage, place: Evidence) -> bool:
    """Whether nobody runs what stands at this place."""
    return bool(usage.why_unused(place.path)) or is_uncalled(view, place.path, place.line_start)


def _proved(view: ProjectView, usage: Usage, detection: Detection) -> Detection:
    """The detection without proofs that lie in code that nobody runs: a limiter that nothing calls limits nothing."""
    passes = tuple(item for item in detection.passes if not _is_idle(view, usage, item.evidence))
    if len(passes) == len(detection.passes):
        return detection
    unknowns = detection.unknowns
    if not (passes or detection.findings or unknowns):
        unknowns = (Unknown(f"What would prove it lies in {_UNUSED}.", detection.passes[0].evidence.path),)
    return replace(detection, passes=passes, unknowns=unknowns)


def _begun_in_use(view: ProjectView, usage: Usage, finding: RawFinding) -> RawFinding:
    """The finding with the places in code that runs before the others."""
    evidence = sorted(finding.evidence, key=lambda item: bool(item.path) and _is_idle(view, usage, item))
    return replace(finding, evidence=tuple(evidence))


def _without(
    detection: Detection, kept: tuple[RawFinding, ...], is_out: Callable[[str], object], where: str
) -> Detection:
    """The detection with these findings; where some were left out it says how many, and proofs from there go too."""
    dropped = len(detection.findings) - len(kept)
    if not dropped:
        return replace(detection, findings=kept)
    passes = tuple(item for item in detection.passes if not is_out(item.evidence.path))
    places = "one place" if dropped == 1 else f"{dropped} places"
    nothing_else = () if kept or passes else (Unknown(f"All that was found is {places} in {where}."),)
    return replace(
        detection,
        findings=kept,
        passes=passes,
        unknowns=(*detection.unknowns, *nothing_else),
        looked=(*detection.looked, Looked(f"places in {where}", 0, dropped)),
    )


def _is_left_out(view: ProjectView, usage: Usage, finding: RawFinding) -> bool:
    """Whether its place is in code that nothing uses. One finding for many places stays while places in use are among
    them: two other files, or another place where the file itself is used."""
    first, *rest = finding.evidence or (None,)
    if first is None or not _is_idle(view, usage, first):
        return False
    if usage.why_unused(first.path):
        others = {item.path for item in rest if item.path and item.path != first.path}
        return sum(not usage.why_unused(path) for path in others) < 2
    return all(_is_idle(view, usage, item) for item in rest if item.path)


def _weighed(check: Check, finding: RawFinding, usage: Usage) -> RawFinding:
    """A finding in a function that nothing calls stops nobody; what only its users would meet weighs a step less."""
    if finding.path not in usage.uncalled:
        return finding
    if check.area.slug in _OF_STRANGERS and severity_of(check, finding) is not Severity.CRITICAL:
        return finding
    return a_step_less(check, finding)
