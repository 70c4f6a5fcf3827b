"""Planted bugs in the rules, in what actors tell each other, and in what is shown."""

import random
import time
from typing import Any

from msgspec.structs import replace as changed

import actors.domain.location as location_rules
import actors.domain.recovery as folding
import actors.hunt
import server.session
import server.welcome
from actors.dispatch import mailbox_of
from actors.domain import team_history
from actors.domain.claims import Attempt
from actors.domain.events import FindVoided, LocationFound, Record
from actors.domain.ids import TeamId
from actors.domain.location import LocationState
from actors.domain.plan import HuntPlan
from actors.domain.refusals import Reason, Refusal
from actors.hunt import HuntActor
from actors.leaderboard import LeaderboardActor
from actors.location import LocationActor
from actors.messages import LeaderboardChanged, Told, Verdict
from actors.simulation.process import Process
from actors.team import TeamActor
from server.core import Core
from server.desk import Desk
from server.hub import Hub
from server.outbox import Outbox
from server.replies import Welcome
from tests.simulation.mutation import Mutation, Patches


def _oversold_by_restoring(patches: Patches) -> None:
    patches.replace(location_rules, "_is_stock_promised", lambda *_: False)


def _oversold_by_claims(patches: Patches) -> None:
    arbitrate = location_rules.arbitrate

    def generous(state: LocationState, attempt: Attempt, plan: HuntPlan, now: float) -> Any:
        outcome = arbitrate(state, attempt, plan, now)
        if isinstance(outcome, Refusal) and outcome.reason is Reason.STOCK_GONE:
            outcome = arbitrate(changed(state, standing=0), attempt, plan, now)
            if isinstance(outcome, LocationFound):
                rank = state.standing + 1
                bonus = location_rules._bonus(plan, rank)
                return changed(outcome, rank=rank, bonus=bonus)
        return outcome

    patches.replace(location_rules, "arbitrate", generous)


def _void_finds_count(patches: Patches) -> None:
    arbitrate = location_rules.arbitrate

    def counting(state: LocationState, attempt: Attempt, plan: HuntPlan, now: float) -> Any:
        outcome = arbitrate(state, attempt, plan, now)
        if isinstance(outcome, LocationFound):
            rank = len(state.finds) + 1
            return changed(outcome, rank=rank, bonus=location_rules._bonus(plan, rank))
        return outcome

    patches.replace(location_rules, "arbitrate", counting)


def _bonus_stays(patches: Patches) -> None:
    void = location_rules._void

    def lazy(*args: Any) -> Any:
        outcome = void(*args)
        return changed(outcome, reranked=()) if isinstance(outcome, FindVoided) else outcome

    patches.replace(location_rules, "_void", lazy)


def _decided_on_old_state(patches: Patches) -> None:
    append = LocationActor._append

    def late(self: LocationActor, *args: Any) -> Record:
        before = self._state
        record = append(self, *args)
        after, self._state = self._state, before

        def take_effect() -> None:
            self._state = after

        self._dispatcher.call_soon(take_effect)
        return record

    patches.replace(LocationActor, "_append", late)


def _teams_not_told(patches: Patches) -> None:
    patches.replace(LocationActor, "_tell_concerned", lambda *_: None)


def _pause_not_told(patches: Patches) -> None:
    after = HuntActor._after

    def silent(self: HuntActor, record: Record) -> None:
        teams, self.context.directory.teams = self.context.directory.teams, {}
        try:
            after(self, record)
        finally:
            self.context.directory.teams = teams

    patches.replace(HuntActor, "_after", silent)


def _verdict_twice(patches: Patches) -> None:
    arbitrate = LocationActor._arbitrate

    def twice(self: LocationActor, claim: Any) -> None:
        tail = self.context.journal.tail
        arbitrate(self, claim)
        if self.context.journal.tail > tail:
            waiting = claim.team.actor_inbox.waiting
            told = [one for one in waiting if isinstance(one, Verdict) and one.asked is claim]
            claim.team.tell(told[-1])

    patches.replace(LocationActor, "_arbitrate", twice)


