"""Four public files, ten rows each, bad ones among them: what is kept, what is refused, and what each row tells."""

import gzip
import zipfile

import numpy as np
import pytest

from features.adapters import bank_marketing, credit_card, email_test, open_bandit
from features.adapters.sheet import digest_of
from features.catalog import by_name
from models.families import PROTECTED
from regua.errors import DataError, MappingError

CARD_HEADER = (
    "ID,LIMIT_BAL,SEX,EDUCATION,MARRIAGE,AGE,PAY_0,PAY_2,PAY_3,PAY_4,PAY_5,PAY_6,"
    "BILL_AMT1,BILL_AMT2,BILL_AMT3,BILL_AMT4,BILL_AMT5,BILL_AMT6,"
    "PAY_AMT1,PAY_AMT2,PAY_AMT3,PAY_AMT4,PAY_AMT5,PAY_AMT6,Default\n"
)
CARDS = """\
1,20000.0,2,2,1,24,2,2,-1,-1,-2,-2,3913.0,3102.0,689.0,0,0,0,0,689,0,0,0,0,1
2,120000.0,2,5,2,26,-1,2,0,0,0,2,2682,1725,2682,3272,3455,3261,0,1000,1000,1000,0,2000,0
3,90000,1,2,0,34,1,0,0,0,0,0,29239,14027,13559,14331,14948,15549,1518,1500,1000,1000,1000,5000,0
4,50000,2,2,1,37,0,0,0,0,0,0,-100,48233,49291,28314,28959,29547,2000,2019,1200,1100,1069,1000,0
4,50000,2,2,1,37,0,0,0,0,0,0,46990,48233,49291,28314,28959,29547,2000,2019,1200,1100,1069,1000,0
6,50000,3,1,2,37,0,0,0,0,0,0,64400,57069,57608,19394,19619,20024,2500,1815,657,1000,1000,800,0
7,fifty,1,1,2,29,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,0
8,100000,2,2,2,23,0,-1,-1,0,0,-1,1,1,1,1,1,1,1,-5,1,1,1,1,0
9,140000,2,3,1,28,0,0,2,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,
10,20000,1,3,2,35,-2,-2,-2,-2,-1,-1,0,0,0
"""

EMAIL_HEADER = "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend\n"
EMAILS = """\
10,2) $100 - $200,142.44,1,0,Surburban,0,Phone,Womens E-Mail,0,0,0
6,3) $200 - $350,329.08,1,1,Rural,1,Web,No E-Mail,0,0,0
7,2) $100 - $200,180.65,0,1,Surburban,1,Web,Womens E-Mail,1,1,195.83
9,5) $500 - $750,675.83,1,0,Rural,1,Web,Mens E-Mail,0,0,0
2,1) $0 - $100,45.34,1,0,Urban,0,Web,Fax Message,0,0,0
13,2) $100 - $200,134.83,0,1,Surburban,0,Phone,Womens E-Mail,1,0,0
9,3) $200 - $350,-1,1,0,Surburban,1,Phone,Womens E-Mail,1,0,0
9,1) $0 - $100,46.42,0,1,Urban,0,Phone,Womens E-Mail,2,0,0
9,5) $500 - $750,675.07,1,1,Rural,1,Phone,Mens E-Mail,1,0,0
10,1) $0 - $100,32.84,0,1,Mars,1,Web,Womens E-Mail,0,0,0
"""

BANDIT_HEADER = (
    ",timestamp,item_id,position,click,propensity_score,"
    "user_feature_0,user_feature_1,user_feature_2,user_feature_3,user-item_affinity_0\n"
)
BANDITS = """\
0,2019-11-24 00:01:03.979311+00:00,2,2,0,0.045525,cef3,2d03,c2e4,c39b,0.0
1,2019-11-24 00:01:45.406608+00:00,9,3,0,0.059345,cef3,f1c2,7bc9,9bde,0.0
2,2019-11-24 00:01:51+00:00,33,1,1,0.01,cef3,f1c2,7bc9,9bde,0.0
3,2019-11-24 00:02:01+00:00,34,1,0,0.01,cef3,f1c2,7bc9,9bde,0.0
4,2019-11-24 00:02:02+00:00,3,1,0,0,cef3,f1c2,7bc9,9bde,0.0
5,2019-11-24 00:02:03+00:00,3,1,0,1.2,cef3,f1c2,7bc9,9bde,0.0
6,2019-11-24 00:02:04+00:00,3,4,0,0.2,cef3,f1c2,7bc9,9bde,0.0
7,yesterday,3,1,0,0.2,cef3,f1c2,7bc9,9bde,0.0
8,2019-11-24 00:02:06+00:00,3,1,inf,0.2,cef3,f1c2,7bc9,9bde,0.0
9,2019-11-24 00:02:07+00:00,3,1,0,0.2,cef3,f1c2,7bc9,9bde,0.0,extra
"""

