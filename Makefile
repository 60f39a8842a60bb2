# `make demo`: from a bare Debian machine to a trained GCN. `make test`: the same set-up, then every test.
# Everything else is in CMakePresets.json.
.PHONY: demo test build setup

# Where a CUDA compiler is found: for this machine's card alone, or for the newest generation where there is none.
CUDAARCHS ?= $(or $(shell nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -d .),90)
export CUDAARCHS

demo: build/release/build.ninja
	cmake --build --preset release --target weft
	build/release/bin/weft train debian --recipe dgl-gcn --epochs 100 --runs 3

test: build/release/build.ninja
	cmake --build --preset release
	ctest --preset release

build/release/build.ninja: CMakePresets.json | setup
	cmake --preset release

setup:
	@.ci/setup
