#!/bin/sh
# Fetches NVRTC and nvJitLink, which need no GPU, into a folder that is kept, and prints what to set:
#   eval "$(tests/cuda_libraries.sh)" && ONDINE_REQUIRE_NVRTC=1 cargo test --test nvrtc
set -eu
folder=${ONDINE_CUDA_WHEELS:-${XDG_CACHE_HOME:-$HOME/.cache}/ondine-cuda-wheels}
if [ ! -e "$folder/nvidia/cu13/lib/libnvrtc.so.13" ] || [ ! -e "$folder/nvidia/cu13/lib/libnvJitLink.so.13" ]; then
    mkdir -p "$folder"
    "${PYTHON:-python3}" -m pip install --quiet --no-deps --upgrade --target "$folder" \
        nvidia-cuda-nvrtc==13.0.88 nvidia-nvjitlink==13.0.88 >&2
fi
echo "export ONDINE_CUDA_LIBS=$folder/nvidia/cu13/lib"
