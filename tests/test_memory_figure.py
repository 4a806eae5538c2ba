"""Memory as figures: what their sentences say."""

from datetime import date

import pytest
from support import review

from nnstudy.insight.insight import Forecast
from nnstudy.insight.memory_figure import COSTS, coming, year_ahead
from nnstudy.memory.forecast import YEAR, Future, best
from nnstudy.memory.scheduler import Rating

DAYS = YEAR


def costing(costs: dict[float, float]) -> Forecast:
    """A forecast in which a known card costs so many seconds at each retention."""
    futures = [Future(at, (1.0,) * DAYS, (cost,) * DAYS, known=float(DAYS)) for at, cost in costs.items()]
    return Forecast(date(2026, 3, 2), (1,) * DAYS, 0.9, tuple(futures), best(futures))


@pytest.mark.parametrize(
    ("costs", "edge"),
    [
        ({0.7: 3.0, 0.8: 4.0, 0.9: 5.0}, "lowest"),
        ({0.7: 4.0, 0.8: 3.0, 0.9: 5.0}, ""),
        ({0.7: 4.0, 0.8: 3.0, 0.9: 2.0}, "highest"),
        ({0.9: 2.0}, ""),
    ],
)
def test_an_optimum_at_an_end_of_what_was_simulated_is_called_so(costs, edge):
    found = costing(costs)
    assert found.edge == edge
    table, *panels = year_ahead(found)
    assert table.title == COSTS
    assert all((f"It is the {edge} one tried" in page.advice) == bool(edge) for page in (table, *panels))
    assert sum("◂" in line for line in table.lines) == len({found.best.retention, 0.9})


def test_with_nothing_to_simulate_there_is_no_table_of_infinities():
    futures = tuple(Future(at, (0.0,) * DAYS, (0.0,) * DAYS, known=0.0) for at in (0.8, 0.9))
    (page,) = year_ahead(Forecast(date(2026, 3, 2), (0,) * DAYS, 0.9, futures, best(futures)))
    assert (page.lines, page.panel) == ((), None)
    assert "add a note" in page.advice


def test_before_one_has_a_pace_of_ones_own_it_says_how_many_reviews_want(study, clock):
    review(study, clock, Rating.GOOD, seconds=4, most=3)
    found = study.forecast(YEAR, (0.8,))
    assert found.missing == 97
    assert "usual pace: 97 more reviews" in year_ahead(found)[0].advice
    assert coming(study.forecast(30, only_due=True)).panel is not None


def test_with_no_card_due_nothing_is_called_even(study):
    page = coming(study.forecast(30, only_due=True))
    assert page.panel is None
    assert page.advice == "No card is due in these days yet: review, and they come."
