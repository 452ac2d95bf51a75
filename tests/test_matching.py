"""Matching: the links of a night held against the answer key, which names the person behind every entry."""

import hashlib
import hmac
from collections import defaultdict
from typing import Any

import pytest

from tests.conftest import Night
from tests.test_faults_found import faults, person_key

pytestmark = pytest.mark.xdist_group("night")

Link = dict[str, Any]
Entry = tuple[dict[str, Any], str, list[Link]]  # the answer, whom it is about, the links of whom the entry names


def record_key(night: Night, number: str) -> str:
    key = bytes.fromhex((night.keys / "pseudonym.key").read_text("ascii").strip())
    return hmac.digest(key, f"reference:{number}".encode(), hashlib.sha256)[:16].hex()


@pytest.fixture(scope="module")
def entries(night: Night) -> dict[str, list[Entry]]:
    """Return every entry of the answer key by its fault."""
    links: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for row in night.sql("select * from fct_person_links where table_name in ('volunteer_visits', 'death_notices')"):
        links[row["table_name"], row["person_key"]].append(row)
    persons = {
        row["record_key"].replace("-", ""): row["person_key"]
        for row in night.sql(
            "select record_key, person_key from fct_volunteer_visits "
            "union all select record_key, person_key from fct_death_notices"
        )
    }
    planted = ("person_matched", "person_alike", "number_of_another", "reported_dead_still_paid")
    return {
        fault: [
            (
                answer,
                person_key(night, answer["id_number"]),
                links[answer["extract"], persons[record_key(night, answer["record_no"])]],
            )
            for answer in faults(night, fault)
        ]
        for fault in planted
    }


def test_every_entry_with_a_number_is_linked_at_the_tier_its_name_deserves(entries: dict[str, list[Entry]]) -> None:
    told = [entry for entry in entries["person_matched"] if entry[0]["outcome"] in "AB"]
    assert len({answer["outcome"] for answer, *_ in told}) == 2
    for answer, true, links in told:
        assert [(link["linked_person_key"], link["tier_code"]) for link in links] == [(true, answer["outcome"])]


def test_tier_a_is_never_wrong_even_where_somebody_writes_the_number_of_another(
    entries: dict[str, list[Entry]],
) -> None:
    every = [entry for group in entries.values() for entry in group]
    sure = [(answer, true, link) for answer, true, links in every for link in links if link["tier_code"] == "A"]
    right = sum(
        answer["fault"] == "person_matched" and link["linked_person_key"] == true for answer, true, link in sure
    )
    assert len(sure) > 50
    assert right / len(sure) >= 0.999
    for _, _, links in entries["number_of_another"]:
        assert [(link["tier_code"], link["is_in_force"]) for link in links] == [("N", False)]


def test_tier_c_finds_four_in_five_of_who_has_no_number_and_is_hardly_ever_wrong(
    entries: dict[str, list[Entry]],
) -> None:
    planted = [*entries["person_matched"], *entries["reported_dead_still_paid"], *entries["person_alike"]]
    right = wrong = sought = 0
    for answer, true, links in planted:
        is_here = answer["outcome"] == "C"
        sought += is_here
        for link in links:
            if link["tier_code"] == "C" and link["is_proposed"]:
                right += is_here and link["linked_person_key"] == true
                wrong += not (is_here and link["linked_person_key"] == true)
    assert sought > 150
    assert right / sought >= 0.80
    assert right / (right + wrong) >= 0.95


def test_a_namesake_of_another_age_or_village_is_nobody_of_the_rosters(entries: dict[str, list[Entry]]) -> None:
    namesakes = [entry for entry in entries["person_alike"] if entry[0]["outcome"] == "none"]
    assert len(namesakes) > 40
    assert not [link for _, like, links in namesakes for link in links if link["is_proposed"]]


