"""Where each function of the array API standard is tested: `python python/tests/standard.py` writes the table in standard.md.

A function is tested by the tables of cases that have its name, which `test_functions` and `test_special_cases` go through, and
where there is none by every test that calls it by name.
"""

import ast
import pathlib

import cases_arrays
import cases_elementwise
import cases_fft
import test_signatures
import test_special_cases

TABLE = pathlib.Path(__file__).with_name("standard.md")
SECTIONS = {"": test_signatures.STANDARD, "linalg": test_signatures.LINALG, "fft": test_signatures.FFT}
SPECIAL = {*test_special_cases.REAL, *test_special_cases.KEEP_ZERO, *test_special_cases.COMPLEX, *test_special_cases.ROTATED}
CASES = {
    ("", "cases_elementwise"): cases_elementwise.CASES,
    ("", "cases_arrays"): cases_arrays.CASES,
    ("", "test_special_cases"): SPECIAL,
    ("fft", "cases_fft"): cases_fft.FFT,
}


def calls(path):
    """The functions that a file calls by name, as (section, name)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            *sections, name = ast.unparse(node.func).removeprefix("ondine.").split(".")
            if ast.unparse(node.func).startswith(("ondine.", "linalg.")):
                yield ".".join(sections), name


def places():
    """For every function, as (section, name), the files that test it."""
    found = {(section, name): set() for section, names in SECTIONS.items() for name in names}
    for (section, file), names in CASES.items():
        for name in SECTIONS[section].keys() & set(names):
            found[section, name].add(file)
    others = {function: files for function, files in found.items() if not files}
    for path in sorted(TABLE.parent.glob("test_*.py")):
        for function in set(calls(path)) & others.keys():
            others[function].add(path.stem)
    return found


def table():
    lines = ["| function | tested in `python/tests/` |", "|---|---|"]
    for (section, name), files in sorted(places().items()):
        called = f"{section}.{name}".removeprefix(".")
        lines.append(f"| `{called}` | {', '.join(sorted(files))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table())
