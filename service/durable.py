"""The engine under background work: DBOS runs our jobs, in as many processes as there are, and again where one died.

What is to be done stands in our own table (``uow.jobs``), kept together with the change that asks for it. Each worker
hands what is ready over to the engine as a workflow whose id is the job and the number of its run, so it does not matter
how many workers do, or how often. This is the only module that knows the engine.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

import structlog
from dbos import DBOS, DBOSConfig

from model.errors import AppError, FatalError
from model.jobs import lane_of
from service import jobs
from service.jobs import Observer
from service.office import Office
from service.presence import place_name
from store.claim import Claim
from store.database import Database

QUEUE = "bellwether"
APPLICATION_VERSION = "1"
"""Pinned: what another version of this program asked for is run by this one. A job is a name; it says nothing else."""

BEAT_S = 0.1
LOOK_AFTER_EVERY_S = 5.0
AT_ONCE = 8
"""Jobs of one process at the same time, each in a lane of its own."""

UNANSWERED = timedelta(seconds=10)
"""Before this, a run that the engine does not know of may only be about to be handed over."""

LONGER_THAN_ANY_S = 86_400
"""The engine waits for its runs for so long, and we for as long as we want to."""

KEPT_FOR = timedelta(hours=1)
"""The engine's books of what ended: under load half a dozen runs a second, and each look after the others reads them."""

_ACTIVE = ["ENQUEUED", "PENDING", "DELAYED"]

log = structlog.get_logger()


def work(office: Callable[[], Office], observed: Observer, stop: threading.Event, *, grace_s: int = 25) -> bool:
    """Run jobs until told to stop; then let those that run end, for so many seconds. Returns whether all have ended.

    Those that have not end with the process, and are begun again elsewhere: it has to leave at once. ``office`` is asked
    at each job, so an edited configuration counts from the next one on. ``observed`` is entered around each run. Raises
    FatalError when another process has taken this one's place.
    """
    db = office().workspace.db
    with _place(db) as place:
        close = _launch(db, place, office, observed)
        jobs.start_up(office())
        relay = Relay(office, place)
        while not stop.wait(BEAT_S):
            relay.beat()
        if not _ended(grace_s):
            return False
        close()
        return True


class Relay:
    """Hands ready jobs over to the engine, and looks after the runs of processes that died."""

    def __init__(self, office: Callable[[], Office], place: "Place") -> None:
        self._office = office
        self._place = place
        self._handed: dict[str, float] = {}
        self._look_after_at = 0.0
        self._away = False

    def beat(self) -> None:
        """One round. While the database is away nothing is done, and that is said once."""
        try:
            self._hand_over()
            if time.monotonic() >= self._look_after_at:
                self._look_after()
                self._look_after_at = time.monotonic() + LOOK_AFTER_EVERY_S
            if self._away:
                log.info("database_back")
            self._away = False
        except FatalError:
            raise
        except Exception as error:  # the engine lets through whatever its database raises
            if not self._away:
                reason = error.reason if isinstance(error, AppError) else type(error).__name__
                log.warning("database_away", reason=reason)
            self._away = True
            # After an outage the others, too, have to take their places again before anybody is held for dead.
            self._look_after_at = time.monotonic() + 3 * LOOK_AFTER_EVERY_S

    def _hand_over(self) -> None:
        office = self._office()
        db, now = office.workspace.db, office.now
        with db.read() as uow:
            asleep = uow.jobs.sleeping(now)
            ready = uow.jobs.ready(now)
        if not asleep:
            with db.begin() as uow:
                uow.jobs.wake(now)
                ready = uow.jobs.ready(now)
        moment = time.monotonic()
        self._handed = {id_: at for id_, at in self._handed.items() if moment - at < LOOK_AFTER_EVERY_S}
        for name, run in ready.items():
            id_ = f"{name}#{run}"
            if id_ not in self._handed:
                DBOS.enqueue_workflow_with_options(
                    {"workflow_name": "job", "queue_name": QUEUE, "workflow_id": id_, "queue_partition_key": lane_of(name),
                     "app_version": APPLICATION_VERSION},
                    name, run,
                )  # fmt: skip
                self._handed[id_] = moment

    def _look_after(self) -> None:
        """Take over what dead workers ran, and begin again what the engine has lost."""
        if not self._place.held():
            raise FatalError("Another process has taken this worker's place.", where=self._place.name, reason="place_lost")
        office = self._office()
        jobs.keep_time(office)
        db, now = office.workspace.db, office.now
        mine = DBOS.executor_id
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        for executor in {one.executor_id for one in pending if one.executor_id not in (None, mine)}:
            with db.alone(place_name(str(executor))) as dead:
                if dead:
                    ids = [one.workflow_id for one in pending if one.executor_id == executor]
                    DBOS.resume_workflows(ids, queue_name=QUEUE)
                    log.warning("jobs_taken_over", worker=executor, jobs=len(ids))
        self._pass_over_spent(db, now)
        with db.read() as uow:
            running = [job for job in uow.jobs.all() if job.running and not now - UNANSWERED < (job.started_at or now) <= now]
        ids = [f"{job.name}#{job.run}" for job in running]
        active = DBOS.list_workflows(workflow_ids=ids, status=_ACTIVE, load_input=False, load_output=False) if ids else []
        lost = {f"{job.name}#{job.run}": job for job in running}
        for one in active:
            lost.pop(one.workflow_id, None)
        for job in lost.values():
            with db.begin() as uow:
                uow.jobs.put_off(job.name, job.run, at=now, due_at=now)
        old = (now - KEPT_FOR).isoformat()
        ended = DBOS.list_workflows(completed_before=old, limit=500, load_input=False, load_output=False)
        if ended:
            DBOS.delete_workflows([one.workflow_id for one in ended])

    def _pass_over_spent(self, db: Database, now: datetime) -> None:
        """A run that the engine has ended without our table hearing of it, because the database was away when it was to
        begin, can't be handed over again: the job goes on with the next one."""
        with db.read() as uow:
            overdue = uow.jobs.ready(now - UNANSWERED)
        if not overdue:
            return
        handed = {f"{name}#{run}": (name, run) for name, run in overdue.items()}
        known = DBOS.list_workflows(workflow_ids=list(handed), load_input=False, load_output=False)
        for one in known:
            if one.status not in _ACTIVE:
                with db.begin() as uow:
                    uow.jobs.pass_over(*handed[one.workflow_id])


