"""Bytes to text: what was damaged is restored, what was sound is left alone."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudy.errors import StudyError
from nnstudy.notes.source import LIMIT, read_source, repair

SOUND = "È così: perché l’idea è più chiara… 🌕🌗🌑 – “quoted” naïve α ≤ β"


def damaged(text: str) -> str:
    """As a program that takes UTF-8 for Windows-1252 writes it; the five bytes that have no character there stay."""
    return "".join(bytes([b]).decode("cp1252") if b not in b"\x81\x8d\x8f\x90\x9d" else chr(b) for b in text.encode())


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_text_encoded_again_is_restored(rounds):
    text = SOUND
    for _ in range(rounds):
        text = damaged(text)
    assert repair(text) == (SOUND, [1])


def test_only_damaged_lines_are_touched():
    sound = "Ãngela said « Â » to São Paulo’s crowd"
    text = f"{sound}\n{damaged('perché')}\n{SOUND}"
    assert repair(text) == (f"{sound}\nperché\n{SOUND}", [2])


def test_each_region_is_judged_by_itself():
    """Half of a note encoded twice, a line of it three times; short damage is known by its neighbours."""
    text = f"{SOUND}\n{damaged('è')}\n{damaged('perché sì')}\n\n{damaged(damaged('città'))}\nÀ la carte"
    assert repair(text) == (f"{SOUND}\nè\nperché sì\n\ncittà\nÀ la carte", [2, 3, 5])


def test_bytes_of_windows_among_utf8_are_read_as_such():
    source = read_source("perché\n".encode() + "così – “è”\n".encode("cp1252") + "più".encode())
    assert source.text == "perché\ncosì – “è”\npiù"
    assert [(remark.line, remark.rule) for remark in source.remarks] == [(2, "encoding")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_encodings_are_known_with_and_without_their_mark(encoding):
    text = "# Rete\n\nPerché è così.\n"
    assert read_source(text.encode(encoding)).text == text


def test_half_a_wide_character_is_reported():
    source = read_source("perché\ncosì".encode("utf-16") + b"\x41")
    assert source.text == "perché\ncosì�"
    assert [(remark.line, remark.rule) for remark in source.remarks] == [(2, "encoding")]


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0", b"PK\x03\x04\x14\0\0\0\x08\0" * 9]
)
def test_a_small_binary_is_refused(data):
    with pytest.raises(StudyError, match="not a text file"):
        read_source(data, "x.md")


def test_quotes_and_widths_stay_as_the_author_wrote_them():
    text = "He said “so”, l’idea, 'x', \"y\", ｆｕｌｌ, ﬁ"
    assert repair(text) == (text, [])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        (codecs.BOM_UTF8 + "è".encode(), "è"),
        (codecs.BOM_UTF16_LE + "è".encode("utf-16-le"), "è"),
        (codecs.BOM_UTF16_BE + "è".encode("utf-16-be"), "è"),
        ("perché così".encode("cp1252"), "perché così"),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
    ],
)
def test_encodings_and_line_ends_are_recognised(data, text):
    assert read_source(data).text == text


def test_the_line_that_is_not_utf8_is_named():
    (remark,) = read_source(b"one\ntwo\nperch\xe9").remarks
    assert (remark.line, remark.rule) == (3, "encoding")


def test_a_repair_is_reported_with_its_first_line():
    (remark,) = read_source(f"one\n{damaged('perché')}\n".encode()).remarks
    assert (remark.line, remark.level) == (2, "info")


def test_a_stray_nul_is_shown_and_reported():
    source = read_source(b"one\ntwo\0three " + b"." * 200)
    assert source.text.startswith("one\ntwo�three")
    assert source.remarks[0].line == 2


def test_a_binary_file_is_refused():
    with pytest.raises(StudyError, match=r"photo\.md is not a text file"):
        read_source(bytes(range(256)) * 8, "photo.md")


def test_a_file_beyond_the_limit_is_refused_by_its_size():
    with pytest.raises(StudyError, match="16 MB"):
        read_source(b"x" * (LIMIT + 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused_in_a_sentence(data):
    try:
        source = read_source(data)
    except StudyError:
        return
    assert "\r" not in source.text
    assert "\0" not in source.text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=80))
def test_an_unmarked_text_comes_through_line_for_line(text):
    assert repair(text)[0].count("\n") == text.count("\n")


def test_a_lost_character_stays_one_beside_damage_that_can_be_repaired():
    assert repair("Lost � beside perchÃ© no.")[0] == "Lost � beside perché no."
