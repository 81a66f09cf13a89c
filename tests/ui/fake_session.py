"""A session that answers at once from sample data and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from lastmile_desktop import settings
from lastmile_desktop.catalogue.load import Catalogue
from lastmile_desktop.core import commands, events
from lastmile_desktop.core.check import Check
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.scan import Scan
from lastmile_desktop.core.walkthrough import Walkthrough
from tests.ui import sample, sample_projects

Listener = Callable[[events.Event], None]


class FakeSession:
    """`publish` may be called from any thread, as the worker would."""

    def __init__(
        self,
        scan: Scan | None = None,
        checks: Mapping[str, Check] | None = None,
        stored: Mapping[str, str] | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> None:
        self.catalogue = Catalogue(Path("rules"), checks or sample.CHECKS)
        self.scan = scan
        self.asked: list[commands.Command] = []
        self.answers = (
            {"profile.users": "40", "profile.stage": "first-users"} if answers is None else dict(answers)
        )
        self.talks: tuple[Conversation, ...] = sample.CONVERSATIONS
        self.stored = {"theme": "light", **(stored or {})}
        self.projects = sample_projects.CARDS
        self.is_open = False
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener, /) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, *told: events.Event) -> None:
        for event in told:
            for listener in tuple(self._listeners):
                listener(event)

    def walkthrough(self, check_id: str, tool: str = "") -> Walkthrough:
        return replace(sample.WALKTHROUGH, check_id=check_id)

    def start(self) -> None:
        self.publish(events.SettingsChanged(settings.with_defaults(self.stored)))

    def close(self) -> None:
        self.is_open = False

    def submit(self, command: commands.Command, /) -> None:
        self.asked.append(command)
        match command:
            case commands.OpenProject():
                self.open()
            case commands.SetSetting(key, value):
                self.stored[key] = value
                self.publish(events.SettingsChanged(settings.with_defaults(self.stored)))
            case commands.Answer(key, value):
                self.answers[key] = value
                self.publish(self._opened())
            case commands.LogConversation(conversation):
                self._log(conversation)
            case commands.ForgetConversation(identity):
                self.talks = tuple(talk for talk in self.talks if talk.id != identity)
                self.publish(events.ConversationsChanged(self.talks))
            case commands.AskPortfolio():
                self.publish(events.PortfolioChanged(self.projects))
            case commands.Pause():
                self.publish(events.WatchChanged(events.WatchState.PAUSED, 1_204))
            case commands.Resume():
                self.publish(events.WatchChanged(events.WatchState.WATCHING, 1_204))
            case _:
                pass

    def open(self) -> None:
        self.is_open = True
        self.publish(
            self._opened(),
            events.ConversationsChanged(self.talks),
            events.WatchChanged(events.WatchState.WATCHING, 1_204),
        )
        if self.scan is not None:
            self.publish(events.ScanUpdated(self.scan), sample.BALANCE, events.ScanEnded())

    def last(self, kind: type[commands.Command]) -> commands.Command | None:
        return next((command for command in reversed(self.asked) if isinstance(command, kind)), None)

    def _opened(self) -> events.ProjectOpened:
        return events.ProjectOpened(
            sample.PROJECT, None, int(self.answers.get("profile.users", "10")), self.answers
        )

    def _log(self, talk: Conversation) -> None:
        if talk.id == 0:
            talk = replace(talk, id=max((other.id for other in self.talks), default=0) + 1)
        self.talks = (talk, *(other for other in self.talks if other.id != talk.id))
        self.publish(events.ConversationsChanged(self.talks))
