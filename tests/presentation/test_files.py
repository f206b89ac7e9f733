"""Files: written whole or not at all, and read back to the last bit."""

import csv
import io
import json
import os
import signal
import stat
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import deltamu as dm
from deltamu.files import check_writable, read_text, write_whole
from deltamu.presentation.export import load_json, save_csv, save_json, save_netcdf

RESULTS = {
    "run": {"moves": 30},
    "end": {"moves": 30, "keep": "final"},
    "sweep": {"moves": 5, "N": [0, 4], "H": [0.1, 0.7, 1.0]},
    "policies": {"moves": 5, "policy": ["vibe", "planner"], "model": ["published", "gated"], "delta0": [1 / 3, 0.1]},
}


@pytest.fixture(params=RESULTS)
def result(request):
    return dm.simulate("principal-tr", **RESULTS[request.param])


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def broken_off(error):
    def writer(path):
        path.write_text("half of")
        raise error

    return writer


# --- whole or not at all ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["δ\n", "δ\n".encode(), lambda path: path.write_bytes("δ\n".encode())])
def test_a_text_bytes_or_a_writer_make_a_file(tmp_path, content):
    write_whole(tmp_path / "new", content)
    assert (tmp_path / "new").read_bytes() == "δ\n".encode()
    assert names(tmp_path) == ["new"]


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").touch()
    write_whole(tmp_path / "new", "text")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("older", ["an earlier result", None])
@pytest.mark.parametrize("error", [ValueError("half-way"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_writer_that_fails_half_way_leaves_what_was_there(tmp_path, error, older):
    path = tmp_path / "result.csv"
    if older:
        path.write_text(older)
    refused = dm.InputError if isinstance(error, OSError) else type(error)
    with pytest.raises(refused) as raised:
        write_whole(path, broken_off(error))
    if isinstance(error, OSError):
        assert str(raised.value) == f"cannot write {path}: No space left on device"
    assert names(tmp_path) == (["result.csv"] if older else [])
    assert older is None or path.read_text() == older


def test_a_device_without_an_end_is_not_read_to_its_end():
    if not os.path.exists("/dev/zero"):
        pytest.skip("there is no /dev/zero")
    for read in (read_text, load_json, dm.read_log):
        with pytest.raises(dm.InputError, match="cannot read /dev/zero: it is a device without an end"):
            read("/dev/zero")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_a_file_is_in_its_place(tmp_path, number):
    def leave(*_):
        raise KeyboardInterrupt

    def writer(unfinished):
        unfinished.write_text("half ")
        signal.raise_signal(number)
        unfinished.write_text("half and half")

    before = signal.signal(number, leave)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_whole(tmp_path / "a", writer)
    finally:
        assert signal.signal(number, before) is leave
    assert names(tmp_path) == ["a"] and (tmp_path / "a").read_text() == "half and half"


def test_the_older_file_stands_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "result.csv"
    path.write_text("older")
    seen = []

    def writer(unfinished):
        unfinished.write_text("newer")
        seen.append(path.read_text())

    write_whole(path, writer)
    assert seen == ["older"]
    assert path.read_text() == "newer"


def test_a_path_relative_to_the_current_folder_is_written_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_whole("result.csv", "text")
    assert names(tmp_path) == ["result.csv"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("content", ["text", lambda path: path.write_text("text")])
def test_a_pipe_is_written_to_and_stays_one(tmp_path, content):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, content)
        assert os.read(reader, 100) == b"text"
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    finally:
        os.close(reader)
    assert names(tmp_path) == ["pipe"]


def test_a_link_is_followed_and_stays_one(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    for target in ("elsewhere/old", "elsewhere/new"):  # the second one does not exist yet
        link = tmp_path / f"link-to-{Path(target).name}"
        link.symlink_to(target)
        (tmp_path / "elsewhere/old").write_text("older")
        write_whole(link, "text")
        assert link.is_symlink() and os.readlink(link) == target
        assert (tmp_path / target).read_text() == "text"
    assert names(tmp_path / "elsewhere") == ["new", "old"]


def test_links_that_lead_nowhere_are_refused(tmp_path):
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "lost").symlink_to("nowhere/file")
    for name, reason in (
        ("circle", "Too many levels of symbolic links"),
        ("lost", f"folder {tmp_path / 'nowhere'} does not exist"),
    ):
        for check in (check_writable, lambda path: write_whole(path, "text")):
            with pytest.raises(dm.InputError) as refused:
                check(tmp_path / name)
            assert str(refused.value) == f"cannot write {tmp_path / name}: {reason}"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o666])
def test_an_older_file_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "old"
    path.write_text("older")
    path.chmod(mode)
    write_whole(path, "text")
    assert (stat.S_IMODE(path.stat().st_mode), path.read_text()) == (mode, "text")


def test_a_file_with_two_names_keeps_both(tmp_path):
    (tmp_path / "one").write_text("older")
    os.link(tmp_path / "one", tmp_path / "other")
    write_whole(tmp_path / "one", "text")
    assert (tmp_path / "other").read_text() == "text"
    assert os.path.samefile(tmp_path / "one", tmp_path / "other")


@pytest.mark.parametrize("check", [check_writable, lambda path: write_whole(path, "text")])
def test_a_read_only_file_is_refused_to_the_superuser_too(tmp_path, check):
    path = tmp_path / "old"
    path.write_text("older")
    path.chmod(0o444)
    with pytest.raises(dm.InputError) as refused:
        check(path)
    assert str(refused.value) == f"cannot write {path}: it is read-only"
    assert path.read_text() == "older"


def test_a_file_in_a_read_only_folder_is_written_in_its_place(tmp_path):
    path = tmp_path / "old"
    path.write_text("older and longer")
    tmp_path.chmod(0o500)
    try:
        write_whole(path, "text")
        assert path.read_text() == "text"
        with pytest.raises(dm.InputError, match="may not be written to"):
            write_whole(tmp_path / "new", "text")
    finally:
        tmp_path.chmod(0o700)
    assert names(tmp_path) == ["old"]


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "a" * 250])
def test_names_that_a_system_does_not_take_are_refused_and_long_ones_are_not(tmp_path, name):
    if len(name) == 250:
        write_whole(tmp_path / name, "text")
        assert names(tmp_path) == [name]
        return
    for attempt in (check_writable, read_text, lambda path: write_whole(path, "text")):
        with pytest.raises(dm.InputError, match=r"cannot (read|write) "):
            attempt(tmp_path / name)