# -- the place of a process -----------------------------------------------------------------------------------------------


class Place:
    """The number under which a process works: nobody else has it while it lives, and the next one takes it over."""

    def __init__(self, name: str, claim: Claim) -> None:
        self.name = name
        self._claim = claim

    def held(self) -> bool:
        return self._claim.held()


@contextmanager
def _place(db: Database) -> Iterator[Place]:
    """The first free place."""
    for number in count(1):
        claim = db.claim(place_name(f"w{number}"))
        if claim.held():
            try:
                yield Place(f"w{number}", claim)
            finally:
                claim.release()
            return


# -- the engine -----------------------------------------------------------------------------------------------------------


def _launch(db: Database, place: Place, office: Callable[[], Office], observed: Observer) -> Callable[[], None]:
    """Launch the engine in this process under this place's name. Returns what closes its books."""
    engine = db.jobs_engine()
    config: DBOSConfig = {
        "name": "bellwether",
        "system_database_engine": engine,
        "executor_id": place.name,
        "application_version": APPLICATION_VERSION,
        "log_level": "ERROR",
        "use_listen_notify": False,
        "enable_otlp": False,
    }
    DBOS(config=config)

    @DBOS.workflow(name="job")
    def job(name: str, run: int) -> None:
        """One run of a job. Whatever goes wrong was put off in our own table; the engine has nothing to repeat."""
        try:
            jobs.run(office(), name, run, observed=observed)
        except AppError as error:  # before it began, or after it was done: we look after it when the database is back
            log.warning("job_left", job=name, run=run, reason=error.reason)
        except Exception:
            log.exception("job_broke", job=name, run=run)

    DBOS.launch()
    DBOS.register_queue(
        QUEUE, partition_concurrency=1, worker_concurrency=AT_ONCE, polling_interval_sec=BEAT_S, on_conflict="always_update"
    )
    return engine.dispose


def _ended(grace_s: int) -> bool:
    """Take no more jobs on, and wait for those that run. Where they take longer, nothing is closed beneath them."""
    ending = threading.Thread(target=DBOS.destroy, kwargs={"workflow_completion_timeout_sec": LONGER_THAN_ANY_S}, daemon=True)
    ending.start()
    ending.join(grace_s)
    if ending.is_alive():
        log.warning("jobs_cut_off")
    return not ending.is_alive()
