"""What a house may hand over by mistake: each case says what, where and what to do, and loses nothing."""

import gzip

import polars as pl
import pytest

from features.ingest import Mapping, ingest
from features.ingest.mapping_file import parse_mapping, read_mapping
from features.sources import open_tables
from regua.errors import DataError, MappingError

MAPPING = """
decimal: ","
thousands: "."
delimiter: ";"
dates: ["%d/%m/%Y"]
instants: ["%d/%m/%Y %H:%M", "%d/%m/%Y"]
tables:
  customers:
    file: clientes.csv*
    columns:
      customer_id: codigo
      kind: {column: tipo, values: {PF: person, PJ: company}}
      region: uf
      customer_since: desde
  contracts:
    file: contratos.csv
    columns:
      contract_id: contrato
      customer_id: codigo
      product: {column: produto, values: {cartão: card, luz: utility}}
      opened_on: inicio
  invoices:
    file: faturas.csv
    columns:
      invoice_id: fatura
      contract_id: contrato
      customer_id: codigo
      issued_on: emissao
      due_on: vencimento
      amount_cents: {column: valor, typical: [5, 5000]}
"""

FILES = {
    "clientes.csv": "codigo;tipo;uf;desde;obs\nc1;PF;SP;02/01/2024;ção\nc2;PJ;RJ;15/02/2024;\n",
    "contratos.csv": "contrato;codigo;produto;inicio\nk1;c1;cartão;05/01/2024\nk2;c2;luz;20/02/2024\n",
    "faturas.csv": "fatura;contrato;codigo;emissao;vencimento;valor\n"
    "i1;k1;c1;01/03/2025;15/03/2025;1.234,50\ni2;k2;c2;01/03/2025;20/03/2025;99,9\n",
}


@pytest.fixture
def house(tmp_path):
    """A folder of sound files, to be spoiled one at a time."""
    folder = tmp_path / "house"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def bring(house, settings, as_of):
    return lambda text=MAPPING: ingest(house, parse_mapping(text), settings, as_of)