BANK_HEADER = (
    '"age";"job";"marital";"education";"default";"housing";"loan";"contact";"month";"day_of_week";"duration";'
    '"campaign";"pdays";"previous";"poutcome";"emp.var.rate";"cons.price.idx";"cons.conf.idx";"euribor3m";'
    '"nr.employed";"y"\n'
)
_CALL = (
    '{age};"{job}";"married";"basic.4y";"{default}";"no";"no";"telephone";"{month}";"mon";{seconds};{calls};{days};0;'
)
_AFTER = '"nonexistent";1.1;93.994;-36.4;4.857;5191;"{yes}"\n'


def call(**told):
    usual = {"age": 40, "job": "services", "default": "no", "month": "may", "seconds": 100, "calls": 1, "days": 999}
    return (_CALL + _AFTER).format(**usual | {"yes": "no"} | told)


BANK = "".join(
    [
        call(),
        call(default="unknown", job="unknown", days=3),
        call(month="jun", calls=4, yes="yes"),
        call(month="nov"),
        call(month="mar"),
        call(age=7),
        call(job="astronaut"),
        call(month="mai"),
        call(calls=0),
        call(yes="maybe"),
    ]
)


@pytest.fixture
def put(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()))
        return path

    return write


def archive(tmp_path, text, member="bank-additional/bank-additional-full.csv"):
    path = tmp_path / "bank.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(member, text)
    return path


def test_of_ten_card_accounts_the_good_are_kept_and_each_other_says_why_not(put):
    file = put("cards.csv.gz", CARD_HEADER + CARDS)
    sheet = credit_card.read_credit_card(file)
    assert sheet.frame["account_id"].to_list() == ["1", "2", "3", "4"]
    assert (sheet.rows_in, sum(sheet.by_rule.values())) == (10, 6)
    refused = dict(zip(sheet.refused.frame["row"], sheet.refused.frame["rule"], strict=True))
    assert refused == {
        5: "duplicate_key",
        6: "out_of_range",
        7: "not_an_amount",
        8: "negative_amount",
        9: "missing_value",
        10: "ragged_row",
    }
    assert sheet.sha256 == digest_of(file)
    assert len(sheet.sha256) == 64
    assert sheet.notes[0].startswith("1 accounts have an undocumented education code and 1 an undocumented marriage")


def test_a_card_account_becomes_a_profile_in_catalogue_names(put):
    sheet = credit_card.read_credit_card(put("cards.csv.gz", CARD_HEADER + CARDS))
    known = credit_card.profile(sheet)
    assert set(known) <= set(by_name())
    assert not PROTECTED & set(known)
    assert known["days_past_due"].tolist() == [45, 0, 15, 0]
    assert known["max_days_past_due_6m"].tolist() == [45, 45, 15, 0]
    assert known["balance_open_cents"].tolist() == [391_300, 268_200, 2_923_900, 0]
    # Two months late: what the bill of July leaves open; one month: that of August.
    assert known["balance_overdue_cents"].tolist() == [68_900, 0, 1_402_700, 0]
    assert known["limit_use"][2] == pytest.approx(29_239 / 90_000)
    assert known["payments_30d"].tolist() == [0, 0, 1, 1]
    assert known["partial_payments_12m"][0] == 0, "689 paid the 689 of the month before"
    august = credit_card.profile(sheet, 2)
    assert august["days_past_due"].tolist() == [45, 45, 0, 0]
    assert august["paid_30d_cents"].tolist() == [68_900, 100_000, 150_000, 201_900]
    assert credit_card.outcome(sheet).tolist() == [1, 0, 0, 0]
    assert set(credit_card.protected(sheet)) == {"sex", "age", "education", "marriage"}


