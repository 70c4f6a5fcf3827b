import time

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from actors.domain.commands import AdjustPoints
from actors.domain.refusals import Reason
from server.close_codes import CloseCode
from server.health import HealthDesk
from server.metrics import Metrics, Sources
from tests.domain.given import OTTERS
from tests.markdown import codes, document
from tests.server.rig import ServerRig

METRICS = document("docs/metrics.md")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def metrics_of(server: ServerRig) -> Metrics:
    desk = HealthDesk(
        server.rig.dispatcher,
        server.rig.journal,
        server.rig.supervisor,
        server.hub,
        server.counters,
        server.fanout,
        server.shedding,
    )
    desk.stopwatch = server.stopwatch
    desk.guesses = server.access.alert
    sources = Sources(
        desk.look,
        desk.unready,
        server.counters,
        server.rig.journal,
        server.rig.supervisor,
        server.stopwatch,
        server.flusher,
    )
    return Metrics(sources)


@pytest.fixture
def metrics(server: ServerRig) -> Metrics:
    server.rig.commit()
    return metrics_of(server)


def families(metrics: Metrics) -> dict[str, Metric]:
    found = text_string_to_metric_families(metrics.render().decode())
    return {family.name: family for family in found}


def samples(metrics: Metrics) -> Samples:
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in families(metrics).values()
        for one in family.samples
    }


def value(metrics: Metrics, name: str, /, **labels: str) -> float:
    return samples(metrics)[name, frozenset(labels.items())]


# Form ---------------------------------------------------------------------------------------


def test_every_metric_is_documented_with_type_labels_and_meaning(metrics: Metrics) -> None:
    found = {}
    for family in families(metrics).values():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {label for one in family.samples for label in one.labels} - {"le"}
        found[name] = (family.type, labels, family.documentation)
    listed = {
        row.key: (row.cells[1], set(codes(row.cells[2])), row.cells[3])
        for table in METRICS.tables()
        for row in table.values()
    }
    assert listed == found


def test_names_say_the_unit_and_whether_they_only_rise(metrics: Metrics) -> None:
    for family in families(metrics).values():
        assert family.name.startswith(("cairn_", "process_"))
        assert family.documentation.endswith(".")
        if family.type == "histogram":
            assert family.name.endswith(("_seconds", "_records"))
        assert not family.name.endswith(("_ms", "_s", "_count", "_kb"))


def test_playing_makes_no_new_series_and_names_nobody(server: ServerRig, metrics: Metrics) -> None:
    before = samples(metrics).keys()
    ada, staff = server.player(name="Ada Lovelace"), server.game_master()
    ada.ask("claim", location="pier", code="lumen")
    staff.ask("announce", text="Hello")
    ada.session.close(CloseCode.MALFORMED, "Gibberish.")
    server.rig.commit()
    assert samples(metrics).keys() == before
    text = metrics.render().decode().lower()
    found = [word for word in ("harbour", "otters", "pier", "lovelace", "192.0.2") if word in text]
    assert found == []
    assert server.code().lower() not in text


def test_a_page_is_small(metrics: Metrics) -> None:
    assert len(metrics.render()) < 24_000
    assert len(samples(metrics)) < 250


# Numbers ------------------------------------------------------------------------------------


def test_requests_are_counted_by_kind_and_answers_by_outcome(
    server: ServerRig, metrics: Metrics
) -> None:
    ada, staff = server.player(), server.game_master()
    ada.ask("claim", location="pier", code="lumen")
    staff.ask("start")
    ada.ask("claim", location="pier", code="wrong")
    ada.ask("claim", location="pier", code="lumen")
    ada.tell("position", lat=57.7, lon=11.9)
    ada.tell("ping")
    staff.tell("ping")
    counted = {
        kind: value(metrics, "cairn_requests_total", kind=kind)
        for kind in ("claim", "start", "position", "ping", "say")
    }
    assert counted == {"claim": 3, "start": 1, "position": 1, "ping": 2, "say": 0}
    answers = {
        reason: value(metrics, "cairn_answers_total", outcome="refused", reason=reason)
        for reason in Reason
    }
    assert {reason: count for reason, count in answers.items() if count} == {
        Reason.NOT_RUNNING: 1,
        Reason.WRONG_CODE: 1,
    }
    assert value(metrics, "cairn_answers_total", outcome="accepted", reason="") == 2


