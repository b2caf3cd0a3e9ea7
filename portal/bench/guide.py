"""A guide of any length, the same every time, while the series has none that long."""

from __future__ import annotations

import random
from collections.abc import Iterator

from articles.folder import WorkFile

_SECTION_WORDS = 320
# Words of the field, so that the text compresses as English prose does.
_TEXT = (
    "incident deploy rollback alert pager latency error budget replica queue timeout retry cache primary "
    "backup restore migration schema traffic load balancer certificate expiry capacity customer support "
    "engineer facilitator owner team week month review meeting question answer reason decision signal "
    "the the the the a a of of to to in and and is was were that which when before after because while it "
    "they we you nobody somebody noticed assumed checked asked wrote learned changed fixed broke slowed "
    "quickly quietly often rarely once again together alone early late long short small large clear hidden"
)
_WORDS = _TEXT.split()


def guide(words: int) -> WorkFile:
    """A focus article of about that many words: headings, lists, a table and quotes."""
    return WorkFile(
        key=f"bench-{words}",
        title=f"A guide of {words} words",
        kind="guide",
        depth="none",
        minutes=max(1, words // 238),
        order=900 + words // 1000,
        audience="benches",
        summary="Made for measuring.",
        owner="",
        review_by=None,
        sources=(),
        successors={},
        body="\n\n".join(_blocks(words, random.Random(words))),
    )


def _blocks(words: int, dice: random.Random) -> Iterator[str]:
    count = max(2, words // _SECTION_WORDS)
    for number in range(1, count + 1):
        level = "###" if number % 4 == 3 else "##"
        yield f"{level} {_sentence(dice, 4)[:-1]} {number} {{#part-{number}}}"
        left = words // count
        while left > 0:
            block = _block(dice, number)
            left -= len(block.split())
            yield block


def _block(dice: random.Random, number: int) -> str:
    kind = dice.random()
    if kind < 0.12:
        return "\n".join(f"- {_sentence(dice, 12)}" for _ in range(4))
    if kind < 0.16:
        rows = "\n".join(f"| {_sentence(dice, 3)} | {_sentence(dice, 5)} |" for _ in range(3))
        return f"| What | Why |\n| --- | --- |\n{rows}"
    if kind < 0.2:
        return f"> {_sentence(dice, 18)}"
    return " ".join(_sentence(dice, dice.randint(8, 22)) for _ in range(4))


def _sentence(dice: random.Random, words: int) -> str:
    chosen = [dice.choice(_WORDS) for _ in range(words)]
    if words > 10:
        chosen[3] = f"**{chosen[3]}**"
        chosen[7] = f"*{chosen[7]}*"
    return " ".join(chosen).capitalize() + "."
