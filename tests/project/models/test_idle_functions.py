"""Functions that nothing calls: in doubt they are called."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lastmile_desktop.project.models.usage.idle_code import is_idle
from lastmile_desktop.project.models.usage.idle_functions import idle_functions, is_uncalled
from tests.project.models.graphs import project
from tests.project.models.test_usage import vite

HANDLERS = """
export class Handlers {
  static async processWebhook(body: string) { return this.isKnown(body); }
  static async handleStripeEvent(event: string) {
    await fetch(event);
  }
  static isKnown(body: string) { return body !== ""; }
}
export async function logSecurityEvent(name: string) { await fetch(name); }
"""


def idle(more: Mapping[str, str]) -> dict[str, set[str]]:
    files = vite() | {"src/lib/handlers.ts": HANDLERS, "src/pages/Home.tsx": HOME} | dict(more)
    return {path: set(names) for path, names in idle_functions(project(files)).items()}


HOME = 'import { Handlers } from "../lib/handlers"; export default () => Handlers.processWebhook("")'


def test_a_name_that_stands_nowhere_else() -> None:
    assert idle({}) == {"src/lib/handlers.ts": {"Handlers.handleStripeEvent", "logSecurityEvent"}}


@pytest.mark.parametrize(
    "more",
    [
        {"src/App.tsx": vite()["src/App.tsx"] + "; Handlers['handleStripeEvent'](x); logSecurityEvent(y)"},
        {
            "src/lib/handlers.ts": HANDLERS.replace("class Handlers", "class Handlers extends Base")
            + "\nlogSecurityEvent()"
        },
        {"src/lib/handlers.ts": '"use server";' + HANDLERS},
        {"src/lib/handlers.ts": HANDLERS + "\nexport default { logSecurityEvent }; // handleStripeEvent"},
        {"src/pages/Home.tsx": "export default () => null"},
    ],
)
def test_in_doubt_it_is_called(more: Mapping[str, str]) -> None:
    assert not idle(more)


def test_what_only_unused_files_call_is_called_by_nobody() -> None:
    caller = 'import { logSecurityEvent } from "./handlers"; export const audit = () => logSecurityEvent("")'
    assert "logSecurityEvent" in idle({"src/lib/audit.ts": caller})["src/lib/handlers.ts"]


def test_members_that_a_library_asks_for_are_called() -> None:
    styles = "export const selectStyles = { multiValueRemove: () => null, };\nexport const salesApi = { listAllSales: () => null };"
    home = 'import { selectStyles, salesApi } from "../lib/styles"; export default () => selectStyles'
    found = idle({"src/lib/styles.ts": styles, "src/pages/Home.tsx": home})
    assert found == {"src/lib/styles.ts": {"salesApi.listAllSales"}}


def test_each_line_of_it_is_idle() -> None:
    view = project(vite() | {"src/lib/handlers.ts": HANDLERS, "src/pages/Home.tsx": HOME})
    assert [is_uncalled(view, "src/lib/handlers.ts", line) for line in (3, 4, 5, 6, 7, 9)] == [
        False, True, True, True, False, True,
    ]  # fmt: skip
    assert is_idle(view, "src/lib/handlers.ts", "Handlers.handleStripeEvent")
    assert not is_idle(view, "src/lib/handlers.ts", "Handlers.processWebhook")
