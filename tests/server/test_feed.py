import pytest

from actors.domain.events import HuntSeeded, Record, TeamSpoke
from actors.domain.ids import HuntId
from actors.simulation.virtual import VirtualDispatcher
from server.fanout import EncodedPush, Fanout, Listener
from server.feed import FEED_EVENTS_MAX, FEED_INTERVAL_S, Feed, feed_item
from server.replies import FeedPush
from tests.domain.given import ADA, HUNT, OTTERS, given_plan

PARK = HuntId("park")


class GameMaster(Listener):
    """Somebody at the console."""

    def __init__(self) -> None:
        self.feeds: list[FeedPush] = []

    def show(self, push: EncodedPush) -> None:
        assert isinstance(push.message, FeedPush)
        assert push.key is None  # A feed is a part of the story and must not be replaced.
        self.feeds.append(push.message)


@pytest.fixture
def loop() -> VirtualDispatcher:
    return VirtualDispatcher(0)


@pytest.fixture
def feed(loop: VirtualDispatcher) -> Feed:
    return Feed(Fanout(loop.call_soon, loop.call_later), loop.call_later)


def spoke(position: int, hunt: HuntId = HUNT) -> Record:
    return Record(position, hunt, float(position), TeamSpoke(OTTERS, ADA, "hello"))


def positions(feed: FeedPush) -> list[int]:
    return [item.position for item in feed.events]


def test_what_is_committed_is_shown_in_portions(feed: Feed, loop: VirtualDispatcher) -> None:
    staff = GameMaster()
    feed.add(HUNT, staff)
    feed.on_committed([spoke(1), spoke(2)])
    feed.on_committed([spoke(3)])
    assert staff.feeds == []
    loop.advance(FEED_INTERVAL_S)
    assert [positions(one) for one in staff.feeds] == [[1, 2, 3]]
    feed.on_committed([spoke(4)])
    loop.advance(FEED_INTERVAL_S)
    assert [positions(one) for one in staff.feeds] == [[1, 2, 3], [4]]


def test_a_portion_is_bounded_keeps_the_newest_and_counts_the_rest(
    feed: Feed, loop: VirtualDispatcher
) -> None:
    staff = GameMaster()
    feed.add(HUNT, staff)
    feed.on_committed([spoke(position) for position in range(1, 61)])
    feed.on_committed([spoke(position) for position in range(61, FEED_EVENTS_MAX + 31)])
    loop.advance(FEED_INTERVAL_S)
    (one,) = staff.feeds
    assert positions(one) == list(range(31, FEED_EVENTS_MAX + 31))
    assert one.left_out == 30
    feed.on_committed([spoke(500)])
    loop.advance(FEED_INTERVAL_S)
    assert staff.feeds[-1].left_out == 0


def test_each_hunt_has_its_own_feed(feed: Feed, loop: VirtualDispatcher) -> None:
    harbour, park = GameMaster(), GameMaster()
    feed.add(HUNT, harbour)
    feed.add(PARK, park)
    feed.on_committed([spoke(1), spoke(2, PARK), spoke(3)])
    loop.advance(FEED_INTERVAL_S)
    assert [positions(one) for one in harbour.feeds] == [[1, 3]]
    assert [positions(one) for one in park.feeds] == [[2]]


def test_nothing_is_kept_for_hunts_that_nobody_looks_at(
    feed: Feed, loop: VirtualDispatcher
) -> None:
    staff = GameMaster()
    feed.add(PARK, staff)
    feed.on_committed([spoke(1)])
    feed.remove(PARK, staff)
    feed.on_committed([spoke(2, PARK)])
    assert feed._waiting == {}
    loop.advance(FEED_INTERVAL_S)
    assert staff.feeds == []


def test_whoever_left_before_the_portion_is_not_shown_it(
    feed: Feed, loop: VirtualDispatcher
) -> None:
    gone, stays = GameMaster(), GameMaster()
    for staff in (gone, stays):
        feed.add(HUNT, staff)
    feed.on_committed([spoke(1)])
    feed.remove(HUNT, gone)
    loop.advance(FEED_INTERVAL_S)
    assert (len(gone.feeds), len(stays.feeds)) == (0, 1)


def test_an_item_holds_what_happened_under_its_kind() -> None:
    item = feed_item(spoke(7))
    assert (item.position, item.at, item.kind) == (7, 7.0, "team_spoke")
    assert item.data == {"team": OTTERS, "player": ADA, "text": "hello"}


def test_a_seeded_plan_is_named_but_not_shown() -> None:
    item = feed_item(Record(1, HUNT, 0.0, HuntSeeded(given_plan())))
    assert (item.kind, item.data) == ("hunt_seeded", {"title": "Harbour Lights"})
