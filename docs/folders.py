"""A folder that holds what was made and nothing else."""

from remaking import write


def fill(folder, files):
    """Make a folder hold these files, given as bytes by name, and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        write(folder / name, content)
