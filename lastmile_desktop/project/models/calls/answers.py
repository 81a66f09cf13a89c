"""What an answer says: that all went well, or that it did not."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Call, Exit, Leave, Step, Value, steps_within

_ANSWERS = re.compile(
    r"^(?:NextResponse\.json|Response\.json|Response|json|c\.json|ctx\.json|jsonify|JSONResponse)$"
)
_FAILS = re.compile(
    r"\berror\b|\bfail|\berr\b|success[\"']?\s{0,3}:\s{0,3}(?:false|False)|\bexcept", re.IGNORECASE
)
_SUCCESS_CALL = re.compile(
    r"^(?:toast|notify|message|notification|snackbar)\.success$|^(?:toast|showToast|enqueueSnackbar|showSuccess|setSuccess\w*)$"
)
_SUCCESS_WORD = re.compile(
    r"success|saved|created|updated|deleted|sent|done|added|placed|booked|erfolgreich|guardad|sucesso|enviad",
    re.I,
)
_FAILURE_WORD = re.compile(r"destructive|error|fail|invalid|required|please|cannot|can't", re.IGNORECASE)
_OK = frozenset({"200", "201", "202", "204"})


def answers_as_success(handler: tuple[Step, ...], language: str) -> bool:
    """Whether a handler answers with an error in words and a status of success."""
    for step in steps_within(handler):
        if (
            not isinstance(step, Leave)
            or step.how is not Exit.RETURN
            or step.value is None
            or not _FAILS.search(step.value.text)
        ):
            continue
        call = next((call for call in step.value.calls if _ANSWERS.match(call.callee)), None)
        if call is None or call is not step.value.calls[0]:
            continue
        return _status_ok(call, step.value, language)
    return False


def _status_ok(call: Call, value: Value, language: str) -> bool:
    if language == "python":
        named = next((arg for arg in call.args if arg.name in ("status_code", "status")), None)
        if named is not None:
            return named.text in _OK
        return (
            call.callee == "jsonify"
            and len(value.items) < 2
            and not value.text.rstrip().endswith(tuple("0123456789"))
        )
    options = call.args[1] if len(call.args) > 1 else None
    if options is None:
        return True
    status = options.entry("status")
    if status is not None:
        return status.text in _OK
    if options.text.isdigit():
        return options.text in _OK
    return bool(options.entries) and all(key != "..." for key, _ in options.entries)


def says_success(call: Call) -> bool:
    """`toast.success("Saved")`, `toast({ title: "Order placed" })`."""
    if not _SUCCESS_CALL.match(call.callee):
        return False
    words = " ".join(arg.text for arg in call.args)
    if call.callee.endswith(".success"):
        return True
    return _SUCCESS_WORD.search(words) is not None and _FAILURE_WORD.search(words) is None
