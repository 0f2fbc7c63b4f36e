"""
What keys that are not marked trusted may ask, and noticing who uses them to find out what is banked.

    signals   refused: whoever chooses a hash freely can walk up to a banked one      `require_files`
    files     so many an hour; none once the alarm was raised                         `admit_file`
    answers   watched for questions around one reference (`api/security/probing.py`)  `watch`

An alarm is a line in the log, a row in the audit log, a count in `/metrics`; and the key's questions are refused until
an operator replaces it: who has found out half of a hash should not get the other half tomorrow.
"""

from collections.abc import Sequence
from contextlib import nullcontext

import structlog

from api.errors import FilesOnlyError, KeyPausedError
from api.metrics.catalogue import PROBING_ALARMS
from api.security.probing import ProbingAlarm
from api.service import Service
from casework.domain.actor import Actor, Role, policy_actor
from casework.domain.takedowns.upload import Match
from casework.persistence.connection.failures import DatabaseUnreachableError
from casework.policy import POLICY_VERSION
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record
from matcher.hashing.query import Query

log = structlog.get_logger()


def sees_evidence(actor: Actor) -> bool:
    """Tell whether an actor may see distances: every person, and pipelines whose key is marked trusted."""
    return actor.trusted or actor.role is not Role.PIPELINE


def require_files(service: Service, actor: Actor) -> None:
    """
    Refuse a question by signals to a key that is not trusted, unless the operator allows it.

    Raises:
        FilesOnlyError: If it must send files.
        KeyPausedError: If its questions are refused altogether.
    """
    if sees_evidence(actor):
        return
    _require_not_paused(actor)
    if service.settings.untrusted_signals:
        return
    alarm = service.probes.note_refused(actor.id, service.clock.now())
    if alarm is not None:
        _raise_alarm(service, actor, alarm)
    message = "a key that is not marked trusted asks with files: send the media itself, as multipart `media`"
    raise FilesOnlyError(message)


def admit_file(service: Service, actor: Actor) -> None:
    """
    Count a file of a key that is not trusted, before it is decoded.

    Raises:
        KeyPausedError: If its questions are refused altogether.
        TooManyRequestsError: If it sent as many as it may within the hour.
    """
    if sees_evidence(actor):
        return
    _require_not_paused(actor)
    service.rate_limits.require_file(actor)


def watch(
    service: Service, actor: Actor, query: Query, matches: Sequence[Match], *, uow: UnitOfWork | None = None
) -> None:
    """
    Note what a key that is not trusted asked and was answered; at one question too many, raise the alarm.

    Args:
        service: What this process holds.

        actor: Who asked.

        query: What was asked.

        matches: What it was answered.

        uow: The transaction that is open, where one writes; else the alarm has one of its own.
    """
    if sees_evidence(actor):
        return
    alarm = service.probes.note(actor.id, query, matches, service.clock.now())
    if alarm is not None:
        _raise_alarm(service, actor, alarm, uow=uow)


def _require_not_paused(actor: Actor) -> None:
    if actor.paused:
        message = (
            "questions under this key are refused since it asked many around one reference; "
            "an operator finds the alarm in the audit log and makes another key"
        )
        raise KeyPausedError(message)


def _raise_alarm(service: Service, actor: Actor, alarm: ProbingAlarm, *, uow: UnitOfWork | None = None) -> None:
    PROBING_ALARMS.add("answers" if alarm.takedown_id else "refused")
    log.warning("a key asks around one reference", key=actor.id, takedown=alarm.takedown_id, questions=alarm.questions)
    try:
        with service.writing() if uow is None else nullcontext(uow) as transaction:
            _record(actor, alarm, transaction)
    except DatabaseUnreachableError:
        log.error("the alarm could not be recorded, and the key asks on", key=actor.id)


def _record(actor: Actor, alarm: ProbingAlarm, uow: UnitOfWork) -> None:
    pauses = alarm.takedown_id is not None
    if pauses:
        uow.keys.pause(actor.id)
    record(
        uow,
        policy_actor(POLICY_VERSION),
        "key:probing",
        actor.id,
        takedown_id=alarm.takedown_id,
        questions=alarm.questions,
        paused=pauses,
    )