def test_the_saved_lag_is_that_of_every_record(server: ServerRig, metrics: Metrics) -> None:
    before = value(metrics, "cairn_saved_lag_seconds_count")
    server.rig.order(AdjustPoints(OTTERS, 1))
    server.rig.advance(0.2)
    for _ in range(3):
        server.rig.order(AdjustPoints(OTTERS, 1))
    assert value(metrics, "cairn_journal_queue_records") == 4
    assert value(metrics, "cairn_journal_queue_age_seconds") == pytest.approx(0.2)
    assert value(metrics, "cairn_journal_queue_bytes") > 0
    assert 0 < value(metrics, "cairn_journal_queue_fill_ratio") < 0.01
    sums = value(metrics, "cairn_saved_lag_seconds_sum")
    server.rig.advance(0.1)
    server.rig.commit()
    assert value(metrics, "cairn_saved_lag_seconds_count") - before == 4
    assert value(metrics, "cairn_saved_lag_seconds_sum") - sums == pytest.approx(0.3 + 3 * 0.1)
    below = value(metrics, "cairn_saved_lag_seconds_bucket", le="0.25")
    assert value(metrics, "cairn_saved_lag_seconds_bucket", le="0.5") - below == 1
    assert value(metrics, "cairn_journal_queue_records") == 0


def test_records_of_one_turn_all_count(server: ServerRig, metrics: Metrics) -> None:
    ada = server.player()
    server.rig.commit()
    before = value(metrics, "cairn_saved_lag_seconds_count")
    for n in range(1, 6):
        ada.tell("say", n=n, text="Hi")
    server.rig.run()
    assert len(server.rig.journal._handed) < 5, "several were handed over together"
    server.rig.commit()
    assert value(metrics, "cairn_saved_lag_seconds_count") - before == 5


def test_a_timed_answer_is_in_its_bucket(server: ServerRig, metrics: Metrics) -> None:
    ada = server.player()
    ada.tell("say", n=1, text="Hi")
    server.rig.dispatcher._timeline.now += 0.2
    server.rig.run()
    assert value(metrics, "cairn_accept_latency_seconds_count") == 1
    assert value(metrics, "cairn_accept_latency_seconds_bucket", le="0.1") == 0
    assert value(metrics, "cairn_accept_latency_seconds_bucket", le="0.25") == 1


def test_closed_connections_are_counted_by_code(server: ServerRig, metrics: Metrics) -> None:
    server.player().session.on_slow()
    server.connect().tell("join", code="WRONGONE", name="Eve")
    name = "cairn_connections_closed_total"
    assert value(metrics, name, code="4008", name="slow_consumer") == 1
    assert value(metrics, name, code="4501", name="unknown_code") == 1
    assert value(metrics, name, code="4500", name="malformed") == 0
    assert value(metrics, "cairn_wrong_credentials_total") == 1


def test_an_actor_that_fails_and_comes_back_is_counted(server: ServerRig, metrics: Metrics) -> None:
    server.rig.entry.teams[OTTERS].tell("nonsense")
    server.rig.run()
    server.rig.read_back()
    assert value(metrics, "cairn_actor_restarts_total") == 1
    assert value(metrics, "cairn_actors_quarantined") == 0


def test_pushes_that_were_replaced_are_counted(server: ServerRig, metrics: Metrics) -> None:
    ada = server.player()
    ada.socket.can_write = False
    ada.tell("ping")
    ada.tell("ping")
    assert value(metrics, "cairn_outbox_conflated_total") >= 1
    assert value(metrics, "cairn_outbox_overflows_total") == 0
    ada.outbox._bytes_max = 10
    ada.tell("ping")
    ada.outbox.put(b"more than ten bytes")
    assert value(metrics, "cairn_outbox_overflows_total") == 1


def test_states_are_one_for_what_holds_and_zero_for_the_rest(
    server: ServerRig, metrics: Metrics
) -> None:
    staff = server.game_master()
    assert value(metrics, "cairn_ready") == 1
    assert value(metrics, "cairn_journal_level", level="open") == 1
    staff.ask("shed", step="joins", mode="on")
    assert value(metrics, "cairn_shed_active", step="joins") == 1
    assert value(metrics, "cairn_shed_active", step="map") == 0
    assert value(metrics, "cairn_shed_mode", step="joins", mode="on") == 1
    assert value(metrics, "cairn_shed_mode", step="joins", mode="auto") == 0
    server.rig.order(AdjustPoints(OTTERS, 1))
    server.rig.advance(3.5)
    assert value(metrics, "cairn_ready") == 0
    assert value(metrics, "cairn_journal_level", level="soft") == 1
    assert value(metrics, "cairn_journal_level", level="open") == 0
    assert value(metrics, "cairn_unready", reason="journal_age") == 1
    assert value(metrics, "cairn_unready", reason="loop_lag") == 0


def test_the_process_says_what_it_takes(metrics: Metrics) -> None:
    assert value(metrics, "process_resident_memory_bytes") > 1_000_000
    assert value(metrics, "process_cpu_seconds_total") > 0
    started_at = value(metrics, "process_start_time_seconds")
    assert time.time() - 600 < started_at <= time.time()
    assert value(metrics, "process_start_time_seconds") == started_at
