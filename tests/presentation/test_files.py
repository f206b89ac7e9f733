"""Files: written whole or not at all, and read back to the last bit."""

import csv
import io
import json
import os
import stat
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import deltamu as dm
from deltamu.files import check_writable, read_text, save_csv, save_json, save_netcdf, write_whole

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
def test_what_is_no_regular_file_is_not_replaced_by_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with suppress(dm.InputError):
            write_whole(pipe, "text")
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    finally:
        os.close(reader)


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


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(dm.InputError, match="may not be written to"):
        check_writable(tmp_path / "new")


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
    assert data["attrs"].keys() == result.attrs.keys()
    assert dm.Settings.from_json(json.dumps(data["attrs"]["settings"])) == dm.Settings.from_json(
        result.attrs["settings"]
    )
    data["attrs"]["settings"] = result.attrs["settings"]
    for item in data["data_vars"].values():
        item["data"] = np.array(item["data"], dtype=float if _of_numbers(item["data"]) else str)
    xr.testing.assert_identical(xr.Dataset.from_dict(data), result.where(abs(_numbers(result)) < np.inf, np.nan))


def _of_numbers(data):
    return isinstance(data, int | float | None) or (isinstance(data, list) and all(map(_of_numbers, data)))


def _numbers(dataset):
    return xr.Dataset({name: a if a.dtype.kind in "iuf" else xr.zeros_like(a, float) for name, a in dataset.items()})


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


def test_an_evaluation_at_one_point_is_a_table_of_one_row(tmp_path):
    save_csv(dm.evaluate(["K_eff", "N_eff"], N=4, gamma=0.25), tmp_path / "point.csv")
    header, row = csv.reader(io.StringIO((tmp_path / "point.csv").read_text()))
    assert header == ["K_eff", "N_eff"]
    assert float(row[1]) == dm.evaluate("N_eff", N=4, gamma=0.25).N_eff.item()