def test_what_a_reviewer_decided_wins_over_the_machine(night: Night, entries: dict[str, list[Entry]]) -> None:
    # Whom only a person can tell apart from a namesake born next door in the same month.
    mistaken = [(like, links) for answer, like, links in entries["person_alike"] if answer["outcome"] == "mistaken"]
    assert mistaken
    for like, links in mistaken:
        [link] = [link for link in links if link["linked_person_key"] == like]
        assert (link["is_proposed"], link["link_status_code"], link["is_in_force"]) == (True, "rejected", False)
    blind = [
        link
        for answer, true, links in entries["person_matched"]
        if answer["way"] == "hardly anything"
        for link in links
        if link["linked_person_key"] == true and not link["is_proposed"]
    ]
    assert blind
    assert {(link["link_status_code"], link["is_in_force"], link["probability"]) for link in blind} == {
        ("confirmed", True, None)
    }


def test_a_death_that_only_a_village_reports_is_found_without_a_number_and_flags_nobody(
    night: Night, entries: dict[str, list[Entry]]
) -> None:
    rows = night.sql(
        "select findings.person_key, findings.tier_code, findings.overpaid_amount_yuan, "
        "strftime(findings.first_month, '%Y-%m') as first_month from fct_findings as findings "
        "where rule_code = 'reported_death_still_paid'"
    )
    expected = {
        true: (answer["outcome"], answer["months"], None) for answer, true, _ in entries["reported_dead_still_paid"]
    }
    assert {outcome for outcome, *_ in expected.values()} == {"B", "C"}
    found = {row["person_key"]: (row["tier_code"], row["first_month"], row["overpaid_amount_yuan"]) for row in rows}
    # Paid from the month after the death on.
    assert {key: (tier, _month_before(month), yuan) for key, (tier, month, yuan) in found.items()} == expected


def _month_before(label: str) -> str:
    year, month = (int(part) for part in label.split("-"))
    return f"{year - (month == 1)}-{(month - 2) % 12 + 1:02d}"


def test_a_recipient_without_a_usable_number_is_found_on_lists_that_have_one(night: Night) -> None:
    planted = [*faults(night, "wrong_check_digit"), *faults(night, "missing_id_number")]
    true = {person_key(night, fault["id_number"]): fault["person_name"] for fault in planted}
    rows = night.sql(
        "select links.person_key, links.table_name from fct_person_links as links "
        "inner join dim_persons as persons on persons.person_key = links.linked_person_key "
        "where links.tier_code = 'C' and links.is_in_force and persons.id_status_code in ('invalid', 'missing')"
    )
    assert rows
    # Whoever was listed elsewhere under a number is the person who should have had it here.
    assert {row["person_key"] for row in rows if row["table_name"] == "platform_records"} == set(true)


def test_the_quality_page_tells_links_reviews_precision_and_recall_of_every_tier(night: Night) -> None:
    rows = {row["tier_code"]: row for row in night.sql("select * from mart_match_quality where table_name = 'all'")}
    assert set(rows) == {"A", "B", "C", "N"}
    assert rows["C"]["status"] == rows["B"]["status"] == "ok"
    assert rows["A"]["status"] == "no_data"
    assert rows["C"]["precision_share"] >= 0.95
    assert rows["C"]["found_by_reviewers_count"] > 0
    page = (night.data / "releases" / "current" / "quality.html").read_text("utf-8")
    assert "身份比对" in page
    confirmed, missed = rows["C"]["confirmed_count"], rows["C"]["found_by_reviewers_count"]
    recall = 100 * confirmed / (confirmed + missed)
    told = page[page.index("身份比对") :]
    assert f"{100 * rows['C']['precision_share']:.1f}%" in told
    assert f'>{missed}</span></td><td class="n">{recall:.1f}%</td>' in told


def test_links_merge_nobody_with_anybody(night: Night) -> None:
    [row] = night.sql(
        "select count(*) as links, count(distinct links.person_key) as ours from fct_person_links as links "
        "inner join dim_persons as ours on ours.person_key = links.person_key "
        "inner join dim_persons as theirs on theirs.person_key = links.linked_person_key "
        "where links.tier_code = 'C' and ours.person_key <> theirs.person_key"
    )
    [every] = night.sql("select count(*) as links from fct_person_links where tier_code = 'C'")
    assert row["links"] == every["links"] > 0
