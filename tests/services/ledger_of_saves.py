"""The account of a saving test: what the editors were told, against what the database holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.services.editors import Answer, Editor

KEPT = {"saved", "merged"}


@dataclass
class Verdict:
    """What was found; the lists name each case and must be empty."""

    acknowledged: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    without_answer: int = 0
    offline: int = 0
    offered: int = 0
    lost_answers: int = 0
    missing: list[str] = field(default_factory=list)  # acknowledged, and not there
    overwritten: list[str] = field(default_factory=list)  # a text replaced another that its writer never saw
    false_conflicts: list[str] = field(default_factory=list)  # nobody else had changed the field
    changed_minds: list[str] = field(default_factory=list)  # a save sent twice with two outcomes
    left: list[str] = field(default_factory=list)  # neither acknowledged nor offered again
    vanished: list[str] = field(default_factory=list)  # gone from the page before it was acknowledged
    damaged: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Everything that must not be."""
        kinds = ("missing", "overwritten", "false_conflicts", "changed_minds", "left", "vanished", "damaged")
        return [f"{kind}: {case}" for kind in kinds for case in getattr(self, kind)]

    def __str__(self) -> str:
        told = ", ".join(f"{count} {outcome}" for outcome, count in self.outcomes.most_common())
        return (
            f"{self.acknowledged} acknowledged ({told}), {self.offline} edits offline, "
            f"{self.without_answer} saves without answer, {self.lost_answers} answers lost after the commit, "
            f"{self.offered} texts offered again; missing {len(self.missing)}, "
            f"overwritten {len(self.overwritten)}, false conflicts {len(self.false_conflicts)}"
        )


def judge(found: dict[str, Any], editors: list[Editor], people: list[int]) -> Verdict:
    """Compare."""
    verdict = Verdict()
    if found["intact"] != "ok":
        verdict.damaged.append(found["intact"])
    rows = {row["key"]: row for row in found["revisions"]}
    chains: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found["revisions"]:
        chains[row["target"]].append(row)
    texts = {target: {"", *(row["text"] for row in chain)} for target, chain in chains.items()}
    for editor in editors:
        _count(verdict, editor)
        for answer in editor.answers:
            verdict.missing += _missing(answer, rows, texts)
        verdict.changed_minds += [f"{first}, then {then}" for first, then in editor.again if first != then]
        verdict.left += [f"{editor.name} {target}" for target in editor.drafts]
        verdict.vanished += _vanished(editor, texts)
    sent = {answer.sent.key: answer.sent for editor in editors for answer in editor.answers}
    for target, chain in chains.items():
        _follow(verdict, chain, found["stands"].get(target), sent)
    return verdict


def _count(verdict: Verdict, editor: Editor) -> None:
    verdict.acknowledged += len(editor.answers)
    verdict.outcomes.update(answer.outcome for answer in editor.answers)
    verdict.without_answer += editor.counts["without answer"]
    verdict.offline += editor.counts["edits offline"]
    verdict.offered += editor.counts["offered"]
    verdict.lost_answers += len(editor.again)


def _missing(answer: Answer, rows: dict[str, Any], texts: dict[str, set[str]]) -> list[str]:
    """Every character of an acknowledged text is in the revision of its key."""
    said, row = answer.sent, rows.get(answer.sent.key)
    if answer.outcome == "unchanged":
        return [] if said.value in texts[answer.target] else [f"{answer.target}: {said.value[:60]!r}"]
    if row is None:
        return [f"{answer.target}: no revision for an acknowledged {answer.outcome} save"]
    if row["text"] == said.value:
        return []
    added = Counter(said.value.split("\n")) - Counter(said.base.split("\n"))
    if answer.outcome == "merged" and not added - Counter(row["text"].split("\n")):
        return []
    return [f"{answer.target}: {answer.outcome}, but {said.value[:60]!r} is not in it"]


def _vanished(editor: Editor, texts: dict[str, set[str]]) -> list[str]:
    """Whatever was typed is what its writer typed on from, until it is acknowledged or kept."""
    kept = {(answer.target, answer.sent.value) for answer in editor.answers}
    waiting: dict[str, str] = {}
    gone = []
    for target, before, after in [*editor.typed, *((target, "", "") for target in editor.targets)]:
        text = waiting.get(target, before)
        if text != before and (target, text) not in kept and text not in texts.get(target, {""}):
            gone.append(f"{editor.name} {target}: {text[:60]!r}")
        waiting[target] = after
    return gone


def _follow(verdict: Verdict, chain: list[dict[str, Any]], stands: str | None, sent: dict[str, Any]) -> None:
    """Each text stands on the one before it; the last one stands in the field; conflicts have two people."""
    before, places, kept = "", {"": -1}, []
    for row in chain:
        if row["outcome"] in KEPT:
            if row["base"] != before:
                verdict.overwritten.append(f"{row['target']}: {before[:60]!r}")
            before = row["text"]
            typed = sent.get(row["key"])
            # Who typed on while a text was joined has seen nothing newer than what it was typed on.
            if typed and row["outcome"] == "merged" and typed.base in places:
                places[typed.value] = places[typed.base]
            elif typed:
                places[typed.value] = len(kept)
            places[before] = len(kept)
            kept.append(row)
        else:
            since = kept[places[row["base"]] + 1 :] if row["base"] in places else None
            if since is not None and all(other["by"] == row["by"] for other in since):
                verdict.false_conflicts.append(f"{row['target']} of {row['by']}")
    if stands is not None and stands != before:
        verdict.overwritten.append(f"{chain[0]['target']}: what stands is not what was saved last")
