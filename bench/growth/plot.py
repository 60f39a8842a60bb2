"""A logarithmic plot of one series as SVG, by hand."""

import html
import math

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 80, 24, 48, 64


def decades(low, high):
    """Ticks at 1, 2 and 5 times powers of ten, from one at or below `low` to one at or above `high`."""
    ticks = [m * 10.0**e for e in range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
             for m in (1, 2, 5)]
    first = max(t for t in ticks if t <= low * (1 + 1e-9))
    last = min(t for t in ticks if t >= high * (1 - 1e-9))
    return [t for t in ticks if first <= t <= last]


def short(number):
    """1200000 -> "1.2 M"."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def text(x, y, words, anchor="middle", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{html.escape(words)}</text>'


def log_plot(title, x_label, y_label, points):
    """`points`: (x, y) above 0, x ascending. A dashed line goes through the first one in proportion to x."""
    dashed = [(x, points[0][1] * x / points[0][0]) for x, _ in points]
    x_ticks = decades(points[0][0], points[-1][0])
    heights = [y for _, y in points + dashed]
    y_ticks = decades(min(heights), max(heights))

    def place(value, ticks, begin, end):
        span = math.log(ticks[-1] / ticks[0]) or 1.0
        return begin + (end - begin) * math.log(value / ticks[0]) / span

    def at(x, y):
        return (place(x, x_ticks, LEFT, WIDTH - RIGHT), place(y, y_ticks, HEIGHT - BOTTOM, TOP))

    def path(series):
        return " ".join("%.1f,%.1f" % at(x, y) for x, y in series)

    grid = 'stroke="#ddd" stroke-width="1"'
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="13" fill="#222">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           text(WIDTH / 2, 26, title, extra=' font-size="16"')]
    for tick in x_ticks:
        x, _ = at(tick, y_ticks[0])
        out.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" {grid}/>')
        out.append(text(x, HEIGHT - BOTTOM + 18, short(tick)))
    for tick in y_ticks:
        _, y = at(x_ticks[0], tick)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" {grid}/>')
        out.append(text(LEFT - 8, y + 4, f"{tick:g}", "end"))
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, x_label))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    out.append(text(22, middle, y_label, extra=f' transform="rotate(-90 22 {middle:.1f})"'))
    out.append(f'<polyline points="{path(dashed)}" fill="none" stroke="#888" stroke-dasharray="6 4"/>')
    out.append(f'<polyline points="{path(points)}" fill="none" stroke="#0b5fa5" stroke-width="2"/>')
    for x, y in points:
        px, py = at(x, y)
        out.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="#0b5fa5"/>')
    out.append(text(LEFT + 12, TOP + 20, "measured", "start", ' fill="#0b5fa5"'))
    out.append(text(LEFT + 12, TOP + 38, "in proportion (dashed)", "start", ' fill="#666"'))
    return "\n".join(out + ["</svg>", ""])
