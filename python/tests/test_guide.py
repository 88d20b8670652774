"""The guide's Python runs as it stands, and what Ondine computes in it is what SciPy computes."""

import pathlib
import re

import numpy as np
import pytest

GUIDE = pathlib.Path(__file__).parents[2] / "src" / "guide.md"
SECTIONS = re.split(r"^## ", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)[2:]


@pytest.mark.parametrize("section", SECTIONS, ids=[section.splitlines()[0] for section in SECTIONS])
def test_the_guide_says_the_same_twice(section):
    pytest.importorskip("scipy")
    spaces = []
    for code in re.findall(r"^```python\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL):
        spaces.append({})
        exec(compile(code, str(GUIDE), "exec"), spaces[-1])
    scipys, ondines = spaces
    shared = [name for name, value in ondines.items() if isinstance(value, ondines["ondine"].Array) and name in scipys]
    assert shared
    for name in shared:
        np.testing.assert_allclose(np.asarray(ondines[name]), scipys[name], rtol=1e-12, atol=1e-11, err_msg=name)
