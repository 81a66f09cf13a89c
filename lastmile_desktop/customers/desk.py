"""What the founder says about customers: stored, read back, told. Used on the customer side's thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lastmile_desktop.core import commands, events
from lastmile_desktop.core.commands import Command
from lastmile_desktop.core.events import Event, WholeTalk
from lastmile_desktop.core.log import Log
from lastmile_desktop.core.notebook import LaneVersion
from lastmile_desktop.core.policy_book import NOTHING_WRITTEN
from lastmile_desktop.core.scan import Project, Scan
from lastmile_desktop.customers import exports, forgotten, imports, policy
from lastmile_desktop.customers import transcripts as incoming
from lastmile_desktop.customers.scoreboard import Scoreboard
from lastmile_desktop.home import size_of
from lastmile_desktop.project import lane as lane_file
from lastmile_desktop.project import own_files, policy_edit
from lastmile_desktop.project.collect import read_text
from lastmile_desktop.project.lane import LANE_FILE
from lastmile_desktop.project.policy import POLICY_FILE
from lastmile_desktop.store import conversations, erase, people, records, talk_search, transcripts
from lastmile_desktop.store.database import Database
from lastmile_desktop.store.revision import Revision

Publish = Callable[[Event], None]
Clock = Callable[[], datetime]


class Desk:
    """The customer side of one open project."""

    def __init__(self, db: Database, project: Project, publish: Publish, clock: Clock) -> None:
        self.project = project
        self._db = db
        self._root = Path(project.root)
        self._publish = publish
        self._clock = clock
        self._scoreboard = Scoreboard(db, project)
        self._revision = Revision(db)
        self._gone: Log | None = None

    def tell(self) -> None:
        """Everything a window shows of it."""
        self._tell_talks()
        self._tell_notebook()

    def hear_others(self) -> bool:
        """Tell it anew when another program has changed the log, and say whether it has."""
        changed = self._revision.changed_by_others()
        if changed:
            self._scoreboard.forget()
            self.tell()
        return changed

    def score(self, scan: Scan) -> None:
        """A scan is over: bring this month's scoreboard up to date."""
        if self._scoreboard.keep(scan, self._clock().date()):
            self._tell_notebook()

    def answer(self, command: Command) -> bool:
        """Answer a question about the log; False when the command is none."""
        match command:
            case commands.FindTalks(query=query):
                self._publish(talk_search.find(self._db, self.project, query))
            case commands.ReadTalks():
                self._publish(events.TalksRead(command, self._read(command)))
            case commands.ReadPlans():
                self._tell_plans()
            case commands.MeasureData():
                self._publish(events.DataMeasured(size_of(self._db.path.parent)))
            case commands.PreviewPolicy():
                self._publish(policy.preview(self._root, command))
            case commands.ExportScoreboard(month=month, path=path):
                self._scoreboard.export(month, path)
                self._publish(events.Told(f"Written to {path}."))
            case commands.ExportLog(path=path, format=kind):
                exports.write(exports.whole(self._db, self.project), path, kind)
                self._publish(events.Told(f"The log is in {path}."))
            case commands.ExportPerson(person_id=identity, path=path):
                found = exports.one_person(self._db, self.project, identity)
                exports.write(found, path, exports.format_of(path))
                self._publish(events.Told(f"Everything about them is in {path}."))
            case commands.ExportCalendar(path=path):
                promised = exports.write_calendar(self._db, self.project, path, self._clock())
                self._publish(events.Told(f"{promised} follow-ups and the weekly look are in {path}."))
            case _:
                return False
        return True

    def record(self, command: Command) -> bool:
        """Store what the founder says; False when the command is not about customers."""
        match command:
            case commands.LogConversation(conversation=conversation):
                conversations.save(self._db, self.project, conversation)
            case commands.ForgetConversation(id=identity):
                self._gone = forgotten.forget(self._db, self.project, identity)
            case commands.BringBackConversation(id=identity):
                self._bring_back(identity)
            case commands.ImportTalk(path=path):
                self._import_file(path)
            case commands.ImportPastedTalk(text=text):
                self._import("", text.encode())
            case commands.ChooseFounder(conversation_id=identity, speaker=speaker):
                self._choose_founder(identity, speaker)
            case commands.ImportLog(path=path):
                self._merge(imports.read(path))
            case commands.ImportPeople(path=path):
                self._merge(imports.people_in(path.name, incoming.bytes_of(path), self._clock().date()))
            case commands.ImportPastedPeople(text=text):
                self._merge(imports.people_in("", text.encode(), self._clock().date()))
            case commands.KeepPerson(person=person):
                people.save(self._db, self.project, person)
            case commands.ForgetPerson(id=identity):
                self._forget_person(identity)
            case commands.KeepRecord(record=record):
                records.keep(self._db, self.project, record)
            case commands.DropRecord(record=record):
                records.drop(self._db, self.project, record)
            case commands.WriteLane(text=text):
                self._write_lane(text)
            case commands.WritePolicy(text=text):
                policy.write(self._root, text)
                self._tell_plans()
            case _:
                return False
        self._revision.change()
        self._scoreboard.forget()
        self.tell()
        return True

    def _tell_talks(self) -> None:
        self._publish(events.ConversationsChanged(conversations.newest(self._db, self.project)))

    def _tell_notebook(self) -> None:
        self._publish(events.NotebookChanged(records.notebook(self._db, self.project)))

    def _tell_plans(self) -> None:
        text = read_text(self._root, LANE_FILE)
        lane = None if text is None else lane_file.parse(text)
        book = read_text(self._root, POLICY_FILE)
        said = NOTHING_WRITTEN if book is None else policy_edit.reading(book)
        self._publish(events.PlansRead(text, lane, book, said))

    def _read(self, asked: commands.ReadTalks) -> tuple[WholeTalk, ...]:
        if asked.person_id:
            talks = conversations.with_person(self._db, self.project, asked.person_id)
        elif asked.ids:
            talks = conversations.by_ids(self._db, self.project, asked.ids)
        else:
            talks = conversations.newest(self._db, self.project, asked.last)
        return tuple(incoming.whole(self._db, self.project, talk) for talk in talks)

    def _import_file(self, path: Path) -> None:
        data = incoming.bytes_of(path)
        table = imports.talks_in(path.name, data)
        if table is None:
            self._import(path.name, data)
        else:
            self._merge(table)

    def _import(self, name: str, data: bytes) -> None:
        self._publish(incoming.take_in(self._db, self.project, name, data, self._clock()))

    def _merge(self, log: Log) -> None:
        self._publish(events.Told(imports.told(imports.merge(self._db, self.project, log))))

    def _choose_founder(self, conversation_id: int, speaker: str) -> None:
        found = conversations.by_ids(self._db, self.project, (conversation_id,))
        if not found or not found[0].transcript:
            return
        talk = found[0]
        kept = transcripts.read(self._db, self.project, talk.transcript)
        if kept is None:
            return
        before = incoming.other_side(kept)
        chosen = replace(kept, founder=speaker)
        transcripts.replace_reading(self._db, self.project, talk.transcript, chosen)
        if talk.person == before:
            person = incoming.other_side(chosen)
            guessed = talk.person_id
            talk = conversations.save(self._db, self.project, replace(talk, person=person, person_id=0))
            people.drop_unheard(self._db, self.project, guessed)
        self._publish(events.TalkImported(WholeTalk(talk, chosen)))

    def _bring_back(self, identity: int) -> None:
        gone, self._gone = self._gone, None
        if gone is None or [kept.talk.id for kept in gone.talks] != [identity]:
            raise forgotten.cannot()
        forgotten.bring_back(self._db, self.project, gone)

    def _forget_person(self, identity: int) -> None:
        self._gone = None
        gone = erase.person(self._db, self.project, identity)
        talks = "one talk" if gone == 1 else f"{gone} talks"
        copies = self._db.copies()
        kept = (
            f" {len(copies)} copies from before an update still hold them: {copies[0].parent}."
            if copies
            else ""
        )
        self._publish(events.Told(f"Forgotten, with {talks}.{kept}"))

    def _write_lane(self, text: str) -> None:
        before = read_text(self._root, LANE_FILE)
        own_files.write(self._root, LANE_FILE, text)
        today = self._clock().date()
        versions = records.notebook(self._db, self.project).lanes
        for version in (before, text):
            if version and version not in {kept.text for kept in versions}:
                versions = (*versions, records.keep(self._db, self.project, LaneVersion(version, today)))
        self._tell_plans()
