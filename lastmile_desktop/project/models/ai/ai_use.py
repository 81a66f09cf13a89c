"""Where a project asks language models, which ones by name, and what becomes of each answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.mentions import mentions
from lastmile_desktop.project.models.calls.model import is_production
from lastmile_desktop.project.models.settings.env_reads import blank_comments
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_WORDS = (
    "openai", "anthropic", "gemini", "generativelanguage", "genai", "openrouter", "mistral", "groq", "generatetext",
    "streamtext", "litellm", "langchain", "llmchat", "cohere", "deepseek", "perplexity", "together.xyz", "ai.gateway",
    "vertexai", "bedrock", "ollama", "x.ai/v1", "/chat/completions", "google.generativeai", "pydantic_ai", "crewai",
    "llama_index", "llamaindex", "replicate", "huggingface", "@cf/", "dashscope", "fireworks", "cerebras",
    "init_chat_model",
)  # fmt: skip
_ASK = re.compile(
    r"chat\.completions\.(?:create|parse|stream)|responses\.(?:create|parse|stream)\(|"
    r"\b(?:generateText|streamText|generateObject|streamObject)\(\s{0,3}\{|\.messages\.(?:create|stream)\(|"
    r"\.generateContent(?:Stream)?\(|generate_content(?:_async|_stream)?\(|\.chat\.complete\(|litellm\.a?completion\(|"
    r"\bLlmChat\(|/v1/chat/completions|/v1/messages\b|/v1/responses\b|:generateContent|\bChat(?:OpenAI|Anthropic)\(|"
    r"converse\(|InvokeModel(?:WithResponseStream)?Command|invoke_model\(|\bConverse(?:Stream)?Command\(|"
    r"\.start_?[cC]hat\(|\bchats\.create\(|threads\.runs?\.(?:create|stream)|/chat/completions|"
    r"\b(?:Azure)?Chat(?:OpenAI|GoogleGenerativeAI|VertexAI|Groq|MistralAI|Bedrock|Ollama|Cohere)\(|\binit_chat_model\(|"
    r"\bollama\.(?:chat|generate)\(|11434/api/(?:generate|chat)\b|\bchat_?[cC]ompletion(?:Stream)?\(|\btext_?[gG]eneration\(|"
    r"\.run\(\s{0,8}[\"'`]@cf/|\bGeneration\.call\(",
)
_SMALL = re.compile(
    r"embeddings?\.create|embedContent|embed_content|\bembed(?:Many)?\(|/v1/embeddings|moderations"
)
_MODEL = re.compile(
    r"""(?:\bmodel(?:Name|_name|Id|_id|String)?["']?\s{0,3}[:=]\s{0,3}|\b\w{0,30}MODEL\w{0,20}\s{0,3}[:=]\s{0,3}|"""
    r"""\b(?:openai|anthropic|google|mistral|groq|getGenerativeModel|GenerativeModel|with_model)\(\s{0,3}(?:["']\w{1,20}["'],\s{0,3})?|"""
    r"""/models/|(?:\?\?|\|\||getenv\([^)\n]{1,60},|get\([^)\n]{1,60},)\s{0,3})"""
    r"""["'`]?((?:models/)?(?:gpt|chatgpt|o[134]|claude|gemini|mistral|ministral|codestral|pixtral|magistral|"""
    r"""text-davinci|palm|qwen|grok|deepseek|command|llama)[\w.-]{0,60})(?=["'`:?]|\s|,|\))"""
)
_USAGE = re.compile(
    r"\busage\b|usage_?metadata|total_?tokens|prompt_?tokens|input_?tokens|completion_?tokens|onFinish|token_count",
    re.I,
)
_GATEWAY = re.compile(
    r"openrouter\.ai|helicone|portkey|langfuse|langsmith|LANGCHAIN_TRACING|ai\.gateway\.lovable\.dev|gateway\.ai\.cloudflare|"
    r"ai-gateway|AI_GATEWAY|experimental_telemetry|braintrust|traceloop|openllmetry|@posthog/ai|posthog\.ai|arize|"
    r"phoenix\.otel|litellm|logfire\.instrument|@vercel/otel|emergentintegrations",
    re.IGNORECASE,
)
_STRUCTURED = re.compile(
    r"response_format|responseFormat|response_schema|responseSchema|generateObject|streamObject|zodResponseFormat|"
    r"Output\.object|with_structured_output|withStructuredOutput|tool_choice|toolChoice|tool_calls|tool_use|"
    r"functionCall|input_schema|output_config|"
    r"safeParse\(|\bz\.object\(|[sS]chema\w{0,20}\.parse\(|model_validate|TypeAdapter|jsonschema|\bajv\b|valibot|BaseModel|"
    r"Array\.isArray\([^)\n]{1,60}\)|typeof \w{1,40}(?:\.\w{1,40}){0,3} [!=]==|isinstance\([^)\n]{1,60}(?:dict|list)|"
    r"\bvalidate\w{0,30}\(|\bnormali[sz]e\w{0,30}\(|\bsaniti[sz]e\w{0,30}\(",
)
_PARSE = re.compile(
    r"(?:JSON\.parse|json\.loads)\(\s{0,3}(\w{0,30}(?:content|text|output|completion|response|answer|cleaned|raw|reply|"
    r"generated|message|jsonMatch|json_match|json_str|jsonStr|jsonString|match)\w{0,20}"
    r"(?:[!?.\[\]\w]{0,60}))",
    re.IGNORECASE,
)
_REQUEST_BODY = re.compile(r"req(?:uest)?\.|body|event\.|webhook|payload|storage|cookie", re.IGNORECASE)
_FALLBACK = re.compile(
    r"fall_?back|backup_?model|secondary|retry_?model|models\s{0,3}[:=]\s{0,3}\[", re.IGNORECASE
)
_STORES = re.compile(
    r"\.(?:insert|upsert|insert_one|insertOne)\(|\b(?:session|db)\.add\(|\.create\(\{\s{0,40}data\b|objects\.create\("
)
_VERSIONED = re.compile(
    r"prompt_?version|model_?(?:used|version|name|id)\b|PROMPT_V|promptId|prompt_id", re.IGNORECASE
)
_MOST = 40
_PYTHON_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#[^\n]{0,2000}")
_SKIPPED = re.compile(r"(?:^|/)(?:evals?|prompts?/tests?|playground|sandbox)/|(?:^|/)components/ui/")


@dataclass(frozen=True, slots=True)
class AiFile:
    """What one file does with language models. `asks` are the lines of requests, `small` of embeddings and the like.
    `models` are (line, name). `parses` are lines where an answer is taken for JSON and nothing looks at it."""

    asks: tuple[int, ...] = ()
    small: tuple[int, ...] = ()
    models: tuple[tuple[int, str], ...] = ()
    parses: tuple[int, ...] = ()
    usage: bool = False
    gateway: bool = False
    fallback: bool = False
    stores: bool = False
    versioned: bool = False

    @property
    def used(self) -> bool:
        return bool(self.asks or self.small)


@dataclass(frozen=True, slots=True)
class AiUse:
    """Every production file that asks a model, or names one for others to ask."""

    files: dict[str, AiFile] = field(default_factory=dict[str, AiFile])

    @property
    def asking(self) -> dict[str, AiFile]:
        return {path: file for path, file in self.files.items() if file.used}


NONE = AiFile()


def _read_file(path: str, text: str) -> AiFile:
    return read_python(text) if path.endswith(".py") else read_script(text)


def ai_use(view: ProjectView) -> AiUse:
    found: dict[str, AiFile] = {}
    for path in view.outlines:
        if _is_ours(path):
            file = view.per_path("ai-use", path, _read_file, NONE)
            if file.used or file.models:
                found[path] = file
    return AiUse(found)


@lru_cache(maxsize=65_536)
def _is_ours(path: str) -> bool:
    return is_production(path) and path_kind(path) is PathKind.CODE and not _SKIPPED.search(path)


def read_script(text: str) -> AiFile:
    return _read(blank_comments(text)) if mentions(text, _WORDS) else NONE


def read_python(text: str) -> AiFile:
    return _read(_PYTHON_COMMENT.sub("", text)) if mentions(text, _WORDS) else NONE


def _read(code: str) -> AiFile:
    asks = _lines(_ASK, code)
    small = _lines(_SMALL, code)
    models = tuple(
        (line_at(code, match.start(1)), match[1].removeprefix("models/"))
        for match in list(_MODEL.finditer(code))[:_MOST]
    )
    parses: tuple[int, ...] = ()
    if asks and not _STRUCTURED.search(code):
        parses = tuple(
            line_at(code, match.start())
            for match in list(_PARSE.finditer(code))[:_MOST]
            if not _REQUEST_BODY.search(match[1])
        )
    return AiFile(
        asks=asks,
        small=small,
        models=tuple(item for item in models if _is_name(item[1])),
        parses=parses,
        usage=_USAGE.search(code) is not None,
        gateway=_GATEWAY.search(code) is not None,
        fallback=_FALLBACK.search(code) is not None,
        stores=_STORES.search(code) is not None,
        versioned=_VERSIONED.search(code) is not None,
    )


def _lines(pattern: re.Pattern[str], text: str) -> tuple[int, ...]:
    return tuple(line_at(text, match.start()) for match in list(pattern.finditer(text))[:_MOST])


def _is_name(name: str) -> bool:
    """A model's name has a number or a family after the maker's; `gemini-key` is something else."""
    return bool(re.search(r"\d|-(?:latest|pro|flash|large|small|medium)\b", name)) and not name.endswith(
        ("-key", "-")
    )
