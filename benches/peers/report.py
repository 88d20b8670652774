"""Figures for people: a line per workload, a table of ratios, a picture, and what ran where."""

import importlib.metadata
import platform

ORDER = ["Ondine", "NumPy", "SciPy", "JAX", "PyTorch", "torch.compile", "numexpr", "FFTW"]


def by_workload(rows):
    grouped = {}
    for row in rows:
        grouped.setdefault(row["workload"], {})[row["who"]] = row
    return grouped


def milliseconds(ms):
    return f"{ms:.3f}" if ms < 1 else f"{ms:.2f}" if ms < 10 else f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"


def ratio(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def show(rows, name):
    """One workload as it is measured: times, ratios and cold times."""
    found = by_workload(rows)[name]
    own = found["Ondine"]["ms"]
    print(name)
    for who in sorted(found, key=lambda who: found[who]["ms"]):
        row = found[who]
        print(f"  {who:14} {milliseconds(row['ms']):>9} ms  {ratio(row['ms'] / own):>6}x  first {row['cold_ms']:9.1f} ms")


def table(rows):
    """Markdown: Ondine's milliseconds, what each peer takes as a multiple of them, and the best peer's multiple."""
    grouped = by_workload(rows)
    peers = [who for who in ORDER[1:] if any(who in found for found in grouped.values())]
    lines = [
        "| workload | Ondine, ms | first run | best peer | " + " | ".join(peers) + " |",
        "|---|--:|--:|--:|" + "--:|" * len(peers),
    ]
    for name, found in grouped.items():
        own = found["Ondine"]["ms"]
        others = {who: row["ms"] / own for who, row in found.items() if who != "Ondine"}
        best = f"**{ratio(min(others.values()))}**" if others else ""
        cells = [ratio(others[who]) if who in others else "" for who in peers]
        first = milliseconds(found["Ondine"]["cold_ms"])
        lines.append(f"| {name} | {milliseconds(own)} | {first} | {best} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


MARKS = "<!-- compare.py writes from here -->", "<!-- to here -->"


def write_table(rows, path):
    """Writes table and versions to a file; in one that has the marks, between them."""
    text = f"{table(rows)}\n\n{versions()}.\n"
    try:
        with open(path) as file:
            before, _, rest = file.read().partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
    except FileNotFoundError:
        rest = ""
    if rest:
        text = f"{before}{MARKS[0]}\n{text}{MARKS[1]}{after}"
    with open(path, "w") as file:
        file.write(text)


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions():
    """The machine and the versions of all that ran."""
    found = [f"CPython {platform.python_version()}"]
    for package in ("ondine", "numpy", "scipy", "jax", "torch", "numexpr"):
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    try:
        from .fftw_peer import version

        found.append(version)
    except (ImportError, OSError):
        pass
    return f"{processor()}, two threads; {', '.join(found)}"


def plot(rows, path):
    """A picture of the ratios, a dot per peer, on a logarithmic scale. Right of the line Ondine is faster."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    grouped = by_workload(rows)
    names = list(grouped)[::-1]
    figure, axes = plt.subplots(figsize=(7.5, 1.2 + 0.24 * len(names)), dpi=100)
    for number, who in enumerate(ORDER[1:]):
        points = [
            (grouped[name][who]["ms"] / grouped[name]["Ondine"]["ms"], at)
            for at, name in enumerate(names)
            if who in grouped[name]
        ]
        if points:
            axes.scatter(*zip(*points, strict=True), label=who, s=26, marker="os^DvP*"[number], zorder=3, alpha=0.85)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.grid(axis="both", color="#dddddd", linewidth=0.6)
    axes.set_xlabel("time of the peer over Ondine's (right of 1: Ondine is faster)", fontsize=8)
    axes.xaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axes.tick_params(axis="x", labelsize=8)
    axes.legend(fontsize=7, ncols=7, loc="lower center", bbox_to_anchor=(0.45, 1.0), frameon=False, handletextpad=0.1)
    figure.tight_layout()
    figure.savefig(path, pil_kwargs={"optimize": True})
