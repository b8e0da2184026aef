"""What has happened in the invented city so far, acted out through the rules of real use.

The story has its own clock, which runs from the first act to one minute before now. The domain's
commands read that clock; no row gets its time in any other way.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from secrets import token_urlsafe

from flask import Flask

from votesite.cli.demo.crowd import Crowd, Taste, Visit, fill_questionnaire
from votesite.cli.demo.farms import APPEAL, RULE, WHY, Farm, farms
from votesite.cli.demo.folders import FINISHED, VOTING, Folder, Toml, moment, nominated_picture
from votesite.cli.demo.honours import Honours
from votesite.cli.demo.office import Office
from votesite.cli.demo.panel import Panel
from votesite.cli.demo.people import PERSONA, DemoAuditor, everybody, judges
from votesite.cli.demo.timeline import WAVE, Act, StoryClock, Vote, waves
from votesite.domain import keys
from votesite.domain.campaigns import publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.integrity import appeals, cases, scanning, traces
from votesite.domain.ledger import cosignatures, publication
from votesite.domain.ledger.changes import Change
from votesite.domain.nominations import nominating, review
from votesite.domain.results import tallies
from votesite.domain.setup import dossiers
from votesite.domain.setup.folder.loading import load_folder
from votesite.domain.staff import passwords
from votesite.domain.staff.attempts import Browser
from votesite.domain.surveys import answering, pool
from votesite.domain.surveys.listing import find, questions_of
from votesite.domain.voting import casting, own, voters
from votesite.domain.voting.casting import Ballot
from votesite.extensions import site
from votesite.wechat.sandbox.identifiers import Identifiers
from votesite.wechat.sandbox.personas import VOIDED

FEWEST_ANSWERS = 32  # of a small crowd: satisfaction needs 30 about each candidate
ONCE_ONLY = 2500  # voters in the campaign that allows one ballot each
BEFORE = timedelta(hours=22)  # how long before its publication a folder is loaded
LEVEL = "乡级"
PERSONAS_BALLOT = 7  # which ballot of the voided farm; its voter may appeal
NEW_KEY = "监督员换了电脑，登记新电脑的签名钥匙"
GUESSER = Browser("203.0.113.66")  # an address reserved for examples (RFC 5737)


class Story:
    """All that happens in all campaigns, in time order; `scale` sets the size of the crowd."""

    def __init__(
        self,
        app: Flask,
        folders: Sequence[Folder],
        end: datetime,
        auditor: DemoAuditor,
        *,
        scale: float = 1.0,
    ) -> None:
        self._judges = judges()
        in_office, on_panel = everybody(), {one.number: one.login for one in self._judges}
        self.logins = [*in_office, on_panel[PERSONA]]
        self._auditor = auditor
        self._app, self._folders, self._scale = app, folders, scale
        self._clock = StoryClock(end)
        self._crowd = Crowd()
        self._ids: dict[str, int] = {}
        self._office = Office([*in_office, *on_panel.values()], self._clock)
        self._staff = self._office.staff
        self._nominated: dict[tuple[str, str], int] = {}
        self._tastes: dict[str, Taste] = {}
        self._bought: dict[Farm, list[bytes]] = {}
        self._timeline = sorted(self._everything(), key=lambda event: event.at)

    def __len__(self) -> int:
        return len(self._timeline)

    def tell(self) -> Iterator[int]:
        """Make everything happen; yields after each step how many events it held."""
        with ThreadPoolExecutor(WAVE, initializer=self._enter_app) as people:
            for together in waves(self._timeline):
                self._clock.go_to(*(event.at for event in together))
                if isinstance(together[0], Act):
                    together[0].do()
                else:
                    list(people.map(self._cast, together))
                yield len(together)

    def _enter_app(self) -> None:
        self._app.app_context().push()

    def _everything(self) -> Iterator[Act | Vote]:
        first = min(folder.window("publicity")[0] for folder in self._folders)
        yield Act(first - BEFORE - timedelta(hours=1), self._office.hire)
        for folder in self._folders:
            yield from self._preparations(folder)
            for entry in folder.nominations:
                yield from self._nomination(folder, entry)
            yield from self._votes(folder)
            yield from self._answers(folder)
            if folder.slug == VOTING:
                yield from self._farms(folder)
            close_at = folder.window("notice")[0] + timedelta(minutes=1)
            if folder.slug == FINISHED:
                third_day = folder.window("voting")[0] + timedelta(days=3, hours=1)
                yield Act(third_day, partial(self._let_second_browser_sign, folder))
                yield Act(close_at, partial(self._close, folder))
                yield Act(close_at + timedelta(hours=7), partial(self._cosign, folder))
                yield from self._honours(folder)
            if folder.slug == VOTING:
                yield Act(self._clock.end - timedelta(hours=3), partial(self._cosign, folder))
                yield from Panel(folder, self._ids, self._office, self._judges).at_work()
        yield Act(self._clock.end, self._mix)

    def _honours(self, folder: Folder) -> Iterator[Act]:
        """Yield what leads from the votes to the final list, and what follows it."""
        panel = Panel(folder, self._ids, self._office, self._judges)
        yield from panel.review()
        honours = Honours(folder, self._ids, self._office, self._crowd.person)
        yield from honours.told()
        yield Act(honours.course.final + timedelta(hours=1), partial(self._cosign, folder))
        yield Act(honours.course.final + timedelta(hours=2), self._office.throw_keys_away)

    def _preparations(self, folder: Folder) -> Iterator[Act]:
        begin, _ = folder.window("publicity")
        yield Act(begin - BEFORE, partial(self._load, folder))
        yield Act(begin, partial(self._publish, folder))

    def _nomination(self, folder: Folder, entry: Toml) -> Iterator[Act]:
        yield Act(moment(entry["at"]), partial(self._nominate, folder, entry))
        if "decision" in entry:
            yield Act(moment(entry["decided_at"]), partial(self._decide, folder, entry))

    def _votes(self, folder: Folder) -> Iterator[Vote]:
        begin, end = folder.window("voting")
        end = min(end, self._clock.end)
        visits: Iterable[Visit] = []
        if folder.slug == VOTING:
            visits = self._crowd.daily(begin, end, self._scale)
        elif folder.slug == FINISHED:
            hours = folder.settings["ballot"]["hours"]
            opens, closes = (int(hour.partition(":")[0]) for hour in hours)
            count = round(ONCE_ONLY * self._scale)
            visits = self._crowd.once(begin, end, count, (opens, closes))
        return (
            Vote(visit.at, folder.slug, visit.voter, self._crowd.origin(visit.voter))
            for visit in visits
        )

    def _farms(self, folder: Folder) -> Iterator[Act | Vote]:
        """Yield bought votes, the scans that detect them, what staff decide, and an appeal."""
        voided, held, fresh = farms(self._clock.end)
        for farm in (voided, held, fresh):
            for number, (at, address, browser) in enumerate(farm.visits()):
                is_persona = farm is voided and number == PERSONAS_BALLOT
                voter = self._persona() if is_persona else self._crowd.person()
                self._bought.setdefault(farm, []).append(voter)
                yield Vote(at, folder.slug, voter, (address, browser), (farm.candidate,))
            yield Act(farm.detected_at, partial(self._scan, folder))
        morning = voided.detected_at + timedelta(hours=18)
        yield Act(morning, partial(self._propose_void, folder))
        yield Act(morning + timedelta(minutes=22), partial(self._confirm_void, folder))
        yield Act(morning + timedelta(hours=11), partial(self._appeal, folder, voided))
        yield Act(held.detected_at + timedelta(minutes=25), partial(self._hold, folder))
        yield Act(held.detected_at + timedelta(minutes=40), self._guess)

    def _persona(self) -> bytes:
        """Returns the site voter id of the simulator's persona whose ballot is voided."""
        return keys.site_voter(Identifiers(site().settings).openid(VOIDED))

    def _answers(self, folder: Folder) -> Iterator[Act]:
        if not folder.answers:
            return
        begin, end = folder.window("voting" if folder.slug == VOTING else "counting")
        count = max(round(folder.answers["people"] * self._scale), FEWEST_ANSWERS)
        for visit in self._crowd.once(begin, min(end, self._clock.end), count):
            yield Act(visit.at, partial(self._answer, folder, visit))

    def _scan(self, folder: Folder) -> None:
        scanning.scan(self._ids[folder.slug], clock=self._clock)

    def _newest_case(self, folder: Folder) -> int:
        return cases.cases_of(self._ids[folder.slug], "open")[0].id

    def _propose_void(self, folder: Folder) -> None:
        case_id, reviewer = self._newest_case(folder), self._staff["reviewer"]
        cases.propose_void(case_id, reviewer, RULE, WHY, clock=self._clock)

    def _confirm_void(self, folder: Folder) -> None:
        (waiting,) = proposals.waiting(self._ids[folder.slug], now=self._clock())
        proposals.confirm(waiting.id, self._staff["owner"], clock=self._clock)

    def _hold(self, folder: Folder) -> None:
        reviewer = self._staff["reviewer"]
        cases.hold(self._newest_case(folder), reviewer, RULE, clock=self._clock)

    def _appeal(self, folder: Folder, farm: Farm) -> None:
        campaign_id, voter = self._ids[folder.slug], self._bought[farm][0]
        (n,) = own.ballots_of(campaign_id, voters.voter_key(campaign_id, voter))
        appeals.appeal(campaign_id, voter, n, APPEAL, clock=self._clock)

    def _guess(self) -> None:
        """Guess passwords: the security log shows it, and so does the next sign-in of linian."""
        for name in ("admin", "root", "linian", "linian"):
            passwords.check_password(name, "yunling-2026", GUESSER, clock=self._clock)

    def _let_second_browser_sign(self, folder: Folder) -> None:
        """The supervisor has another computer, and two others sign that its key counts."""
        self._office.register_browser("supervisor")
        change = Change("signer", self._staff["supervisor"])
        posts = ("owner", "editor")
        self._office.decide(self._ids[folder.slug], change, NEW_KEY, posts=posts)

    def _load(self, folder: Folder) -> None:
        loaded = load_folder(folder.path, clock=self._clock)
        self._ids[folder.slug] = loaded.campaign.id

    def _publish(self, folder: Folder) -> None:
        campaign = publishing.publish(self._ids[folder.slug], clock=self._clock)
        bodies = [(body.no, body.category) for body in listing.candidates_of(campaign.id)]
        least, most = campaign.ballot["picks"]
        spread = any(category["picks"] for category in campaign.categories)
        self._tastes[folder.slug] = Taste(folder.slug, bodies, (least, most), spread)

    def _nominate(self, folder: Folder, entry: Toml) -> None:
        campaign_id = self._ids[folder.slug]
        known = ("name", "category", "region", "reason", "evidence", "contact")
        criteria = [criterion["key"] for criterion in folder.settings["criteria"]]
        picture = nominated_picture(folder.slug, entry["picture"]) if "picture" in entry else None
        proposal = nominating.Proposal(
            campaign_id,
            self._crowd.person(),
            {key: entry[key] for key in (*known, *criteria) if key in entry},
            picture=picture.read_bytes() if picture else None,
            consents=True,
        )
        nomination = nominating.nominate(proposal, clock=self._clock)
        self._nominated[folder.slug, entry["name"]] = nomination.id

    def _decide(self, folder: Folder, entry: Toml) -> None:
        nomination_id, owner = self._nominated[folder.slug, entry["name"]], self._staff["owner"]
        if entry["decision"] == "accept":
            self._accept(nomination_id, entry)
        elif entry["decision"] == "join":
            candidates = listing.candidates_of(self._ids[folder.slug])
            candidate = next(body for body in candidates if body.name == entry["into"])
            review.join(nomination_id, candidate.id, owner, clock=self._clock)
        elif entry["decision"] == "merge":
            into = self._nominated[folder.slug, entry["into"]]
            review.merge(nomination_id, into, owner, clock=self._clock)
        else:
            review.reject(nomination_id, entry["reply"], owner, clock=self._clock)

    def _accept(self, nomination_id: int, entry: Toml) -> None:
        candidate = review.accept(nomination_id, self._staff["owner"], clock=self._clock)
        texts = {"slogan": entry["slogan"], "summary": entry["summary"], "level": LEVEL}
        dossiers.edit(candidate.id, texts, by=self._staff["editor"], clock=self._clock)

    def _cast(self, vote: Vote) -> None:
        picks = vote.picks or self._tastes[vote.slug].picks(self._crowd.rng)
        campaign_id, (address, browser) = self._ids[vote.slug], vote.origin
        ballot = Ballot(
            campaign_id,
            vote.voter,
            [str(no) for no in picks],
            token_urlsafe(16),
            consents=True,
            source=traces.source_of(campaign_id, address),
            agent=traces.agent_of(campaign_id, browser),
        )
        casting.cast(ballot, clock=self._clock)

    def _answer(self, folder: Folder, visit: Visit) -> None:
        survey = find(self._ids[folder.slug], folder.answers["survey"])
        questions = questions_of(survey)
        numbers = [body.no for body in listing.candidates_of(self._ids[folder.slug])]
        fields = fill_questionnaire(self._crowd.rng, questions, folder.answers, numbers)
        filled = answering.SurveyPost(survey.id, visit.voter, fields, consents=True)
        answering.answer(filled, clock=self._clock)

    def _mix(self) -> None:
        pool.mix(least=1, clock=self._clock)

    def _close(self, folder: Folder) -> None:
        tallies.close(self._ids[folder.slug], clock=self._clock)

    def _cosign(self, folder: Folder) -> None:
        """Put the auditor's line under the newest checkpoint."""
        campaign_id = self._ids[folder.slug]
        note = self._auditor.cosigned(publication.latest_checkpoint(campaign_id), self._clock())
        cosignatures.cosign(campaign_id, self._staff["auditor"], note, clock=self._clock)
