"""One transaction and the repositories that share it."""

from sqlalchemy import Connection

from store.accounts import Accounts
from store.agenda import Agenda
from store.audit_log import AuditLog
from store.baselines import BaselineRepository
from store.brief_scores import BriefScores
from store.config_versions import ConfigVersions
from store.decisions import DecisionRepository
from store.deeds import Deeds
from store.derived import DerivedNodes
from store.dirty import DirtyNodes
from store.errands import Errands
from store.figures import Figures
from store.forecasts import ForecastRepository
from store.forgetting import Forgetting
from store.freshness import Freshness
from store.hook_losses import HookLosses
from store.hooks import HookRepository
from store.inbox import Inbox
from store.inventory import Inventory
from store.jobs import Jobs
from store.lessons import LessonRepository
from store.logins import Logins
from store.members import Members
from store.notices import NoticeRepository
from store.overrides import OverrideRepository
from store.page_hosts import PageHosts
from store.page_notes import Notes
from store.prepared import PreparedDocuments
from store.project_figures import ProjectFiguresRepository
from store.project_registers import ProjectRegisters
from store.pushes import PushRepository
from store.raw import RawRepository
from store.records import RecordRepository
from store.retention import Retention
from store.runs import RunRepository
from store.scores import ScoreRepository
from store.secrets import Vault
from store.settings_kept import SettingsKept
from store.setup_made import SetupLedger
from store.skipped import SkippedItems
from store.status import Status
from store.sync_state import SyncStates
from store.tallies import Tallies


class UnitOfWork:
    """Made by ``Database.begin`` and ``Database.read``; all or nothing of what is done through it is kept."""

    def __init__(self, conn: Connection, vault: Vault) -> None:
        self.raw = RawRepository(conn)
        self.records = RecordRepository(conn)
        self.inventory = Inventory(conn)
        self.skipped = SkippedItems(conn)
        self.sync = SyncStates(conn)
        self.derived = DerivedNodes(conn)
        self.dirty = DirtyNodes(conn)
        self.scores = ScoreRepository(conn)
        self.forecasts = ForecastRepository(conn)
        self.brief_scores = BriefScores(conn)
        self.pushes = PushRepository(conn)
        self.agenda = Agenda(conn)
        self.setup = SetupLedger(conn)
        self.settings = SettingsKept(conn)
        self.notices = NoticeRepository(conn)
        self.hooks = HookRepository(conn, vault)
        self.inbox = Inbox(conn)
        self.jobs = Jobs(conn)
        self.losses = HookLosses(conn)
        self.baselines = BaselineRepository(conn)
        self.members = Members(conn)
        self.overrides = OverrideRepository(conn)
        self.decisions = DecisionRepository(conn)
        self.lessons = LessonRepository(conn)
        self.project_figures = ProjectFiguresRepository(conn)
        self.project_registers = ProjectRegisters(conn)
        self.notes = Notes(conn)
        self.runs = RunRepository(conn)
        self.freshness = Freshness(conn)
        self.tallies = Tallies(conn)
        self.forgetting = Forgetting(conn)
        self.retention = Retention(conn)
        self.figures = Figures(conn)
        self.audit_log = AuditLog(conn)
        self.errands = Errands(conn)
        self.prepared = PreparedDocuments(conn)
        self.status = Status(conn)
        self.accounts = Accounts(conn)
        self.logins = Logins(conn, vault)
        self.deeds = Deeds(conn)
        self.config_versions = ConfigVersions(conn)
        self.page_hosts = PageHosts(conn)
