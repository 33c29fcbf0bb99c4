"""What a strategist may get wrong, and what is said about it: what, where, and what belongs there."""

import pytest

from journeys.book import HOME, Book, compile_book, digest_of, load, sources
from journeys.language.reading import read
from regua.errors import BookError, PredicateError, ReguaError

EARLY = "catalog/early/early_digital.yaml"


@pytest.fixture(scope="module")
def files():
    return sources(HOME)


def refused(files, name, *changes):
    """Compile the shipped book with one file changed, and return the error."""
    text = files[name]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(ReguaError) as caught:
        compile_book(files | {name: text})
    return caught.value


def line_of(files, name, text):
    return next(number for number, line in enumerate(files[name].splitlines(), start=1) if text in line)


def test_a_typo_in_a_field_names_the_line_the_column_and_the_field_that_was_meant(files):
    problem = refused(files, EARLY, ("p_self_cure < 0.60", "p_self_cur < 0.60"))
    assert isinstance(problem, PredicateError)
    assert problem.place.file == EARLY
    assert problem.place.line == line_of(files, EARLY, "p_self_cure < 0.60")
    assert problem.place.column == files[EARLY].splitlines()[problem.place.line - 1].index("p_self_cure") + 1
    assert "p_self_cure" in str(problem)


def test_an_unknown_key_names_the_key_that_was_meant(files):
    problem = refused(files, EARLY, ("unless_read_within", "unless_read_withn"))
    assert "unless_read_withn" in problem.found
    assert "unless_read_within" in problem.remedy
    assert problem.place.line == line_of(files, EARLY, "unless_read_within")


def test_a_key_that_stands_twice_is_refused_at_its_second_place(files):
    problem = refused(files, EARLY, ("priority: 630", "priority: 630\npriority: 631"))
    assert "second time" in problem.found
    assert problem.place.line == line_of(files, EARLY, "priority: 630") + 1


@pytest.mark.parametrize(
    ("old", "new", "found", "meant"),
    [
        ("push/forgot", "pusj/forgot", "unknown channel 'pusj'", "'push'"),
        ("push/forgot", "push/forgott", "unknown message on push 'forgott'", "'forgot'"),
        ("version: 2", "versoin: 2", "unknown key 'versoin'", "'version'"),
    ],
)
def test_a_misspelt_word_names_the_nearest_known_one(files, old, new, found, meant):
    problem = refused(files, EARLY, (old, new))
    assert problem.found == found
    assert meant in problem.remedy
    assert problem.place.line


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 2", "version: one", "version"),
        ("version: 2", "version: 0", "version"),
        ("count_from: due_date", "count_from: birthday", "count_from"),
        ("unless_read_within: 48h", "unless_read_within: 48", "a wait such as 48h"),
        ("unless_read_within: 48h", "unless_read_within: 1d 2h", "a wait such as 48h"),
        ("  - day: 10", "  - day: 2", "steps in the order of their days"),
        ("[push/forgot, email/forgot]", "[push/forgot, push/soft_nudge]", "each channel once"),
        ("[push/forgot, email/forgot]", "[push/forgot, email/claim_received]", "different purposes"),
        ("[push/forgot, email/forgot]", "[push]", "channel/message"),
        ("[push/forgot, email/forgot]", "[]", "try"),
        ("journey: early_digital", "journey: Early Digital", "journey"),
        ("enter: days_past_due", "enter: ) days_past_due", "never opened"),
        ("risk_band IN ('low', 'medium')", "risk_band IN ('lowest')", "lowest"),
        ("balance_overdue = 0", "balance_overdue = 0; DROP TABLE customers", ""),
        ("priority: 630\n", "", "priority is missing"),
        ("priority: 630", "priority: 690", "has the priority of"),
        ("journey: early_digital", "journey: early_assertive", "written a second time"),
        ("priority: 630", "priority: &a 630", "anchor"),
        ("priority: 630", "priority: [630", "not YAML"),
    ],
)
def test_what_a_journey_may_not_say_is_refused_with_its_place(files, old, new, says):
    problem = refused(files, EARLY, (old, new))
    assert says in str(problem)
    assert problem.place.file == EARLY or "alike" in says or "early" in str(problem.place.file)
    assert problem.place.line is not None


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("segments.yaml", "p_roll >= 0.50", "p_rol >= 0.50", "p_roll"),
        ("segments.yaml", "of: customer_balance_overdue", "of: p_roll", "field of money"),
        ("segments.yaml", "  risk_band:", "  region:", "already a field"),
        ("channels/push.yaml", "cost_per_thousand: 2.00", "cost_per_thousand: 2.001", "amount"),
        ("economy.yaml", "rate: 0.03", "rate: 0.9", "rate"),
        ("channels/letter.yaml", "channel: letter", "channel: sms", "name of its file"),
        ("messages/forgot.yaml", "{amount}", "{amont}", "'amount'"),
        ("messages/forgot.yaml", "{amount}", "{amount", "brace"),
        ("reasons.yaml", "no_journey:", "no_jorney:", "no_journey"),
        ("policies/brazil.yaml", '"08:00-20:00"', '"8-20"', "window"),
        ("policies/brazil.yaml", '"08:00-20:00"', '"20:00-08:00"', "opens before"),
        ("policies/brazil.yaml", "sunday: none, ", "", "sunday is missing"),
        ("policies/brazil.yaml", "status: secondary", "status: sure", "status"),
        ("policies/brazil.yaml", "at_most: 1", "at_most: -1", "at_most"),
        ("policies/brazil.yaml", "BR-FREQ-CALL-WEEK", "BR-FREQ-CALL-DAY", "stands twice"),
        ("policies/everywhere.yaml", "holds: [vulnerable]", "holds: [cease_all]", "vulnerable"),
        ("policies/brazil.yaml", "from: 1991-03-11", "from: 1991-02-30", "valid date"),
        ("policies/sao_paulo.yaml", "regions: [SP]", "regions: [SQ]", "unknown region"),
    ],
)
def test_what_the_other_files_may_not_say_is_refused(files, name, old, new, says):
    problem = refused(files, name, (old, new))
    assert says in str(problem)


