"""What a department wrote can be read back from the archive, cell by cell."""

from pathlib import Path

import pytest

from flows.archive import archived
from flows.errors import DeliveryError
from flows.land import land
from flows.originals import values
from flows.receive import pending
from tests.small import divisions, grant, grants, open_door, rejected


def test_every_line_of_a_correction_list_finds_its_cell_in_the_original(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_door(monkeypatch)
    divisions()
    wrong = "339900195001010010"
    grants([grant(1), grant(2, 身份证号=wrong), grant(3, 审批日期="前天"), grant(4, **{"居住村(社区)": "城门洞那片"})])
    [event] = [event for event in land(pending()) if event["extract_name"] == "temporary_assistance"]
    lines = rejected().select("sheet", "row_number", "column").rows()
    assert dict(zip([row for _, row, _ in lines], values(event, lines), strict=True)) == {
        4: wrong,
        5: "前天",
        6: "甲街道 / 城门洞那片",
    }
    archived(event["content_hash"]).unlink()
    with pytest.raises(DeliveryError, match="读不出原值"):
        values(event, lines)
