"""Parameters that hold what a visitor sends: of routes, server actions and procedures."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Function, Outline

# What the input of a procedure is called in its handler (`({ ctx, input }) => …`).
INPUT_NAMES = frozenset({"input", "parsedInput", "data", "args", "formData"})
_ROUTE_DECORATORS = frozenset({"get", "post", "put", "patch", "delete", "route", "websocket", "api_route"})
_BROWSER_CALLED = re.compile(
    r"(?:^|\.)(?:mutation|query|handler|action|onCall|validatedAction\w*|procedure|createServerFn)$"
)
_READS_INPUT = re.compile(
    r"(?<![\w$])(?:req|request|ctx|c\.req|event)\s*!?\??\.\s*(?:body|query|params|json\(|formData\(|text\(|args|form\b|GET\b"
    r"|POST\b|get_json|query_params|data\b|values|param\(|valid\(|queryStringParameters|files?\b)|searchParams"
    r"|[\"']use server[\"']"
    r"|@\w+\.(?:get|post|put|patch|delete|route)\(|def \w+\(\s*(?:self,\s*)?request\b|\.input\(|parsedInput|onCall\("
)


def takes_input(outline: Outline, function: Function) -> bool:
    """Whether the parameters themselves are what a visitor sends: routes of FastAPI and Flask, server actions."""
    if any(call.links and call.links[-1].name in _ROUTE_DECORATORS for call in function.decorators):
        return True
    return (
        "use server" in outline.directives and bool(function.exported_as)
    ) or "use server" in function.directives


def is_called_by_browser(function: Function) -> bool:
    """Whether the function is the handler of a procedure, whose input the browser sends."""
    return any(_BROWSER_CALLED.search(call.callee) for call in function.wrapped_by)


def reads_input(text: str) -> bool:
    """Whether a file of code reads what visitors send."""
    return _READS_INPUT.search(text) is not None
