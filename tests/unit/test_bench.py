"""The bench says on which machine its figures were made, and measures only what it knows."""

import os
import sqlite3

from bench import machine
from bench.__main__ import PARTS, main

TWO_THREADS = "processor : 0\nmodel name : Some Chip 9\nflags : fpu hypervisor\n\nprocessor : 1\n"


def told(lines):
    return {line.name: line.value for line in lines}


def put(root, path, words):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(words)


def test_threads_of_one_core_are_told(tmp_path):
    put(tmp_path, "proc/cpuinfo", TWO_THREADS)
    for number in (0, 1):
        path = f"sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list"
        put(tmp_path, path, "0-1\n")
    found = told(machine.processors(tmp_path))
    assert found["cores_apart"] == "1"
    assert found["processor"] == "Some_Chip_9"
    assert found["machine"] == "virtual"


def test_a_machine_that_tells_nothing_is_unknown(tmp_path):
    found = told([*machine.processors(tmp_path), *machine.disk(tmp_path, tmp_path)])
    del found["cores"]
    assert set(found.values()) == {"unknown"}


def test_the_disk_below_a_folder_is_told(tmp_path):
    number = tmp_path.stat().st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    put(tmp_path, "proc/self/mountinfo", f"27 1 {device} / / rw - xfs /dev/sda1 rw\n")
    put(tmp_path, f"sys/dev/block/{device}/queue/rotational", "0\n")
    assert told(machine.disk(tmp_path, tmp_path)) == {"file_system": "xfs", "disk": "solid"}


def test_each_line_is_a_name_a_value_and_a_unit(tmp_path):
    lines = list(machine.facts(tmp_path))
    assert told(lines)["sqlite"] == sqlite3.sqlite_version
    assert not [one for one in lines for word in one[:3] if len(word.split()) != 1]


def test_a_part_that_there_is_not_is_refused(capsys):
    assert main(["mail", "mails"]) == 2
    assert capsys.readouterr().err == f"There is no part mails. There are: {', '.join(PARTS)}.\n"