def spoil(house, name, old, new):
    path = house / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_sound_brazilian_book_comes_in_whole(bring, settings):
    report = bring()
    assert (report.rows_in, report.kept, report.quarantined) == (6, 6, 0)
    assert report.tables["customers"].ignored_columns == ("obs",)
    found = open_tables(settings).execute("SELECT amount_cents, due_on::VARCHAR, known_at::VARCHAR FROM invoices")
    # A day alone is its first instant in São Paulo.
    assert found.fetchall() == [
        (123_450, "2025-03-15", "2025-03-01 03:00:00"),
        (9_990, "2025-03-20", "2025-03-01 03:00:00"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule", "column"),
    [
        ("99,9", "99.90", "not_an_amount", "amount_cents"),
        ("99,9", "1.23,00", "not_an_amount", "amount_cents"),
        ("99,9", "-99,9", "negative_amount", "amount_cents"),
        ("99,9", "99,999", "not_an_amount", "amount_cents"),
        ("20/03/2025", "2025-03-20", "not_a_date", "due_on"),
        ("20/03/2025", "30/02/2025", "not_a_date", "due_on"),
        ("20/03/2025", "20/03/25", "impossible_year", "due_on"),
        ("i2;k2;c2;01/03/2025", "i2;k2;c2;", "missing_value", "issued_on"),
        ("i2;k2", "i2;k7", "orphan", "contract_id"),
        ("i2;k2;c2", "i2;k2;c1", "another_customer", "customer_id"),
        ("20/03/2025;99,9", "20/03/2025", "ragged_row", ""),
        ("20/03/2025;99,9", "20/03/2025;99,9;x", "ragged_row", ""),
        ("i2;", "i1;", "duplicate_key", "invoice_id"),
    ],
)
def test_one_bad_row_is_put_aside_and_the_rest_comes_in(old, new, rule, column, house, bring, quarantined):
    spoil(house, "faturas.csv", old, new)
    report = bring().tables["invoices"]
    assert (report.rows_in, report.kept, report.quarantined) == (2, 1, 1)
    row, found, where, _ = quarantined("invoices")[0]
    assert (row, found, where) == (2, rule, column)


def test_a_day_that_two_formats_read_differently_is_not_guessed(house, bring, quarantined):
    spoil(house, "faturas.csv", "20/03/2025", "04/03/2025")
    both = MAPPING.replace("due_on: vencimento", "due_on: {column: vencimento, formats: ['%d/%m/%Y', '%m/%d/%Y']}")
    bring(both)
    assert quarantined("invoices") == [(2, "ambiguous_date", "due_on", "04/03/2025")]


def test_a_value_the_mapping_does_not_list_is_not_guessed(house, bring, quarantined):
    spoil(house, "contratos.csv", "luz", "gás")
    bring()
    assert quarantined("contracts") == [(2, "unmapped_value", "product", "gás")]


def test_latin_1_where_utf_8_was_promised_is_located(house, bring, settings):
    (house / "clientes.csv").write_bytes(FILES["clientes.csv"].encode("latin-1"))
    with pytest.raises(DataError) as told:
        bring()
    offset = FILES["clientes.csv"].encode("latin-1").index(b"\xe7")
    assert f"byte 0xE7 at offset {offset} is not utf-8" in str(told.value)
    assert told.value.place.line == 2
    assert "encoding: latin-1" in told.value.remedy
    assert not settings.tables.exists()
    assert bring("encoding: latin-1" + MAPPING.replace("cartão", "cartÃ£o")).tables["customers"].kept == 2


def test_a_half_written_gzip_is_refused(house, bring):
    whole = gzip.compress(FILES["clientes.csv"].encode() + b"c3;PF;SP;01/01/2024;\n" * 500)
    (house / "clientes.csv").unlink()
    (house / "clientes.csv.gz").write_bytes(whole[:-20])
    with pytest.raises(DataError, match="half-written"):
        bring()
    (house / "clientes.csv.gz").write_bytes(whole)
    assert bring().tables["customers"].by_rule == {"duplicate_row": 499}


def test_a_half_written_parquet_file_is_refused(write_book, small_book, settings, as_of):
    folder = write_book(small_book)
    path = folder / "invoices.parquet"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match="half-written") as told:
        ingest(folder, Mapping.canonical(), settings, as_of)
    assert told.value.place.file == path


def test_a_file_that_is_not_what_its_name_says_is_refused(house, bring):
    (house / "clientes.csv").unlink()
    (house / "clientes.csv.gz").write_bytes(b"codigo;tipo\n")
    with pytest.raises(DataError, match="damaged"):
        bring()


def test_a_quote_that_never_closes_is_refused_with_its_row(house, bring):
    spoil(house, "clientes.csv", "c2;PJ", '"c2;PJ')
    with pytest.raises(DataError, match="never closes") as told:
        bring()
    assert told.value.place.row == 2


def test_an_empty_file_and_a_table_without_rows_are_told_apart(house, bring):
    (house / "faturas.csv").write_text("")
    with pytest.raises(DataError, match="the file is empty"):
        bring()
    (house / "faturas.csv").write_text(FILES["faturas.csv"].splitlines()[0] + "\n")
    with pytest.raises(DataError, match="invoices has no rows"):
        bring()


def test_a_needed_table_that_is_missing_is_named(house, bring):
    (house / "contratos.csv").unlink()
    with pytest.raises(DataError, match=r"(?s)the book has no contracts.*contratos\.csv"):
        bring()


def test_optional_tables_may_be_absent_and_are_reported(bring):
    assert bring().absent[:2] == ("invoice_items", "payments")


def test_a_book_that_fails_leaves_the_book_in_force_alone(house, bring, settings):
    bring()
    spoil(house, "faturas.csv", "valor\n", "valores\n")
    with pytest.raises(MappingError):
        bring()
    assert open_tables(settings).execute("SELECT count(*) FROM invoices").fetchall() == [(2,)]


def test_amounts_in_cents_read_as_currency_are_suspected(house, bring):
    spoil(house, "faturas.csv", "1.234,50", "123450")
    spoil(house, "faturas.csv", "99,9", "500000")
    with pytest.raises(DataError, match=r"suspect_unit: the median of invoices.amount_cents is R\$ 311.725,00"):
        bring()
    assert bring(MAPPING.replace("{column: valor,", "{column: valor, unit: cents,")).kept == 6


