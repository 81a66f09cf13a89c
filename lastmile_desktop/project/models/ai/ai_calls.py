"""Calls to AI models as they are written: what limits them, who chooses the model, and where the answer goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Attempt, Call, Function, Loop, Outline, Value, calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.literals import Bindings, bindings, is_open, line_of, spots

_WORDS = (
    "openai", "anthropic", "generatetext", "streamtext", "generateobject", "streamobject", "generatecontent",
    "generate_content", "llmchat", "litellm", "groq", "mistral", "openrouter", "ai.gateway.lovable", "api.perplexity",
    "api.deepseek", "chat/completions", "tools:", "tools :", "tools=", "tools =",
)  # fmt: skip
_TEXT_CALL = re.compile(
    r"(?:chat\.completions\.(?:create|parse|stream)|ChatCompletion\.a?create|responses\.(?:create|stream)|models\.generate_?[cC]ontent(?:Stream|_stream)?|\.generate_?[cC]ontent(?:Stream|_async)?"
    r"|litellm\.a?completion)$|^(?:generateText|streamText|generateObject|streamObject)$"
)
_TEXT_HOST = re.compile(
    r"/chat/completions|/v1/responses|/v1/messages|:generateContent|:streamGenerateContent", re.IGNORECASE
)
_CAP = (
    "max_tokens", "maxTokens", "maxOutputTokens", "max_output_tokens", "max_completion_tokens", "maxCompletionTokens",
    "maxSteps", "num_predict",
)  # fmt: skip
_CAP_TEXT = re.compile(r"max_?(?:output_?|completion_?)?tokens|num_predict", re.IGNORECASE)
_NESTED = ("generationConfig", "generation_config", "config", "body", "providerOptions", "json")
_FROM_CALLER = re.compile(
    r"^(?:await\s+)?(?:\(?\s*await\s+)?(?:req|request|c\.req|ctx\.req|event|body|payload|data|input)\s*\)?\s*(?:\.\s*(?:body|json\(\)|query|args|form|data))?\s*\.\s*\w+|^(?:body|payload)\.\w+"
)
_OUTPUT = re.compile(
    r"(?P<name>\w+)\s*=\s*(?:await\s+)?[^\n;]{0,160}?(?:choices\??\.?\[0\]\??\.message\??\.content|\.content\??\.?\[0\]\??\.text|\.output_text|response\.text\b)"
    r"|\{\s*text(?:\s*:\s*(?P<text>\w+))?[^}\n]{0,60}\}\s*=\s*await\s+generateText"
)
_PRIVILEGED = re.compile(
    r"\bexec(?:Sync|File|FileSync)?\(|\bspawn(?:Sync)?\(|queryRawUnsafe|sql\.raw\(|subprocess\.|os\.system\(|SERVICE_ROLE|service_role|supabaseAdmin|adminClient"
)
_TOOL = re.compile(r"^(?:execute|tool)$|\.execute$")
_BROWSER_KEY = re.compile(r"dangerouslyAllowBrowser\s*:\s*true")


@dataclass(frozen=True, slots=True)
class AiFault:
    """`kind` is the rule: no-max-tokens, model-from-client, system-prompt-from-client, tool-call-privileged,
    prompt-injection-sink, loop-unbounded, browser-key."""

    kind: str
    line: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AiFile:
    """`calls` are lines with calls that write text."""

    calls: tuple[int, ...] = ()
    faults: tuple[AiFault, ...] = ()


def ai_file(outline: Outline, text: str) -> AiFile:
    """Reads one file."""
    if not mentions(text, _WORDS):
        return AiFile()
    reader = _Reader(outline, text.split("\n"), bindings(outline))
    calls = tuple(reader.text_calls())
    faults = [*reader.of_calls(calls), *reader.loops(), *reader.tools(), *reader.outputs()]
    key = _BROWSER_KEY.search(text)
    if key:
        faults.append(AiFault("browser-key", line_at(text, key.start())))
    return AiFile(tuple(call.span.line for call, _ in calls), tuple(dict.fromkeys(faults)))


@dataclass(frozen=True, slots=True)
class _Reader:
    outline: Outline
    lines: list[str]
    bound: Bindings

    def text_calls(self) -> Iterator[tuple[Call, Function | None]]:
        for spot in spots(self.outline):
            for call in () if isinstance(spot.step, Attempt) else spot.step.calls:
                if self._writes_text(call):
                    yield call, spot.function

    def _writes_text(self, call: Call) -> bool:
        if _TEXT_CALL.search(call.callee):
            return not call.is_new
        if call.root in ("fetch", "axios", "requests", "httpx") and call.args:
            address = self.bound.resolved(call.args[0])
            return address is not None and _TEXT_HOST.search(address.text) is not None
        return False

    def of_calls(self, calls: tuple[tuple[Call, Function | None], ...]) -> Iterator[AiFault]:
        for call, function in calls:
            options = self._options(call)
            if not options:
                continue
            capped = any(self._capped(item) for item in options)
            unknown = any(is_open(self.bound, item) for item in options)
            elsewhere = function is not None and _CAP_TEXT.search(self._code(function))
            if not (capped or unknown or elsewhere or call.root in ("generateObject", "streamObject")):
                yield AiFault("no-max-tokens", call.span.line, call.callee)
            for item in options:
                yield from self._chosen(item, call, function)

    def _options(self, call: Call) -> list[Value]:
        """The objects that say what is asked for; () when they are made elsewhere."""
        if call.root in ("fetch", "axios", "requests", "httpx"):
            found = [self._body(arg) for arg in call.args[1:]]
            return [item for item in found if item is not None]
        named = [arg for arg in call.args if arg.name]
        if named:
            return [Value("{}", entries=tuple((arg.name, arg) for arg in named))]
        given = [self.bound.resolved(arg) for arg in call.args[:1]]
        return [item for item in given if item is not None and item.entries]

    def _body(self, arg: Value) -> Value | None:
        if arg.name == "json":
            return self.bound.resolved(arg)
        body = self.bound.entry(arg, "body")
        if body is None:
            return None
        made = next((call for call in body.calls if call.callee == "JSON.stringify" and call.args), None)
        inner = self.bound.resolved(made.args[0]) if made is not None else self.bound.resolved(body)
        return inner if inner is not None and inner.entries else None

    def _capped(self, options: Value) -> bool:
        if self.bound.entry(options, *_CAP) is not None or _CAP_TEXT.search(options.text):
            return True
        inner = self.bound.entry(options, *_NESTED)
        return inner is not None and (
            self.bound.entry(inner, *_CAP) is not None or _CAP_TEXT.search(inner.text) is not None
        )

    def _chosen(self, options: Value, call: Call, function: Function | None) -> Iterator[AiFault]:
        model = self.bound.entry(options, "model")
        if model is not None and self._is_callers(model, function):
            yield AiFault("model-from-client", line_of(model, call))
        system = self.bound.entry(options, "system", "instructions", "systemPrompt")
        if system is not None and self._is_callers(system, function):
            yield AiFault("system-prompt-from-client", line_of(system, call))
        messages = self.bound.resolved(self.bound.entry(options, "messages"))
        for message in messages.items if messages is not None else ():
            role, content = message.entry("role"), message.entry("content")
            if (
                role is not None
                and role.literal == "system"
                and content is not None
                and self._is_callers(content, function)
            ):
                yield AiFault("system-prompt-from-client", line_of(content, call))

    def _is_callers(self, value: Value, function: Function | None) -> bool:
        """Whether a value is, whole, what the request says."""
        text = value.text.strip()
        if value.literal is not None or function is None or "[" in text:
            return False
        if _FROM_CALLER.match(text) and not re.search(r"\?|\|\||\bor\b|process|env", text):
            return re.match(r"(?:data|input)\b", text) is None
        if not re.fullmatch(r"\w+", text):
            return False
        code = self._code(function)
        taken = re.search(
            rf"\{{[^}}\n]{{0,200}}(?<![\w.]){re.escape(text)}\b(?!\s*=)[^}}\n]{{0,200}}\}}\s*(?::[^=\n]{{1,80}})?=\s*(?:\(?await\s+)?(?:req|request|c\.req|event)\.(?:json\(\)|body)",
            code,
        )
        checked = re.search(
            rf"\.(?:includes|has)\(\s*{re.escape(text)}\b|\b{re.escape(text)}\s+(?:not\s+)?in\b|\[{re.escape(text)}\]",
            code,
        )
        return taken is not None and checked is None

    def _code(self, function: Function) -> str:
        return "\n".join(self.lines[function.span.line - 1 : function.span.line_end])

    def loops(self) -> Iterator[AiFault]:
        for spot in spots(self.outline):
            step = spot.step
            if not isinstance(step, Loop) or not re.fullmatch(
                r"(?:while|for)?\s*\(?\s*(?:true|True|1|;\s*;)\s*\)?:?", step.header.strip()
            ):
                continue
            code = "\n".join(self.lines[step.span.line - 1 : step.span.line_end])
            asks = any(
                self._writes_text(call) or "messages.create" in call.callee
                for call in calls_within(step.body)
            )
            counted = re.search(
                r"(?i)max|limit|attempt|iteration|\bsteps?\b|\bturns?\b|budget|[<>]=?\s*\d",
                _CAP_TEXT.sub("", code),
            )
            if asks and not counted:
                yield AiFault("loop-unbounded", step.span.line)

    def tools(self) -> Iterator[AiFault]:
        for function in self.outline.functions:
            name = function.name.rpartition(".")[2]
            given = any(call.callee in ("tool", "dynamicTool", "ai.tool") for call in function.wrapped_by)
            decorated = any(
                call.callee in ("tool", "function_tool", "agent.tool", "beta_tool")
                for call in function.decorators
            )
            if not (given or decorated or (name == "execute" and "tools" in function.name)):
                continue
            for number, line in enumerate(
                self.lines[function.span.line - 1 : function.span.line_end], function.span.line
            ):
                if _PRIVILEGED.search(line):
                    yield AiFault("tool-call-privileged", number)
                    break

    def outputs(self) -> Iterator[AiFault]:
        text = "\n".join(self.lines)
        for match in _OUTPUT.finditer(text):
            name = match.group("name") or match.group("text") or "text"
            after = text[match.end() : match.end() + 3000]
            used = re.search(
                rf"(?<![\w.])(?:eval|exec|execSync|new\s+Function|os\.system|subprocess\.\w+|vm\.run\w+|\w*[qQ]ueryRawUnsafe|\w*\.execute|sql\.raw|\.rpc\('exec\w*',\s*\{{\s*\w+:)\s*\(?\s*{re.escape(name)}\b"
                rf"|innerHTML\s*=\s*{re.escape(name)}\b|__html\s*:\s*{re.escape(name)}\b",
                after,
            )
            if used:
                yield AiFault("prompt-injection-sink", line_at(text, match.end() + used.start()))
