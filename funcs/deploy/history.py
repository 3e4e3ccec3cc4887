"""The plans that were carried out, in the function's ``.funcs/deploys``: what rollback replays.

Plans hold the function's variables, secrets among them: only their owner may read them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from funcs.deploy.plan import DeployPlan
from funcs.errors import DeployError

_FOLDER = Path(".funcs", "deploys")
_NUMBER = re.compile(r"(\d{4,})\.json")
_CURRENT = "current"
#: Older plans go: nobody rolls back further than they remember.
_MOST = 20
#: Archives are large: only the newest plans keep theirs.
_MOST_WITH_FILES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One plan that was carried out; ``before`` is the number of the one it replaced, 0 = none."""

    number: int
    before: int
    plan: DeployPlan


class History:
    """What was deployed of one function to one place, by number; one of them is current."""

    def __init__(self, folder: Path, function: str, place: str) -> None:
        key = hashlib.sha256(place.encode()).hexdigest()[:12]
        self._folder = folder / _FOLDER / f"{function}-{key}"

    def current(self) -> Entry | None:
        """The plan that was carried out last, or rolled back to."""
        try:
            number = int((self._folder / _CURRENT).read_text())
        except (OSError, ValueError):
            return None
        return self._entry(number)

    def before(self) -> Entry:
        """The plan that the current one replaced.

        Raises:
            DeployError: there is none.
        """
        entry = self._entry(self.latest().before)
        if entry is None:
            what = "there is no deploy before this one to go back to"
            fix = "deploy what is wanted: funcs deploy -i IMAGE"
            raise DeployError(what, where=str(self._folder), fix=fix)
        return entry

    def latest(self) -> Entry:
        """The current plan.

        Raises:
            DeployError: there is none.
        """
        current = self.current()
        if current is None:
            fix = "deploy it from this folder first; plans are kept in .funcs/deploys"
            raise DeployError("nothing was deployed from here to this target", fix=fix)
        return current

    def to_go_back_to(self, there: str) -> Entry:
        """What a rollback carries out, where the platform has the plan of digest ``there``.

        A deploy that failed, or one from elsewhere, is not the current plan: then that is what is
        gone back to; else it is the one before.

        Raises:
            DeployError: there is none.
        """
        current = self.latest()
        return current if current.plan.digest != there else self.before()

    def remember(self, plan: DeployPlan, files: Mapping[str, bytes] | None = None) -> None:
        """Make ``plan`` the current one; that it is so already changes nothing.

        Raises:
            DeployError: the folder cannot be written to.
        """
        try:
            self._remember(plan, files or {})
        except OSError as error:
            what = f"it is deployed, and cannot be remembered: {error.strerror}"
            fix = "let your user write there: a rollback needs it"
            raise DeployError(what, where=str(self._folder), fix=fix) from None

    def _remember(self, plan: DeployPlan, files: Mapping[str, bytes]) -> None:
        current: Entry | None = None
        with suppress(DeployError):  # a damaged one has nothing to go back to
            current = self.current()
        if current is not None and current.plan == plan:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(".gitignore", b"*\n")  # variables are nothing to publish
        for name, data in files.items():
            self._write(f"{plan.files[name].removeprefix('sha256:')}.bin", data)
        number = max(self._numbers(), default=0) + 1
        before = current.number if current is not None else 0
        document = plan.to_dict(secrets=True) | {"before": before}
        text = json.dumps(document, indent=1, ensure_ascii=False)
        self._write(f"{number:04}.json", text.encode())
        self._write(_CURRENT, f"{number}\n".encode())
        self._forget(keep={number, before})

    def go_back_to(self, entry: Entry) -> None:
        """Make an earlier plan the current one."""
        self._write(_CURRENT, f"{entry.number}\n".encode())

    def file(self, digest: str) -> bytes:
        """A file that a plan sent.

        Raises:
            DeployError: it is gone.
        """
        try:
            return (self._folder / f"{digest.removeprefix('sha256:')}.bin").read_bytes()
        except OSError:
            fix = "deploy again from the source"
            raise DeployError("the archive of that deploy is gone", fix=fix) from None

    def _entry(self, number: int) -> Entry | None:
        path = self._folder / f"{number:04}.json"
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            fix = "remove it: the next deploy writes another"
            raise DeployError(f"the plan is damaged: {error}", where=str(path), fix=fix) from None
        if not isinstance(document, dict):
            raise DeployError("the plan is no object", where=str(path), fix="remove it")
        before = document.get("before")
        plan = DeployPlan.from_dict(document, where=str(path))
        return Entry(number, before if isinstance(before, int) else 0, plan)

    def _numbers(self) -> Iterator[int]:
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if found := _NUMBER.fullmatch(path.name):
                yield int(found[1])

    def _forget(self, keep: set[int]) -> None:
        """Remove plans that are too old, and files that no plan sends any more."""
        kept = keep | set(sorted(self._numbers())[-_MOST:])
        for number in set(self._numbers()) - kept:
            (self._folder / f"{number:04}.json").unlink(missing_ok=True)
        newest = keep | set(sorted(kept)[-_MOST_WITH_FILES:])
        try:
            entries = [entry for number in newest if (entry := self._entry(number)) is not None]
        except DeployError:  # a damaged plan is told by who wants to go back to it
            return
        used = {digest for entry in entries for digest in entry.plan.files.values()}
        for path in self._folder.glob("*.bin"):
            if f"sha256:{path.stem}" not in used:
                path.unlink(missing_ok=True)

    def _write(self, name: str, data: bytes) -> None:
        """Replace a file in one step, readable for its owner alone."""
        draft = self._folder / f".{name}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(self._folder / name)
