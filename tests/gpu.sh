#!/bin/sh
# Runs on a GPU what the emulator stands in for otherwise. The machine needs an NVIDIA driver and the libraries of CUDA
# (ONDINE_CUDA_LIBS says where, if the loader does not know), but neither a network nor Rust.
#
#   tests/gpu.sh --build FOLDER   builds the tests and benchmarks and puts them into a folder that can be carried
#   tests/gpu.sh FOLDER           runs them there, and leaves the logs in FOLDER/logs
#   tests/gpu.sh --dry-run FOLDER checks everything but the GPU: the benchmarks run small on the emulator, where they were built
set -eu

tests="differential cuda cuda_faults cuda_transforms cuda_promotion cuda_rows nvrtc"
benches="gpu"

# The newest build of a test or benchmark.
built() {
    ls -t "${CARGO_TARGET_DIR:-target}/$1/deps/$2"-* | grep -v '\.d$' | head -1
}

if [ "${1:-}" = --build ]; then
    mkdir -p "$2"
    for name in $tests; do cargo test --workspace --no-run --test "$name" && cp "$(built debug "$name")" "$2/$name"; done
    for name in $benches; do cargo bench --no-run --bench "$name" && cp "$(built release "$name")" "$2/bench-$name"; done
    cp -r "$0" benches/gpu_compare.py benches/peers "$2"
    exit
fi

dry=
if [ "${1:-}" = --dry-run ]; then dry=1; shift; fi
folder=${1:?which folder}

for name in $tests; do
    [ -x "$folder/$name" ] || { echo "missing: $folder/$name; tests/gpu.sh --build makes it"; exit 1; }
    "$folder/$name" --list > /dev/null
done
for name in $benches; do [ -x "$folder/bench-$name" ] || { echo "missing: $folder/bench-$name"; exit 1; }; done
[ -e "$folder/gpu_compare.py" ] || { echo "missing: $folder/gpu_compare.py"; exit 1; }
if [ -n "$dry" ]; then
    for name in $benches; do "$folder/bench-$name" --dry-run > "$folder/bench-$name.txt"; done
    if grep -q ^skipped "$folder/bench-gpu.txt"; then
        cat "$folder/bench-gpu.txt"
    elif python3 -c "import numpy" 2> /dev/null; then
        python3 "$folder/gpu_compare.py" --dry-run "$folder/bench-gpu.txt"
    fi
    echo "all is there but the GPU"
    exit
fi

mkdir -p "$folder/logs"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv | tee "$folder/logs/machine.txt"
export ONDINE_TEST_GPU=1 PROPTEST_CASES="${PROPTEST_CASES:-100}"
failed=
# A pipe's status is that of its end, so logs are written first and shown then.
run() {
    name=$1
    shift
    "$@" > "$folder/logs/$name.txt" 2>&1 || failed="$failed $name"
    tail -3 "$folder/logs/$name.txt"
}
run differential "$folder/differential" cuda
for name in cuda cuda_faults cuda_transforms cuda_promotion cuda_rows; do run "$name" "$folder/$name"; done
run nvrtc "$folder/nvrtc"
if command -v compute-sanitizer > /dev/null; then
    run sanitizer env PROPTEST_CASES=5 compute-sanitizer --error-exitcode 9 "$folder/differential" cuda
    # Rows meet in shared memory.
    run races compute-sanitizer --tool racecheck --error-exitcode 9 "$folder/cuda_rows"
else
    echo "compute-sanitizer is not here: skipped"
fi
run bench "$folder/bench-gpu"
cat "$folder/logs/bench.txt"
if python3 -c "import numpy" 2> /dev/null; then
    run compare python3 "$folder/gpu_compare.py" "$folder/logs/bench.txt"
    cat "$folder/logs/compare.txt"
else
    echo "no NumPy for python3: the comparison with peers is skipped"
fi
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
