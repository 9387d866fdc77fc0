"""The story, step by step: each step is told, carried out with real commands, and checked."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from readygate.contract import ContractBook, Person
from readygate.gate import asked
from readygate.pipeline import Gate, Pipeline
from readygate.render import clean
from readygate_cli.demo.scenery import Entry, Scenery, StoryBroke
from readygate_cli.output import emit


@dataclass(frozen=True, slots=True)
class Cast:
    """Who hands over what at each gate of the example, and the deal that the story is about."""

    book: ContractBook
    pipeline: Pipeline
    title: str
    fields: Mapping[str, str]

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates of the pipeline."""
        return self.pipeline.gates(self.book)

    def giver(self, gate: Gate) -> Person:
        """The owner of the process before a gate: who moves the deal on."""
        before = self.pipeline.path[gate.position - 1]
        return self.book.people[self.book.processes[before.process].owner]

    def required(self, gate: Gate) -> dict[str, Person]:
        """Titles of what a gate needs from the deal -> who owes each."""
        fields = {name: (value,) for name, value in self.fields.items()}
        return {
            self.book.items[key].title: self.book.debtor(key, receiver)
            for key, receiver in asked(self.book, gate, fields).items()
            if self.book.items[key].required
        }


class Story:
    """Tells the story on one scenery. `say_in` translates what the narrator says; what our commands
    print stays as it is."""

    def __init__(
        self, scenery: Scenery, config: Path, cast: Cast, say_in: Callable[[str], str] = str
    ) -> None:
        self._scenery = scenery
        self._config = config
        self._cast = cast
        self._in = say_in
        self._step = 0

    def tell(self) -> str:
        """Tell it all; the deal it was about. Raises StoryBroke at the first thing that fails."""
        self._checked()
        if self._scenery.prepares:
            self._prepared()
        self._adopted()
        deal = self._new_deal()
        first, second = self._cast.gates[:2]
        self._too_early(deal, first)
        self._completed(deal, first)
        self._opened(deal, second)
        self._quiet()
        self._too_early(deal, second)
        self._completed(deal, second)
        self._quiet()
        self._history(deal)
        return deal

    def _checked(self) -> None:
        _ = self._in
        self._say(_("The config is checked. It names owners, inputs and outputs of every process."))
        self._expect("is valid" in self._run("check"), _("the config is valid"))

    def _prepared(self) -> None:
        _ = self._in
        self._say(_("The base has no checklist yet: it is created, and what was created is told."))
        out = self._run("setup", "--yes")
        self._expect("created: the table" in out, _("the checklist table is there"))
        out = self._run("setup", "--yes")
        self._expect("created:" not in out, _("a second time creates nothing"))

    def _adopted(self) -> None:
        _ = self._in
        self._say(_("A first look at the tracker: what would be done? Nothing is written."))
        before = self._scenery.writes()
        self._run("plan")
        self._expect(self._scenery.writes() == before, _("plan has written nothing"))
        self._say(_("The first run adopts the deals where they stand: nobody is returned."))
        out = self._run("sync")
        nobody = "adopted" in out and "returned" not in out
        self._expect(nobody, _("deals adopted, none returned"))

    def _new_deal(self) -> str:
        _ = self._in
        first = self._cast.gates[0]
        giver = self._cast.giver(first)
        title = self._cast.title
        deal = self._scenery.create(giver.email, title, self._cast.fields)
        called = title if deal == title else f"{deal} “{title}”"
        self._say(_("{giver} creates a new deal, {deal}.").format(giver=giver.name, deal=called))
        self._say(_("The next run gives it the checklist for its next handover."))
        self._run("sync")
        self._opened(deal, first)
        return deal

    def _opened(self, deal: str, gate: Gate) -> None:
        _ = self._in
        entries = self._scenery.checklist(deal)
        title = _("The checklist of {deal} in the tracker:").format(deal=deal)
        self._show(title, [_line(entry) for entry in entries])
        wanted = self._cast.required(gate)
        have = {entry.title: entry.owner for entry in entries}
        self._expect(
            all(have.get(title) == person.name for title, person in wanted.items()),
            _("{deal} has every item that “{stage}” needs, given to whoever owes it").format(
                deal=deal, stage=gate.stage
            ),
        )

    def _too_early(self, deal: str, gate: Gate) -> None:
        _ = self._in
        giver = self._cast.giver(gate)
        before = self._scenery.stage(deal)
        comments = self._scenery.comments(deal)
        self._scenery.move(giver.email, deal, gate.stage)
        told = _("{giver} moves {deal} to “{stage}” although items are still open.")
        self._say(told.format(giver=giver.name, deal=deal, stage=gate.stage))
        self._expect(self._scenery.stage(deal) == gate.stage, _("the tracker lets it through"))
        self._say(_("The next run moves it back and says why."))
        self._run("sync")
        back = _("{deal} is back in “{stage}”").format(deal=deal, stage=before)
        self._expect(self._scenery.stage(deal) == before, back)
        new = self._scenery.comments(deal)[len(comments) :]
        title = _("The comment on {deal}:").format(deal=deal)
        self._show(title, [line for text in new for line in text.split("\n")])
        self._expect(len(new) == 1, _("one comment was written"))
        lines = new[0].split("\n")
        for title, person in self._cast.required(gate).items():
            named = any(title in line and person.name in line for line in lines)
            told = _("it names “{title}” and {person}, who owes it")
            self._expect(named, told.format(title=title, person=person.name))

    def _completed(self, deal: str, gate: Gate) -> None:
        _ = self._in
        wanted = self._cast.required(gate)
        owners = {person.name: person for person in wanted.values()}
        entries = [entry for entry in self._scenery.checklist(deal) if entry.title in wanted]
        for entry in entries:
            self._scenery.tick(wanted[entry.title].email, entry)
        told = _("What was owed is complete ({people}), and {deal} is moved on again.")
        self._say(told.format(people=", ".join(owners), deal=deal))
        self._scenery.move(self._cast.giver(gate).email, deal, gate.stage)
        self._say(_("The next run accepts the handover."))
        out = self._run("sync")
        self._expect("1 deal accepted" in out, _("the run accepted it"))
        stays = _("{deal} stays in “{stage}”").format(deal=deal, stage=gate.stage)
        self._expect(self._scenery.stage(deal) == gate.stage, stays)

    def _quiet(self) -> None:
        _ = self._in
        self._say(_("A second run right after it finds nothing to do, and writes nothing."))
        writes, requests = self._scenery.writes(), self._scenery.requests()
        out = self._run("sync")
        self._expect(out == "", _("it printed nothing"))
        made = self._scenery.requests() - requests
        new = len(self._scenery.writes()) - len(writes)
        told = _("the tracker's own request log: {count} requests, no write")
        self._expect(new == 0, told.format(count=made))

    def _history(self, deal: str) -> None:
        told = self._in("Where {deal} stands now, and how it got there.")
        self._say(told.format(deal=deal))
        self._run("status", "--deal", deal)
        self._run("log", deal)

    def _say(self, text: str) -> None:
        self._step += 1
        emit(f"\n{self._step}. {clean(text)}\n")

    def _show(self, title: str, lines: Sequence[str]) -> None:
        emit(f"   {clean(title)}\n" + "".join(f"   | {clean(line)}\n" for line in lines))

    def _expect(self, happened: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
        if not happened:
            raise StoryBroke(self._in("This did not happen: {what}.").format(what=what))
        emit(f"   ok: {clean(what)}\n")

    def _run(self, *arguments: str) -> str:
        """Run one of our commands as a person would; what it printed on stdout."""
        command = shlex.join(["readygate", *arguments])
        emit(f"   $ {command}\n")
        environment = {
            **os.environ,
            **self._scenery.environment(),
            "READYGATE_CONFIG": str(self._config),
            "PYTHONIOENCODING": "utf-8",
        }
        environment.pop("READYGATE_LEDGER", None)
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", "readygate_cli", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        nothing = self._in("nothing")
        shown = (done.stdout + done.stderr).splitlines()
        emit("".join(f"   | {line}\n" for line in shown) or f"   | ({nothing})\n")
        if done.returncode:
            told = self._in("`{command}` ended with {code}.")
            raise StoryBroke(told.format(command=command, code=done.returncode))
        return done.stdout


def _line(entry: Entry) -> str:
    return f"[{'x' if entry.done else ' '}] {entry.title}: {entry.owner} ({entry.ref})"
