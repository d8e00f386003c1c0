"""A run that must report a loss: `python -m tests.havoc.proof FOLDER [TEMPLATE]` prints as JSON
what it told when a sweep was switched off, when it was on again, and of a database tampered with.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.havoc import run
from tests.havoc.faults import Record
from tests.havoc.instance import Instance, until
from tests.havoc.officers import Ledger

SWEEP = "certificates.sweeps.sweep_certificates"
TAMPERING = (
    "DELETE FROM quizzes_responsesave WHERE id = (SELECT min(s.id) FROM quizzes_responsesave s"
    " WHERE NOT EXISTS (SELECT 1 FROM quizzes_attemptitem i WHERE i.current_id = s.id))",
    "UPDATE quizzes_attemptitem SET current_id = NULL",
    "UPDATE quizzes_responsesave SET data = '{}'"
    " WHERE id = (SELECT max(id) FROM quizzes_responsesave)",
    "UPDATE quizzes_attempt SET passed = 1 - passed WHERE passed IS NOT NULL",
    "UPDATE courses_enrolment SET completed_at = NULL, completed_revision_id = NULL,"
    " cancelled_at = enrolled_at WHERE completed_at IS NOT NULL",
    "DELETE FROM certificates_certificatefile",
    "DELETE FROM audit_auditentry WHERE verb = 'certificate.issued'",
)


async def lose_and_find(instance: Instance) -> dict[str, Any]:
    """The worker is killed while it hands a mail over, and its task is lost with it."""
    with closing(instance):
        people, ledger, record = await instance.begin(2), Ledger(), Record()
        taken, told = instance.mails.taken, {}

        def kill() -> None:
            instance.mails.on_taking = None
            record.note("worker killed", ledger)
            os.killpg(instance.running["worker"].popen.pid, signal.SIGKILL)

        def enough() -> bool:
            return bool(taken) and any(one.finished for one in ledger.sittings.values())

        instance.mails.on_taking = kill
        await run.under_load(instance, people, ledger, until(enough, "enough work", 120))
        told["switched off"] = await run.settle(instance, 5)

        instance.switched_off = ()
        os.killpg(instance.running["worker"].popen.pid, signal.SIGKILL)
        told["switched on"] = await run.settle(instance, 120)
        told["counts"], told["findings"] = await asyncio.to_thread(
            run.compare, instance, ledger, record
        )
        told["wrong"], told["acknowledged"] = ledger.wrong, ledger.acknowledged

        instance.stop()  # or the worker would put right what can be
        taken += [taken[-1], ("<of-nobody@127.0.0.1>", 0.0)]
        for statement in TAMPERING:
            run.write(instance, statement)
        told["tampered"] = (await asyncio.to_thread(run.compare, instance, ledger, record))[1]
    return told


def main(words: list[str]) -> None:
    folder, *template = map(Path, words)
    instance = Instance(
        folder, production=False, disk=False, clock=False, every=1, switched_off=(SWEEP,),
        template=template[0] if template else None,
    )  # fmt: skip
    print(json.dumps(asyncio.run(lose_and_find(instance))))


if __name__ == "__main__":
    main(sys.argv[1:])