def test_text_stays_text():
    document = read("opens: 22:00\ncountry: NO\nversion: 010", "odd.yaml")
    assert document.data == {"opens": "22:00", "country": "NO", "version": "010"}


@pytest.mark.parametrize("text", ["a: b: c", "\tx: 1", "- [", "? [a]\n: b", "\x00", "a: 'b", "\ud800: 1"])
def test_what_is_no_yaml_is_an_error_and_never_a_crash(text):
    with pytest.raises(BookError) as caught:
        read(text, "odd.yaml")
    assert caught.value.place.file == "odd.yaml"


def test_a_tag_makes_no_object():
    assert read("a: !!python/object:os.system x", "odd.yaml").data == {"a": "x"}


def test_a_file_nested_without_end_is_refused():
    with pytest.raises(BookError):
        read("[" * 3_000, "deep.yaml")
    with pytest.raises(BookError, match="nested"):
        read("[" * 40 + "]" * 40, "deep.yaml")


def test_a_book_can_be_made_again_from_its_own_text(book):
    again = Book.from_text(book.text)
    assert again.digest == book.digest
    assert again.text == book.text
    assert [journey.name for journey in again.journeys] == [journey.name for journey in book.journeys]


def test_two_readings_of_the_same_files_have_the_same_digest(book, files):
    assert load().digest == digest_of() == book.digest
    assert compile_book(files).digest == book.digest
    changed = files | {"economy.yaml": files["economy.yaml"].replace("rate: 0.03", "rate: 0.04")}
    assert compile_book(changed).digest != book.digest


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"files": {}, "format": 99}', '{"files": {}, "format": 1}'])
def test_what_is_no_book_is_refused(text):
    with pytest.raises(BookError):
        Book.from_text(text)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BookError, match="no folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(BookError, match="no journey"):
        load(tmp_path)


def test_a_folder_of_ones_own_needs_only_journeys(tmp_path, files, book):
    target = tmp_path / EARLY
    target.parent.mkdir(parents=True)
    target.write_text(files[EARLY], "utf-8")
    own = load(tmp_path)
    assert [journey.name for journey in own.journeys] == ["early_digital"]
    assert len(own.policies.rules()) == len(book.policies.rules())
