"""One line of the directory changes: exactly one update for each application that the person is assigned to."""

from __future__ import annotations

from tests.stories.stage import NOTHING, Stage, either_directory

HANAKO = "hanako.sato@kitano.example"
DOYUN = "doyun.kim@kitano.example"


@either_directory
def test_one_update_for_each_application_of_that_person(stage: Stage) -> None:
    """P5, P6: Hanako has both products, Do-yun one; the second run sends nothing else."""
    stage.read_directory()
    acall, getaccept = stage.tenant("acall"), stage.tenant("getaccept")
    to_acall = stage.application(acall, "acall")
    to_getaccept = stage.application(getaccept, "getaccept")
    to_acall.assign(HANAKO, DOYUN)
    to_getaccept.assign(HANAKO, userType="Manager")
    to_acall.counts(creates=2)
    to_getaccept.counts(creates=1)
    heard = len(acall.writes()), len(getaccept.writes())

    stage.edit("people.csv", f"{HANAKO},花子,佐藤,佐藤 花子,サトウ", f"{HANAKO},花子,佐藤,サトー花子,サトウ")
    imported = stage.read_directory()
    assert (imported["people_changed"], imported["people_added"], imported["people_gone"]) == (1, 0, 0)
    to_acall.counts(updates=1)
    to_getaccept.counts(updates=1)
    for tenant, before in ((acall, heard[0]), (getaccept, heard[1])):
        path = f"/Users/{tenant.person(HANAKO)['id']}"
        assert tenant.writes()[before:] == [("PUT", path)]
        assert tenant.person(HANAKO)["displayName"] == "サトー花子"

    assert not any(stage.read_directory()[key] for key in imported if key != "faults")
    for application in (to_acall, to_getaccept):
        assert {key: application.apply()[key] for key in NOTHING} == NOTHING


def test_a_broken_line_is_told_and_the_good_ones_are_imported(stage: Stage) -> None:
    """A directory file with broken rows: each with line and reason, nothing half-way."""
    people = stage.folder / "people.csv"
    lines = people.read_text("utf-8").splitlines()
    lines[1] = lines[1].replace(f"{HANAKO},{HANAKO},", f"{HANAKO},no address,", 1)
    people.write_text("\n".join([*lines, 'x@kitano.example,x@kitano.example,"X']) + "\n", "utf-8")
    said = stage.commands("directory", "import", str(stage.folder), "--json", refused=True)
    assert {fault["line"] for fault in said.json["faults"] if fault["file"] == "people.csv"} == {
        2,
        len(lines) + 1,
    }
    assert said.json["people_added"] == len(lines) - 2
    assert "people.csv, line 2: " in said.err