def test_what_a_month_tells_does_not_change_with_the_months_after_it(put):
    before = credit_card.read_credit_card(put("cards.csv.gz", CARD_HEADER + CARDS))
    changed = CARDS.replace("1,20000.0,2,2,1,24,2,2,", "1,20000.0,2,2,1,24,8,2,")
    after = credit_card.read_credit_card(put("changed.csv.gz", CARD_HEADER + changed))
    for name, column in credit_card.profile(before, 2).items():
        assert np.array_equal(column, credit_card.profile(after, 2)[name], equal_nan=column.dtype != object), name


def test_of_ten_customers_of_the_email_test_five_are_kept(put):
    sheet = email_test.read_email_test(put("emails.csv.gz", EMAIL_HEADER + EMAILS))
    assert sheet.frame["row"].to_list() == [1, 2, 3, 4, 9]
    assert sheet.by_rule == {"negative_amount": 1, "not_a_flag": 1, "out_of_range": 1, "unmapped_value": 2}
    trial = email_test.trial_columns(sheet)
    assert trial["arm"].tolist() == ["womens", "nothing", "womens", "mens", "mens"]
    assert trial["spent_cents"].tolist() == [0, 0, 19_583, 0, 0]
    assert trial["place"].tolist()[:2] == ["suburban", "rural"]


def test_a_round_without_a_chance_or_with_more_than_certainty_is_refused(put):
    sheet = open_bandit.read_open_bandit(put("rounds.csv.gz", BANDIT_HEADER + BANDITS))
    assert sheet.frame["row"].to_list() == [1, 2, 3]
    assert sheet.by_rule == {"not_a_flag": 1, "not_an_instant": 1, "out_of_range": 4, "ragged_row": 1}
    log = open_bandit.log_columns(sheet)
    assert log["item"].tolist() == ["2", "9", "33"]
    assert log["clicked"].tolist() == [0, 0, 1]


def test_of_ten_calls_the_good_are_kept_and_unknown_is_null(tmp_path):
    sheet = bank_marketing.read_bank_marketing(archive(tmp_path, BANK_HEADER + BANK))
    assert sheet.frame["row"].to_list() == [1, 2, 3, 4, 5]
    assert sheet.by_rule == {"not_a_flag": 1, "out_of_range": 2, "unknown_word": 2}
    known = bank_marketing.profile(sheet)
    assert set(known) <= set(by_name())
    assert not any("duration" in name for name in known)
    assert known["income_band"].tolist()[:2] == ["services", None]
    assert np.isnan(known["contracts_in_arrears"]).tolist() == [False, True, False, False, False]
    assert known["days_since_last_contact"][1] == 3
    assert np.isnan(known["days_since_last_contact"][0])
    assert known["attempts_30d"].tolist() == [0, 0, 3, 0, 0], "the call that is to be foretold does not count"
    made = bank_marketing.moments(sheet)
    assert made.astype("datetime64[M]").astype(str).tolist() == ["2008-05", "2008-05", "2008-06", "2008-11", "2009-03"]
    assert np.all(np.diff(made) > np.timedelta64(0))


def test_files_that_are_not_what_they_claim_are_refused_with_a_remedy(tmp_path, put):
    with pytest.raises(DataError, match=r"(?s)no file.*REGUA_REAL_DATA"):
        email_test.read_email_test(tmp_path / "none.csv.gz")
    with pytest.raises(MappingError, match="Default"):
        credit_card.read_credit_card(put("other.csv.gz", CARD_HEADER.replace(",Default", "") + "1\n"))
    path = tmp_path / "latin.csv.gz"
    path.write_bytes(gzip.compress((EMAIL_HEADER + EMAILS.replace("Rural", "Rüral")).encode("latin-1")))
    with pytest.raises(DataError, match=r"utf-8"):
        email_test.read_email_test(path)
    whole = put("cut.csv.gz", EMAIL_HEADER + EMAILS)
    whole.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"damaged|early"):
        email_test.read_email_test(whole)
    with pytest.raises(DataError, match="no bank-additional-full"):
        bank_marketing.read_bank_marketing(archive(tmp_path, "x", member="other.csv"))
    (tmp_path / "broken.zip").write_bytes(b"PK nothing")
    with pytest.raises(DataError, match="damaged"):
        bank_marketing.read_bank_marketing(tmp_path / "broken.zip")
    with pytest.raises(DataError, match="none of 1 rows"):
        email_test.read_email_test(put("bad.csv.gz", EMAIL_HEADER + EMAILS.splitlines()[5] + "\n"))