@pytest.mark.parametrize("check", [check_writable, lambda path: write_whole(path, "text")])
def test_places_that_cannot_be_written_to_are_named(tmp_path, check):
    (tmp_path / "file").write_text("text")
    for place, reason in (
        (tmp_path, "it is a folder"),
        (tmp_path / "nowhere" / "new", f"folder {tmp_path / 'nowhere'} does not exist"),
        (tmp_path / "file" / "new", f"folder {tmp_path / 'file'} does not exist"),
    ):
        with pytest.raises(dm.InputError) as raised:
            check(place)
        assert str(raised.value) == f"cannot write {place}: {reason}"
    assert names(tmp_path) == ["file"]


def test_checking_a_place_leaves_it_as_it_is(tmp_path):
    (tmp_path / "old").write_text("text")
    check_writable(tmp_path / "old")
    check_writable(tmp_path / "new")
    assert names(tmp_path) == ["old"]
    assert (tmp_path / "old").read_text() == "text"


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not (Path(path) == tmp_path and mode & os.W_OK))
    with pytest.raises(dm.InputError, match="may not be written to"):
        check_writable(tmp_path / "new")


def test_texts_are_read_and_what_is_none_is_named(tmp_path):
    (tmp_path / "text").write_text("δ", encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert read_text(tmp_path / "text") == "δ"
    for name, reason in (("none", "No such file or directory"), ("bytes", "it is not UTF-8 text")):
        with pytest.raises(dm.InputError) as raised:
            read_text(tmp_path / name)
        assert str(raised.value) == f"cannot read {tmp_path / name}: {reason}"


# --- results read back -----------------------------------------------------------------------------------------------


def test_a_table_has_one_row_a_point_and_move(result):
    if result.sizes:
        frame = result.to_dataframe()
        assert len(frame) == np.prod(list(result.sizes.values()))
        assert list(frame.index.names) == list(result.sizes)
        assert frame.index.is_unique


def test_csv_comes_back_to_the_last_bit(result, tmp_path):
    save_csv(result, tmp_path / "result.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "result.csv").read_text())))
    assert len(rows) == np.prod(list(result.sizes.values()), dtype=int)
    assert set(rows[0]) == {*result.data_vars, *result.coords}
    for row in rows:
        point = result.sel({dim: _like(result[dim], row[dim]) for dim in result.dims})
        for name in row.keys() - result.dims:
            assert _like(result[name], row[name]) == point[name].item()


def _like(array, cell):
    return array.dtype.type(float(cell)) if array.dtype.kind in "iuf" else cell


def test_json_comes_back_to_the_last_bit(result, tmp_path):
    save_json(result, tmp_path / "result.json")
    text = (tmp_path / "result.json").read_text()
    data = json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    settings = dm.Settings.from_json(json.dumps(data["attrs"]["settings"]))
    assert settings == dm.Settings.from_json(result.attrs["settings"])
    xr.testing.assert_identical(load_json(tmp_path / "result.json"), result)
    assert "Infinity" in text  # the target is not reached


def test_json_keeps_what_is_not_finite_and_the_kind_of_each_array(tmp_path):
    ds = xr.Dataset(
        {
            "numbers": ("x", [1.5, np.nan, np.inf, -np.inf]),
            "counts": ("x", [1, 2, 3, 2**60]),
            "flags": ("x", [True, False, True, False]),
            "words": ("x", ["Infinity", "", "δ", "nan"]),
            "one": -np.inf,
            "none": ("nothing", np.empty(0)),
        },
        coords={"x": [0.1, 0.2, 0.3, np.inf]},
        attrs={"seed": 2**70},
    )
    save_json(ds, tmp_path / "x.json")
    xr.testing.assert_identical(load_json(tmp_path / "x.json"), ds)


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "3", '{"attrs": {}}', '{"attrs": {}, "coords": [], "data_vars": 1}', "[" * 10**5]
)
def test_json_that_is_no_result_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(dm.InputError, match=r"x.json is (not JSON|JSON, but no result)") as refused:
        load_json(tmp_path / "x.json")
    assert "\n" not in str(refused.value)


