"""The parts of compare.py: libraries, workloads, measurement and report."""