def _told_twice_after_rebuilding(patches: Patches) -> None:
    def forgetful(self: TeamActor, record: Record) -> None:
        self._folded_to = 0
        on_told(self, record)

    on_told = TeamActor._on_told
    patches.replace(TeamActor, "_on_told", forgetful)


def _fold_reads_the_clock(patches: Patches) -> None:
    found = team_history._found
    patches.replace(
        team_history, "_found", lambda state, event, _at: found(state, event, time.time())
    )


def _fold_forgets_the_others(patches: Patches) -> None:
    evolve = folding._evolve_team

    def partly(image: Any, concerned: Any, record: Record) -> None:
        if not isinstance(record.event, FindVoided) or record.event.team == concerned:
            evolve(image, concerned, record)

    patches.replace(folding, "_evolve_team", partly)


def _place_kept_for_disqualified(patches: Patches) -> None:
    on_receive = LocationActor.on_receive

    def deaf(self: LocationActor, message: object) -> None:
        if not isinstance(message, Told):
            on_receive(self, message)

    patches.replace(LocationActor, "on_receive", deaf)


def _frozen_board_leaks(patches: Patches) -> None:
    on_leaderboard = Hub._on_leaderboard

    def leaking(self: Hub, push: LeaderboardChanged) -> None:
        public = push.public
        on_leaderboard(self, changed(push, public=push.true))
        self.hunts[push.hunt].public = public

    patches.replace(Hub, "_on_leaderboard", leaking)


def _welcomed_with_unsaved_scores(patches: Patches) -> None:
    welcome = server.welcome.game_master_welcome

    def live(desk: Desk, hunt: Any, *who: Any) -> Welcome:
        known = welcome(desk, hunt, *who)
        teams = {} if hunt is None else desk.directory.hunts[hunt].teams
        scores = {
            team: owner.state.score
            for team, ref in teams.items()
            if isinstance(owner := mailbox_of(ref).owner, TeamActor)
        }
        lines = tuple(
            changed(line, score=scores.get(TeamId(line.id), line.score))
            for line in known.teams or ()
        )
        return changed(known, teams=lines)

    patches.replace(server.session, "game_master_welcome", live)


def _board_shown_twice_folded(patches: Patches) -> None:
    fold = LeaderboardActor._fold

    def twice(self: LeaderboardActor, committed: Any) -> None:
        fold(self, committed)
        fold(self, committed)

    patches.replace(LeaderboardActor, "_fold", twice)


def _push_overtakes(patches: Patches) -> None:
    conflate = Outbox.conflate

    def in_place(self: Outbox, key: str, frame: bytes) -> None:
        old = self._conflated.get(key)
        if old is None:
            conflate(self, key, frame)
        else:
            self._bytes += len(frame) - len(self._frames[old])
            self._frames[old] = frame

    patches.replace(Outbox, "conflate", in_place)


def _outbox_without_end(patches: Patches) -> None:
    patches.replace(Outbox, "_has_room", lambda *_: True)


def _paced_by_the_wall_clock(patches: Patches) -> None:
    begin = Core._make_hub

    def wrong(self: Core) -> Hub:
        hub = begin(self)
        hub._monotonic = self._dispatcher.now
        return hub

    patches.replace(Core, "_make_hub", wrong)


def _one_long_timer(patches: Patches) -> None:
    patches.replace(actors.hunt, "TIMER_STEP_MAX_S", float("inf"))


def _told_in_any_order(patches: Patches) -> None:
    after = HuntActor._after

    def unordered(self: HuntActor, record: Record) -> None:
        teams = self.context.directory.teams
        self.context.directory.teams = {team: teams[team] for team in set(teams)}
        try:
            after(self, record)
        finally:
            self.context.directory.teams = teams

    patches.replace(HuntActor, "_after", unordered)