def test_netcdf_comes_back_to_the_last_bit_with_all_that_it_says_of_itself(result, tmp_path):
    save_netcdf(result, tmp_path / "result.nc")
    assert names(tmp_path) == ["result.nc"]
    with xr.open_dataset(tmp_path / "result.nc") as found:
        xr.testing.assert_equal(found.load(), result)
    assert found.attrs == result.attrs
    for name in result.variables:
        assert found[name].attrs == result[name].attrs
        assert found[name].dims == result[name].dims


def test_settings_come_back_from_a_file(tmp_path):
    preset = dm.PRESETS["planner-spec"]
    sweep = dm.simulate(preset, H=[0.1, 1 / 3], model=["published", "gated"], moves=2)
    save_netcdf(sweep, tmp_path / "sweep.nc")
    with xr.open_dataset(tmp_path / "sweep.nc") as found:
        with pytest.raises(dm.InputError, match="swept along"):
            dm.Settings.from_dataset(found)
        settings = dm.Settings.from_dataset(found.isel(H=1, model=1))
    assert settings == preset.replace(H=1 / 3, model="gated")
    again = dm.simulate(settings, moves=2)
    np.testing.assert_array_equal(again.mu_next, sweep.mu_next.isel(H=1, model=1))


def test_netcdf_holds_whole_numbers_of_any_size(tmp_path):
    large = dm.evaluate("K_eff", K=[1, 3_000_000_000])
    save_netcdf(large, tmp_path / "large.nc")
    with xr.open_dataset(tmp_path / "large.nc") as found:
        xr.testing.assert_equal(found.load(), large)


@pytest.mark.parametrize("seed", [2**31 - 1, 2**31, 2**100, np.int64(2**40)])
def test_netcdf_holds_a_seed_of_any_size(tmp_path, seed):
    ds = dm.evaluate("K_eff").assign_attrs(seed=seed)
    save_netcdf(ds, tmp_path / "seed.nc")
    with xr.open_dataset(tmp_path / "seed.nc") as found:
        assert int(found.attrs["seed"]) == seed
    assert ds.attrs["seed"] == seed  # what was saved stays as it is


def test_an_empty_result_is_saved(tmp_path):
    save_netcdf(xr.Dataset({"none": ("nothing", np.empty(0, dtype=int))}), tmp_path / "none.nc")
    with xr.open_dataset(tmp_path / "none.nc") as found:
        assert found.sizes == {"nothing": 0}


def test_a_dimension_called_point_stays_in_a_table(tmp_path):
    save_csv(
        dm.evaluate("K_prime", N=0, K=xr.DataArray([1, 2], dims="point", coords={"point": [7, 8]})), tmp_path / "a.csv"
    )
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert [(row["point"], row["K"], row["K_prime"]) for row in rows] == [("7", "1", "1.0"), ("8", "2", "2.0")]


def test_an_evaluation_at_one_point_is_a_table_of_one_row(tmp_path):
    save_csv(dm.evaluate(["K_eff", "N_eff"], N=4, gamma=0.25), tmp_path / "point.csv")
    header, row = csv.reader(io.StringIO((tmp_path / "point.csv").read_text()))
    assert header == ["K_eff", "N_eff"]
    assert float(row[1]) == dm.evaluate("N_eff", N=4, gamma=0.25).N_eff.item()
