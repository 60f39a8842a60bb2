"""From contestants to medians, ratios and tables, as text or as Markdown."""

import statistics
import sys

import machine


def summarise(contestants, **facts):
    """One row for each entry; `times_weft` is how many times Weft's seconds it took."""
    rows = {}
    for contestant in contestants:
        for name, seconds in contestant.seconds.items():
            rows[name] = dict(
                median_seconds=statistics.median(seconds),
                minimum_seconds=min(seconds),
                seconds=[round(s, 6) for s in seconds],
                versions=contestant.versions,
            )
            if getattr(contestant, "peak_bytes", 0):
                rows[name]["peak_bytes"] = contestant.peak_bytes
    if "weft" in rows:
        for row in rows.values():
            for kind in ("median", "minimum"):
                row[f"times_weft_{kind}"] = row[f"{kind}_seconds"] / rows["weft"][f"{kind}_seconds"]
    return dict(
        **facts,
        measured=dict(sorted(rows.items(), key=lambda item: item[1]["median_seconds"])),
        failed={c.name: c.failed for c in contestants if c.failed},
        machine=machine.facts(),
        command=" ".join(sys.argv),
    )


def seconds_text(seconds):
    return f"{seconds:.2f}" if seconds >= 1 else f"{seconds:.3g}"


def cells(name, row):
    ratios = [f"{row[key]:.1f}" if key in row else "" for key in ("times_weft_median", "times_weft_minimum")]
    times = [seconds_text(row["median_seconds"]), seconds_text(row["minimum_seconds"])]
    return [name, *times, *ratios, " ".join(f"{n} {v}" for n, v in row["versions"].items())]


HEAD = ["", "median s", "minimum s", "x Weft", "x (minimum)", "versions"]


def show(result, markdown):
    rows = [cells(name, row) for name, row in result["measured"].items()]
    print(f"**{result['title']}**\n" if markdown else result["title"])
    if markdown:
        for line in (HEAD, ["---"] * len(HEAD), *rows):
            print("| " + " | ".join(line) + " |")
        print()
    else:
        widths = [max(len(row[i]) for row in [HEAD, *rows]) for i in range(len(HEAD))]
        for row in (HEAD, *rows):
            numbers = "  ".join(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1]))
            print(f"{row[0].ljust(widths[0])}  {numbers}  {row[-1]}".rstrip())
    for name, reason in result["failed"].items():
        print(f"{name} did not run here: {reason}")
    for name, row in result["measured"].items():
        if "peak_bytes" in row:
            print(f"peak resident memory of {name}: {row['peak_bytes'] / 1e6:.0f} MB")
    print(f"{result['machine']['cpu']}, {result['machine']['cores']} cores, {result['threads']} threads\n")
