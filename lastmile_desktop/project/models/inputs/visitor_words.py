"""Words that tell, before a file is read, whether text of a visitor may come in and be used dangerously at all."""

from __future__ import annotations

import re

# Words without which nothing comes in, or nothing dangerous is done.
_BRINGS_SCRIPT = re.compile(
    r"\breq\b|\brequest[.),:]|\bctx\b|\bcontext\.(?:req|params|query)|searchParams|SearchParams|\blocation\b|document\.(?:URL|referrer)|"
    r"window\.name|useParams|"
    r"router\.query|\$route|\bevent\.(?:body|params|url|request|query|path|node|raw|data)|: (?:Next)?Request\b|"
    r"\bapp\.(?:get|post|put|use|all)\(|"
    r"[rR]outer\.(?:get|post|put|use|all)\(|createServer|Math\.random|route\.snapshot|\bc\.req\b"
)
_USES_SCRIPT = re.compile(
    r"exec|spawn|\bfork\(|\beval\(|Function\(|\bvm\d?\.|setTimeout\(|setInterval\(|readFile|writeFile|appendFile|create(?:Read|Write)Stream|"
    r"unlink|\brm(?:Sync|dir)?\(|readdir|copyFile|rename|openSync|sendFile|sendfile|download\(|render\(|fetch|axios|\bgot\b|request\(|superagent|"
    r"needle|https?\.(?:get|request)|goto\(|setContent|redirect|location|\.send\(|\.end\(|\.write\(|\.html\(|innerHTML|outerHTML|document\.write|"
    r"insertAdjacentHTML|\$\(|compile\(|template|query\(|execute\(|[rR]aw\(|Unsafe|RegExp\(|xpath|createExpression|mongo|setHeader|\.set\(|"
    r"\.header\(|parseXml|bypassSecurity|trustAs|JSDOM|\.body\s*=|deserialize|unserialize|require\([^'\"`)]|session|[cC]ookie"
)
_BRINGS_PYTHON = re.compile(
    r"\brequest\b|cleaned_data|\.data\b|\binput\(|@\w+(?:\.\w+)*\.(?:get|post|put|patch|delete|route)\(|random"
)
_USES_PYTHON = re.compile(
    r"system\(|popen|subprocess|exec|spawn|eval\(|pickle|marshal|yaml|shelve|dill|jsonpickle|import_module|__import__|open\(|os\.\w+\(|shutil|"
    r"send_file|FileResponse|send_from|Path|requests|httpx|urllib|urlopen|aiohttp|http\.client|HTTPS?Connection|edirect|Response|Markup|mark_safe|"
    r"Template|from_string|return|raw\(|text\(|query|fetch|xpath|XPath|ldap|search|find|re\.|regex|mongo|cookie|session|\.save\("
)


def may_use(text: str, *, python: bool) -> bool:
    """Whether a file may bring in what a visitor sends and do something dangerous with it."""
    brings, uses = (_BRINGS_PYTHON, _USES_PYTHON) if python else (_BRINGS_SCRIPT, _USES_SCRIPT)
    return brings.search(text) is not None and uses.search(text) is not None