def test_payments_a_hundred_times_their_invoices_are_warned_of(small_book, bring_in):
    for payment in small_book["payments"]:
        payment["amount_cents"] *= 100
    assert [warning for warning in bring_in(small_book).warnings if warning.startswith("suspect_unit: payments")]


def test_a_column_the_file_lacks_is_named_with_the_nearest(house, bring):
    with pytest.raises(MappingError, match=r"'venciment', which the file lacks; did you mean 'vencimento'\?"):
        bring(MAPPING.replace("due_on: vencimento", "due_on: venciment"))


def test_a_column_named_twice_is_refused(house, bring):
    spoil(house, "faturas.csv", "fatura;contrato", "contrato;contrato")
    with pytest.raises(DataError, match="names 'contrato' more than once"):
        bring()


@pytest.mark.parametrize(
    ("old", "new", "words", "line"),
    [
        ("delimiter:", "delimeter:", "unknown key delimeter; did you mean 'delimiter'?", 4),
        ("region: uf", "region: {colum: uf}", "unknown key tables.customers.columns.region.colum", 13),
        ("      region: uf", "      region: uf\n      region: uf2", "the key 'region' comes twice", 14),
        ("file: contratos.csv", "fil: contratos.csv", "tables.contracts.file is missing", 15),
        ("region: uf", "region: {column: uf, constant: SP}", "exactly one of column, constant and same_as", 13),
        ('decimal: ","', "decimal: ;", "decimal is ';'", 2),
        ("tables:", "tables: [", "expected", 9),
    ],
)
def test_a_wrong_mapping_is_told_with_its_line(old, new, words, line, tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING.replace(old, new, 1))
    with pytest.raises(MappingError) as told:
        read_mapping(path)
    assert words in str(told.value)
    assert told.value.place.line == line


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  customers:", "  custmers:", "there is no table 'custmers'; did you mean 'customers'?"),
        ("region: uf", "regions: uf", "customers has no column 'regions'; did you mean 'region'?"),
        (
            "customer_id: codigo\n      kind",
            "customer_id: cpf\n      kind",
            "looks like a name, a document or an address",
        ),
        ("      issued_on: emissao\n", "", "the mapping of invoices lacks issued_on"),
    ],
)
def test_a_mapping_that_does_not_fit_the_tables_is_refused(old, new, words, bring):
    with pytest.raises(MappingError) as told:
        bring(MAPPING.replace(old, new, 1))
    assert words in str(told.value)


def test_columns_that_say_who_people_are_stay_out_of_quarantine(house, bring, settings):
    spoil(house, "clientes.csv", "obs", "nome")
    spoil(house, "clientes.csv", "c2;PJ;RJ;15/02/2024;", "c2;PX;RJ;15/02/2024;Maria da Silva")
    bring()
    raw = pl.read_parquet(settings.quarantine / "customers.parquet")["raw"][0]
    assert "Maria" not in raw
    assert "PX" in raw


@pytest.mark.slow
def test_one_bad_row_in_a_million_is_found(house, bring, quarantined):
    count = 1_000_000
    rows = pl.DataFrame({"n": pl.int_range(count, eager=True)}).select(
        fatura=pl.format("f{}", "n"),
        contrato=pl.lit("k1"),
        codigo=pl.lit("c1"),
        emissao=pl.lit("01/03/2025"),
        vencimento=pl.lit("15/03/2025"),
        valor=pl.when(pl.col("n") == 765_432).then(pl.lit("12.3.4")).otherwise(pl.format("{},00", "n")),
    )
    rows.write_csv(house / "faturas.csv", separator=";")
    report = bring(MAPPING.replace("{column: valor, typical: [5, 5000]}", "valor")).tables["invoices"]
    assert (report.rows_in, report.kept, report.quarantined) == (count, count - 1, 1)
    assert quarantined("invoices") == [(765_433, "not_an_amount", "amount_cents", "12.3.4")]