def _system_chance(patches: Patches) -> None:
    real = random.SystemRandom()
    patches.replace(
        Process, "call_soon", lambda self, callback: self.call_later(real.random() / 1e3, callback)
    )


PLAY = (
    Mutation(
        "oversold-by-restoring",
        "A find is restored, or a team sent, although the stock is gone.",
        24,
        ("I7",),
        _oversold_by_restoring,
    ),
    Mutation(
        "oversold-by-claims",
        "A claim holds although the stock is gone.",
        6,
        ("I7",),
        _oversold_by_claims,
    ),
    Mutation(
        "void-finds-count",
        "A finder's rank counts finds that are void.",
        6,
        ("I7",),
        _void_finds_count,
    ),
    Mutation(
        "bonus-stays",
        "When a find is void, nobody moves up to its bonus.",
        6,
        ("I7",),
        _bonus_stays,
    ),
    Mutation(
        "decided-on-old-state",
        "A location takes a record into its state a moment too late.",
        4,
        ("I3", "I7"),
        _decided_on_old_state,
    ),
    Mutation(
        "teams-not-told",
        "Teams do not hear of void or restored finds and closed places.",
        4,
        ("I3", "I10"),
        _teams_not_told,
    ),
    Mutation(
        "pause-not-told",
        "Teams do not hear of a start, a pause or an end.",
        4,
        ("I3",),
        _pause_not_told,
    ),
    Mutation(
        "verdict-twice",
        "A team is told of the same record twice.",
        4,
        ("I3", "I10"),
        _verdict_twice,
    ),
    Mutation(
        "told-again-after-rebuilding",
        "A rebuilt team takes a record that it was folded from once more.",
        30,
        ("I3",),
        _told_twice_after_rebuilding,
    ),
    Mutation(
        "fold-reads-the-clock",
        "Folding a find takes the time of now, not of the record.",
        4,
        ("I3",),
        _fold_reads_the_clock,
    ),
    Mutation(
        "fold-forgets-the-others",
        "Recovery does not move later finders up after a void find.",
        6,
        ("I3", "I7", "I10"),
        _fold_forgets_the_others,
    ),
    Mutation(
        "place-kept-for-nobody",
        "A location does not hear that a team on its way is out.",
        4,
        ("I3",),
        _place_kept_for_disqualified,
    ),
    Mutation(
        "frozen-board-leaks",
        "While the leaderboard is frozen, pushes show the true one.",
        24,
        ("I10",),
        _frozen_board_leaks,
    ),
    Mutation(
        "board-folds-twice",
        "The leaderboard counts committed records twice.",
        4,
        ("I5",),
        _board_shown_twice_folded,
    ),
    Mutation(
        "welcomed-with-unsaved-scores",
        "A game master's welcome has the scores as teams hold them, saved or not.",
        4,
        ("I5",),
        _welcomed_with_unsaved_scores,
    ),
    Mutation(
        "push-overtakes",
        "A push that replaces another one passes the answers in between.",
        60,
        ("I10",),
        _push_overtakes,
    ),
    Mutation(
        "outbox-without-end",
        "What waits for a client that does not read has no limit.",
        4,
        ("I8",),
        _outbox_without_end,
    ),
    Mutation(
        "paced-by-the-wall-clock",
        "Leaderboards keep their distance by a clock that can be set.",
        30,
        ("I10",),
        _paced_by_the_wall_clock,
    ),
    Mutation(
        "one-long-timer",
        "The hunt's end is one timer, set by the wall clock of its start.",
        60,
        ("I9",),
        _one_long_timer,
    ),
    Mutation(
        "told-in-any-order",
        "Teams are told in the order of a set.",
        8,
        ("I11",),
        _told_in_any_order,
        shows_in_traces=True,
    ),
    Mutation(
        "chance-without-seed",
        "Something takes its chance from the system.",
        4,
        ("I11",),
        _system_chance,
        shows_in_traces=True,
    ),
)
