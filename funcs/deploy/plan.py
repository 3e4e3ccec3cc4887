"""What a deploy would do, as data: printed, compared, stored and replayed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from funcs.deploy.masking import masked
from funcs.errors import DeployError

#: The annotation of a deployed function that names the plan it was made by.
PLAN_ANNOTATION = "funcs/plan"
#: The variable by which a function, and its processor.yaml, are known to be of one deploy.
DEPLOY_ID = "FUNCS_DEPLOY_ID"
_FORMAT = 1
_ID_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is sent: what it does, the call, and the document that goes with it.

    ``call`` is ``POST /api/functions``, ``kubectl apply`` and the like.
    """

    does: str
    call: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """Everything that one deploy sends, in order.

    ``digest`` says what is deployed and where: two plans of one digest change nothing of each
    other. ``files`` are sent beside the documents, by name and sha256.
    """

    function: str
    platform: str
    place: str
    digest: str
    steps: tuple[Step, ...]
    files: Mapping[str, str]

    @property
    def deploy_id(self) -> str:
        """What the running function is asked for; the beginning of the digest."""
        return deploy_id(self.digest)

    def to_dict(self, *, secrets: bool = False) -> dict[str, Any]:
        """As plain values; secrets are masked unless they are asked for."""
        steps = [
            {"does": step.does, "call": step.call, "document": dict(step.document)}
            for step in self.steps
        ]
        return {
            "plan": _FORMAT,
            "function": self.function,
            "platform": self.platform,
            "place": self.place,
            "digest": self.digest,
            "files": dict(self.files),
            "steps": steps if secrets else masked(steps),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], *, where: str) -> DeployPlan:
        """The plan that ``to_dict`` wrote; ``where`` names the file.

        Raises:
            DeployError: it is damaged, or of a later funcs.
        """
        if document.get("plan") != _FORMAT:
            fix = "use the funcs that wrote it"
            what = f"the plan has the form {document.get('plan')!r}, known is {_FORMAT}"
            raise DeployError(what, where=where, fix=fix)
        try:
            steps = tuple(
                Step(str(step["does"]), str(step["call"]), dict(step["document"]))
                for step in document["steps"]
            )
            return cls(
                function=str(document["function"]),
                platform=str(document["platform"]),
                place=str(document["place"]),
                digest=str(document["digest"]),
                steps=steps,
                files=dict(document["files"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            fix = "remove it: the next deploy writes another"
            raise DeployError(f"the plan is damaged: {error!r}", where=where, fix=fix) from None


def digest_of(place: str, documents: Sequence[Mapping[str, Any]], files: Mapping[str, str]) -> str:
    """The digest of what is sent to a place, before it is stamped with it."""
    text = json.dumps([place, list(documents), dict(files)], sort_keys=True, ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def deploy_id(digest: str) -> str:
    """The short form of a plan's digest."""
    return digest.removeprefix("sha256:")[:_ID_CHARACTERS]
