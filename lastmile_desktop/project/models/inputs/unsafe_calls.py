"""Dangerous calls that are fed by whoever calls the function, where no request is in sight.

Where a request is in sight, input is followed from there. Here are functions that take a text and make a query, a
command, a program or a page of it as it is: safe only as long as nobody hands them what a visitor wrote.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import (
    Attempt,
    Call,
    Do,
    Function,
    Loop,
    Outline,
    Step,
    Value,
    steps_within,
)
from lastmile_desktop.project.models.inputs.visitor_given import settled_in
from lastmile_desktop.project.models.walk.parameters import names

_SQL_CALLS = frozenset(
    {
        "execute", "executemany", "executescript", "query", "raw", "run", "fetch", "fetchrow", "fetchval", "fetchone",
        "fetchall", "prepare", "cursor", "text", "RawSQL", "exec_driver_sql", "$queryRawUnsafe", "$executeRawUnsafe",
        "queryRawUnsafe", "executeRawUnsafe", "mogrify", "copy_from_query", "execute_many", "simple_query",
    }
)  # fmt: skip
_SQL = re.compile(
    r"(?i)\b(?:select\b[^;]{0,400}\bfrom\b|insert\s+into\b|update\s+\S+\s+set\b|delete\s+from\b|drop\s+(?:table|database)\b|create\s+(?:temporary\s+)?table\b|\bwhere\s+\w+\s*(?:=|like|in)\b)"
)
_OWN_PART = re.compile(
    r"(?i)placeholder|where|clause|field|column|cols\b|^set|updates?$|conditions?$|filters?$|table|schema|order|sort|direction|limit|offset|join|params|query|sql|base|keys|interval|suffix|prefix|alias|count|index|version|database|db_?name|dialect|ids?$"
)
_SHELLS = re.compile(
    r"^(?:os\.(?:system|popen|exec\w+|spawn\w+|posix_spawn\w*)|commands\.get\w+|popen2\.\w+|asyncio\.(?:create_subprocess_shell|subprocess\.create_subprocess_shell))$"
)
_SUBPROCESS = re.compile(
    r"^(?:subprocess|sp)\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)$"
)
_CODE = re.compile(
    r"^(?:eval|exec|Function|vm\.(?:runIn\w+|compileFunction|Script)|window\.eval|global(?:This)?\.eval|code\.InteractiveConsole|_xxsubinterpreters\.run_string|_testcapi\.run_in_subinterp)$"
)
_UNPACKS = re.compile(
    r"^(?:c?_?[pP]ickle|dill|marshal|cloudpickle|jsonpickle|shelve|joblib|serialize|node-serialize)\.(?:loads?|decode|open|unserialize|Unpickler)$"
)
_YAML = re.compile(r"^yaml\.(?:load|load_all|unsafe_load|unsafe_load_all|full_load_unsafe)$")
_DANGEROUS = re.compile(
    r"system$|popen|(?:posix_)?spawn|exec|get_?(?:status_?)?output$|create_subprocess_shell$|run|call$|check_|Popen$|eval$|Function$|"
    r"compileFunction$|Script$|InteractiveConsole$|(?:unsafe_|full_)?loads?|decode$|open$|unserialize$|Unpickler$|unsafe_load|"
    r"render_template_string$|write(?:ln)?$|insertAdjacentHTML$"
)
_SAFE_LOADER = re.compile(r"(?:C?Safe|Base)Loader")
_STRINGS = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}")
_FORMATTED = re.compile(r"\b[rRbB]?[fF][rR]?(\"\"\"|'''|\"|')(.*?)\1", re.DOTALL)
_TEMPLATE = re.compile(r"`([^`]*)`", re.DOTALL)
_LOOPED = re.compile(r"(?:\bfor\s+\(?|\blambda\s+|(?<=\w),\s*)(\w+)(?=[\w\s,)]{0,60}(?:\bin\b|:))")
_NAME = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*)((?:\??\.[A-Za-z_$][\w$]*)*)\s*(\(?)")
_KEYWORDS = frozenset(
    "await new typeof if else for in not and or is None null undefined true false True False this self cls lambda str "
    "int float len format String Number parseInt Math JSON list tuple dict set repr b r f u rb async function return "
    "const let var".split()
)
_CLEANS = re.compile(
    r"(?i)escape|sanitiz|purify|encode|quote|int\(|float\(|Number\(|parseInt|uuid|literal|identifier|bleach|shlex|safe|validate|allowed|whitelist"
)
_PICKED = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*)\[[^\[\]]{1,80}\]")
_IN_SIGHT = re.compile(r"(?i)^(?:self\.)?(?:req|request|ctx|context|event|c|httpReq)$")
_TAKEN_APART = re.compile(
    r"\s*\{[^}]{0,300}\b(?:body|query|params|searchParams|input|parsedInput|data|headers|cookies|formData|request|req)\b"
)
_SANDBOX = re.compile(r"new\s+(?:\w+\.)?(?:VM|NodeVM|Sandbox)\(")
_SHELL = re.compile(r"^(?:/(?:usr/)?bin/)?(?:sh|bash|zsh|cmd|cmd\.exe|powershell|pwsh)$")
_OUTSIDE = re.compile(r"\binput\(|sys\.argv|\.FormValue\(|process\.argv")
_ROUTE = re.compile(r"(?:^|\.)(?:route|get|post|put|patch|delete|websocket|api_view|command|task|tool)$")


@dataclass(frozen=True, slots=True)
class Suspect:
    """`kind` is the rule of abuse.injection; `function` the one that takes the text ("" at the top of a file)."""

    kind: str
    line: int
    function: str
    confidence: float = 0.6


def suspects(outline: Outline) -> tuple[Suspect, ...]:
    """The dangerous calls of one file that use what a function is given as it is."""
    found: list[Suspect] = []
    if "use server" in outline.directives:
        return ()
    chosen = [
        (function, body)
        for function, body in ((None, outline.top), *((item, item.body) for item in outline.functions))
        if _may_be_dangerous(body) and not (function is not None and _has_request(function))
    ]
    if not chosen:
        return ()
    python = outline.language == "python"
    imported = {local: f"{item.module}.{name}" for item in outline.imports for local, name in item.names}
    constants = _assigned(outline.top)
    bound = _bound(outline) if python else frozenset[str]()
    for function, body in chosen:
        seen = len(found)
        scope = _Scope(
            python,
            imported,
            frozenset(_parameters(function)),
            {**constants, **_assigned(body)},
            bound,
            function,
        )
        for step in steps_within(body):
            for call in () if isinstance(step, Attempt) else step.calls:
                found += scope.judge(call)
            if isinstance(step, Do) and step.value is not None:
                found += scope.assigned(step)
        if function is not None and len(found) > seen:
            settled = settled_in(outline, function)
            found[seen:] = [item for item in found[seen:] if (item.kind, item.line) not in settled]
    return tuple(dict.fromkeys(found))


def _may_be_dangerous(body: tuple[Step, ...]) -> bool:
    """Whether anything is called, or filled, that could be dangerous, by its name alone."""
    for step in steps_within(body):
        if isinstance(step, Do) and any(target.endswith("HTML") for target in step.targets):
            return True
        for call in () if isinstance(step, Attempt) else step.calls:
            name = call.links[-1].name or call.root.rpartition(".")[2] if call.links else call.root
            if name in _SQL_CALLS or _DANGEROUS.match(name):
                return True
    return False


def called_names(outline: Outline) -> frozenset[str]:
    """The plain names of everything that a file calls or hands on."""
    found: set[str] = set()
    for body in (outline.top, *(function.body for function in outline.functions)):
        for step in steps_within(body):
            for call in () if isinstance(step, Attempt) else step.calls:
                found.add(call.root.rpartition(".")[2])
                found.update(link.name for link in call.links)
                found.update(
                    arg.text for link in call.links for arg in link.args or () if arg.text.isidentifier()
                )
    return frozenset(found)


def imported_names(outline: Outline) -> frozenset[str]:
    """What a file takes from others by name."""
    return frozenset(name for item in outline.imports for _, name in item.names)


def _bound(outline: Outline) -> frozenset[str]:
    """Every name that a file gives a meaning to: what is not here comes from somewhere else."""
    found = set(dir(builtins))
    found.update(item.name for item in outline.classes)
    for function in outline.functions:
        found.update(function.name.split("."))
        found.update(local for param in function.params for local in names(param))
    for body in (outline.top, *(function.body for function in outline.functions)):
        for step in steps_within(body):
            match step:
                case Do(targets=targets, value=value):
                    found.update(target.partition(".")[0].partition("[")[0] for target in targets)
                    found.update(_LOOPED.findall(value.text) if value else ())
                case Loop(header=header):
                    found.update(re.findall(r"[A-Za-z_]\w*", header))
                case _:
                    pass
            for call in () if isinstance(step, Attempt) else step.calls:
                found.update(name for arg in call.args for name in _LOOPED.findall(arg.text))
                found.update(local.partition(":")[0] for local in call.assigned)
    return frozenset(found)


def _has_request(function: Function) -> bool:
    if any(_TAKEN_APART.match(param) for param in function.params):
        return True
    given = [local for param in function.params for local in names(param)]
    if any(_IN_SIGHT.match(name) for name in given) or any(
        _ROUTE.search(call.callee) for call in function.decorators
    ):
        return True
    return "use server" in function.directives


def _parameters(function: Function | None) -> Iterator[str]:
    for param in function.params if function else ():
        if re.search(r":\s*(?:int|float|bool|UUID|number|boolean|Enum|Literal|date|datetime)\b", param):
            continue
        yield from (name for name in names(param) if name not in ("self", "cls"))


def _assigned(steps: tuple[object, ...]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for step in steps_within(steps):  # type: ignore[arg-type]
        if isinstance(step, Do) and step.value is not None:
            for target in step.targets:
                known = found.get(target)
                # `query += part` and a second assignment add to what the name may hold.
                found[target] = Value(f"{known.text} + {step.value.text}"[:600]) if known else step.value
    return found


@dataclass(frozen=True, slots=True)
class _Scope:
    python: bool
    imported: Mapping[str, str]
    params: frozenset[str]
    values: Mapping[str, Value]
    bound: frozenset[str]
    function: Function | None

    def judge(self, call: Call) -> Iterator[Suspect]:
        callee = self._full(call)
        last = call.links[-1] if call.links else None
        if last is None or last.args is None or last.tagged:
            return
        args = last.args
        name = last.name or call.root
        if name in _SQL_CALLS and args:
            yield from self._sql(call, args[0])
        shell = _SHELLS.match(callee) and any(self._open(arg) for arg in args)
        if shell or self._shell_of_node(call, callee, args) or self._subprocess(callee, args):
            yield self._suspect("command", call)
        elif self._runs_code(call, callee, args):
            yield self._suspect("code-eval", call)
        elif self.python and _YAML.match(callee):
            safe = any(_SAFE_LOADER.search(arg.text) for arg in args)
            if args and args[0].literal is None and ("unsafe" in callee or not safe):
                yield self._suspect("code-eval", call)
        elif name == "render_template_string" and args and self._open(args[0]):
            yield self._suspect("template", call)
        elif (name in ("write", "writeln") and call.root == "document" and args and self._open(args[0])) or (
            name == "insertAdjacentHTML"
            and len(args) > 1
            and self._open(args[1])
            and not self._cleaned(args[1])
        ):
            yield self._suspect("xss", call)

    def assigned(self, step: Do) -> Iterator[Suspect]:
        """`element.innerHTML = …`."""
        if step.value is None or not any(
            target.endswith((".innerHTML", ".outerHTML")) for target in step.targets
        ):
            return
        callback = self.function is not None and "@" in self.function.name
        if not callback and self._open(step.value) and not self._cleaned(step.value):
            name = self.function.name if self.function else ""
            yield Suspect("xss", step.span.line, name, 0.55)

    def _runs_code(self, call: Call, callee: str, args: tuple[Value, ...]) -> bool:
        if _CODE.match(callee):
            return any(self._open(arg) for arg in args)
        if not args or not self._open(args[0]):
            return False
        made = self.values.get(call.root)
        boxed = (
            call.links[-1].name == "run"
            and made is not None
            and _SANDBOX.match(made.text.strip()) is not None
        )
        return boxed or _UNPACKS.match(callee) is not None

    def _suspect(self, kind: str, call: Call) -> Suspect:
        return Suspect(kind, call.span.line, self.function.name if self.function else "")

    def _full(self, call: Call) -> str:
        """The dotted name with what the root was imported as."""
        root = call.root.partition(".")[0]
        whole = self.imported.get(root)
        if whole is None:
            return call.callee
        module = whole.removesuffix(".*").removesuffix(".default").replace("node:", "")
        if whole.endswith((".*", ".default")):
            return call.callee.replace(root, module, 1)
        return call.callee.replace(root, whole.replace("node:", ""), 1)

    def _shell_of_node(self, call: Call, callee: str, args: tuple[Value, ...]) -> bool:
        if not args or self.python:
            return False
        name = callee.rpartition(".")[2]
        known = "child_process" in callee or call.root in ("cp", "childProcess", "shell", "shelljs", "child")
        if name in ("exec", "execSync") and (known or call.root in ("exec", "execSync")):
            return self._open(args[0])
        if name in ("spawn", "spawnSync", "execFile", "execFileSync") and (known or call.root == name):
            program = self.values.get(args[0].text.strip(), args[0])
            if _SHELL.match(program.literal or "") and any(self._open(arg) for arg in args[1:2]):
                return True
        shell = any(arg.entry("shell") is not None and arg.entry("shell").text != "false" for arg in args)  # type: ignore[union-attr]
        return (
            name in ("spawn", "spawnSync", "execFile", "execFileSync")
            and shell
            and any(self._open(arg) for arg in args[:2])
        )

    def _subprocess(self, callee: str, args: tuple[Value, ...]) -> bool:
        if not _SUBPROCESS.match(callee) or not args:
            return False
        shell = (
            "getoutput" in callee
            or "getstatus" in callee
            or any(arg.name == "shell" and arg.text.strip() == "True" for arg in args)
        )
        return shell and self._open(args[0])

    def _sql(self, call: Call, given: Value) -> Iterator[Suspect]:
        text = self._whole(given)
        if not self._is_built(text) or not _SQL.search(text):
            return
        loose = [name for name in self._loose(text) if not _OWN_PART.search(name.rpartition(".")[2])]
        if loose and not _CLEANS.search(text):
            yield self._suspect("sql", call)

    def _whole(self, value: Value, hops: int = 2) -> str:
        """A value as it was built: a plain name stands for what it was assigned."""
        text = value.text.strip()
        inner = re.fullmatch(r"(?:\w+\.)?text\(\s*(\w+)\s*\)", text)
        name = inner.group(1) if inner else text
        known = self.values.get(name) if name.isidentifier() else None
        return self._whole(known, hops - 1) if known is not None and hops else text

    def _is_built(self, text: str) -> bool:
        bare = _STRINGS.sub("''", text)
        return bool(
            re.search(r"''\s*(?:\+|%(?!\s*$))|\+\s*''|''\s*\.\s*(?:format|concat)\(|\.concat\(", bare)
            or _FORMATTED.search(text)
            or "${" in text
        )

    def _open(self, value: Value, hops: int = 3) -> bool:
        """Whether a value holds something that this file does not fix."""
        if value.literal is not None or value.function:
            return False
        if self.function is not None and "@" in self.function.name and value.text.strip() in self.params:
            return False
        if value.items:
            return any(self._open(item) for item in value.items)
        return any(True for _ in self._loose(value.text, hops))

    def _of_own_list(self, picked: re.Match[str]) -> str:
        """`TEXTS[name]` is what the list says, whichever entry somebody picks."""
        known = self.values.get(picked[1])
        return "''" if known is not None and known.entries else picked[0]

    def _cleaned(self, value: Value) -> bool:
        return _CLEANS.search(self._whole(value)) is not None

    def _loose(self, text: str, hops: int = 3) -> Iterator[str]:
        """Names in an expression that callers choose, followed through assignments."""
        if _OUTSIDE.search(text):
            yield "input"
        text = _PICKED.sub(self._of_own_list, text)
        filled = (
            _FORMATTED.sub(lambda match: " ".join(re.findall(r"\{([^{}]*)\}", match.group(2))), text)
            if self.python
            else text
        )
        filled = _TEMPLATE.sub(lambda match: " ".join(re.findall(r"\$\{([^}]*)\}", match.group(1))), filled)
        for match in _NAME.finditer(_STRINGS.sub("''", filled)):
            root, members, called = match.groups()
            constant = root.isupper() or members.rpartition(".")[2].isupper()
            if root in _KEYWORDS or constant or (called and not members) or root in self.imported:
                continue
            if root in self.params or (self.python and root not in self.bound):
                yield root + members
            elif hops and root in self.values and self.values[root].text != text:
                yield from self._loose(self.values[root].text, hops - 1)
