"""Ondine beside its peers: the same workloads on the same arrays, in one process, on two threads each.

    pip install ./python -r benches/requirements.txt
    python benches/compare.py [WORKLOAD ..] [--peers NAME ..] [--json FILE] [--plot FILE] [--table FILE]
    python benches/compare.py readme --seconds 0.5 --json benches/compare.json --plot benches/compare.png --table README.md

The last line refreshes what is committed. Without names every workload runs; a name may end in `*`, and `readme` means those of
the README. Every result is compared with the first peer's before anything is timed.
The contenders take turns, so that what else the machine does falls on all of them; times are medians of warm runs, and the first
run of each (compilation and planning included) is the cold time. A ratio above 1 says that Ondine is faster. Peers that are
not installed are skipped and named.
"""

import argparse
import fnmatch
import json
import os
import sys

# Before any library counts the processors: two threads each, and nobody spins while another runs.
os.environ.update(
    OMP_NUM_THREADS="2",
    OMP_WAIT_POLICY="PASSIVE",
    GOMP_SPINCOUNT="0",
    KMP_BLOCKTIME="0",
    OPENBLAS_NUM_THREADS="2",
    MKL_NUM_THREADS="2",
    NUMEXPR_NUM_THREADS="2",
    ONDINE_THREADS="2",
    JAX_PLATFORMS="cpu",
    JAX_ENABLE_X64="1",
    CUDA_VISIBLE_DEVICES="",
)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])

from peers import libraries, measure, report, workloads  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="WORKLOAD", help="which workloads; all by default")
    parser.add_argument("--list", action="store_true", help="list the workloads")
    parser.add_argument("--peers", nargs="+", metavar="NAME", help="only these peers, beside Ondine")
    parser.add_argument("--seconds", type=float, default=2.0, help="warm time for each workload, about")
    parser.add_argument("--json", metavar="FILE", help="write a list of {workload, who, ms, cold_ms}")
    parser.add_argument("--table", metavar="FILE", help="write the table as Markdown, or in between its marks in a file that has them")
    parser.add_argument("--plot", metavar="FILE", help="draw the ratios")
    parser.add_argument("--from-json", metavar="FILE", nargs="+", help="report earlier runs and measure nothing")
    arguments = parser.parse_args()
    known = workloads.all_workloads()
    if arguments.list:
        for workload in known.values():
            print(f"{workload.name:24} {workload.about}")
        return
    if arguments.from_json:
        rows = [row for path in arguments.from_json for row in json.load(open(path))]
    else:
        patterns = [*(workloads.README if "readme" in arguments.names else ()), *(arguments.names or ["*"])]
        chosen = [name for name in known if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]
        if not chosen:
            sys.exit(f"no workload is called {' or '.join(patterns)}; --list names them")
        available, missing = libraries.load(arguments.peers)
        for name, why in missing.items():
            print(f"skipped: {name} ({why})")
        rows = []
        for name in chosen:
            rows += measure.run(known[name], available, arguments.seconds)
            report.show(rows, name)
    print(report.table(rows))
    print(report.versions())
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)
    if arguments.table:
        report.write_table(rows, arguments.table)
    if arguments.plot:
        report.plot(rows, arguments.plot)


if __name__ == "__main__":
    main()
