"""Four people edit one post-mortem while its web process is killed again and again: no save is lost.

The long run: NO_SAVE_LOST_EDITS=2000 NO_SAVE_LOST_KILLS=50 bin/test --services -s -k acknowledged
"""

from __future__ import annotations

import json
import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.services.edit_web import Web, installation
from tests.services.editors import Editor, NoAnswer
from tests.services.ledger_of_saves import Verdict, judge
from tests.services.site import wait_until

EDITS = int(os.environ.get("NO_SAVE_LOST_EDITS", "200"))
KILLS = int(os.environ.get("NO_SAVE_LOST_KILLS", "5"))
EDITORS = 4
pytestmark = [pytest.mark.services, pytest.mark.timeout(240 + EDITS + KILLS * 10)]


def edit(web: Web, known: dict[str, Any], *, edits: int, kills: int) -> Verdict:
    """All editors at work, the killer beside them; then the account."""
    seed = int(os.environ.get("NO_SAVE_LOST_SEED", "1"))
    progress, lock = Counter[str](), threading.Lock()
    editors = [
        Editor(f"e{n}-", web.port, session, known["review"], known["targets"], random.Random(seed + n))
        for n, session in enumerate(known["sessions"])
    ]
    web.start()
    dice = random.Random(seed)
    with ThreadPoolExecutor(EDITORS) as pool:
        tasks = [pool.submit(editor.work, edits // EDITORS, progress, lock) for editor in editors]
        for number in range(kills):
            due = edits * (number + 1) / (kills + 1)
            wait_until(lambda due=due: progress["edits"] >= due or all(t.done() for t in tasks), 1800)
            web.kill(dice)
        for task in tasks:
            task.result(900)
    return account(web, known, editors)


def account(web: Web, known: dict[str, Any], editors: list[Editor]) -> Verdict:
    """What the database holds against what these people were told."""
    [found] = web.run("tests.services.edit_stage", "account", json.dumps(known["drafts"]))
    return judge(found, editors, known["people"])


def test_every_acknowledged_text_is_there_and_every_other_one_is_sent_again(tmp_path: Path) -> None:
    with installation(tmp_path) as (web, known):
        verdict = edit(web, known, edits=EDITS, kills=KILLS)
    print(f"\n{EDITS} edits, {web.kills} kills: {verdict}")
    assert verdict.acknowledged > EDITS / 4 and verdict.lost_answers > 0
    assert web.kills == KILLS
    assert verdict.problems() == []
    assert "Traceback" not in (tmp_path / "web.log").read_text()


def test_a_server_on_which_the_last_write_wins_is_caught(tmp_path: Path) -> None:
    with installation(tmp_path, "last write wins") as (web, known):
        verdict = edit(web, known, edits=160, kills=0)
    print(f"\nlast write wins: {verdict}")
    assert verdict.overwritten


def test_a_page_that_sends_the_newer_text_first_is_caught(tmp_path: Path) -> None:
    """Somebody types on in the same line while the answer to the first save is lost."""
    with installation(tmp_path) as (web, known):
        web.start()
        as_it_is = typed_on(web, known, 0, open_first=True)
        assert account(web, known, [as_it_is]).problems() == []
        as_it_was = typed_on(web, known, 1, open_first=False)
        assert account(web, known, [as_it_is, as_it_was]).false_conflicts


def typed_on(web: Web, known: dict[str, Any], number: int, *, open_first: bool) -> Editor:
    """One person, one field, two saves."""
    session, target = known["sessions"][number], known["targets"][number]
    editor = Editor("e", web.port, session, known["review"], [target], random.Random(number), open_first)
    editor._until_answered(editor.open_page)
    editor.loses = 1
    editor.type(target, "The first half")
    with pytest.raises(NoAnswer):
        editor.send(target)
    editor.loses = 0
    editor.type(target, "The first half and the second")
    editor.send(target)
    return editor
