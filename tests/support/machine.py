"""What a measurement has to say about the machine it was made on."""

import json
import os
import pathlib
import platform


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def facts():
    return dict(
        cpu=cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        system=f"{platform.system()} {platform.release()}",
    )


def write_json(path, results):
    """The results of a measurement as a file, whose folder is made where it is not there."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def clean_environment(threads=None):
    """The environment of a measured process: no library is held back by a leftover variable."""
    environment = dict(os.environ)
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "WEFT_CACHE"):
        environment.pop(name, None)
    if threads:
        environment["OMP_NUM_THREADS"] = str(threads)
    return environment
