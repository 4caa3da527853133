"""The table and the picture of a race, from its .json file.

`python bench/report.py bench/results/<date>-race.json` writes them again.
"""

import json
import sys
from pathlib import Path
from statistics import median

from models import MODELS
from peers import CONTESTANTS

# Okabe and Ito's colours, which colour-blind eyes tell apart; ours are the two warm ones.
COLORS = {"dragonet": "#D55E00", "dragonet-xla": "#E69F00", "peer": "#0072B2", "reference": "#999999"}
VERDICTS = ("dragonet / fastest peer", "dragonet (XLA) / fastest peer", "dragonet / JAX's scan by hand")


def number(seconds):
    """Seconds with three digits that count: 0.0123, 1.25, 12.3."""
    return f"{seconds:.3g}" if seconds < 100 else f"{seconds:.0f}"


def spread(values):
    """The median, and the range in brackets where there is one."""
    middle = number(median(values))
    return middle if len(values) == 1 else f"{middle} ({number(min(values))} to {number(max(values))})"


def ratio(contestants, name, rivals):
    """A contestant's median over the fastest rival's: (ratio, its range over the turns, the rival), or None."""
    rivals = {name: contestants[name]["seconds"] for name in rivals if contestants.get(name, {}).get("seconds")}
    ours = contestants.get(name, {}).get("seconds")
    if not ours or not rivals:
        return None
    fastest = min(rivals, key=lambda name: median(rivals[name]))
    turns = [a / b for a, b in zip(ours, rivals[fastest], strict=False)]
    return median(ours) / median(rivals[fastest]), (min(turns), max(turns)), fastest


def rows_of(cells):
    """Markdown for a table, given its rows: the first one is its head."""
    head, *rest = ("| " + " | ".join(row) + " |" for row in cells)
    return [head, "|" + " --- |" * (head.count(" | ") + 1), *rest]


def publish(name, lines):
    """Write a page of results, and show it."""
    path = Path(__file__).parent / "results" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    print(path.read_text(encoding="utf-8"))


def verdicts(name, contestants):
    """The last cells of a model's column, two for each of VERDICTS: the ratio, and whether it is the goal's."""
    model = MODELS[name]
    peers = [key for key in contestants if CONTESTANTS[key].role == "peer"]
    whose = "PyTorch" if model.rivals else "the fastest"
    return [
        against(contestants, "dragonet", peers),
        judged(contestants, "dragonet", peers, model.native, "the fastest"),
        against(contestants, "dragonet-xla", peers),
        judged(contestants, "dragonet-xla", model.rivals or peers, model.goal, whose),
        against(contestants, "dragonet", ["jax-scan"]),
        judged(contestants, "dragonet", ["jax-scan"], model.scan, "the scan"),
    ]


def against(contestants, name, rivals):
    """A contestant's share of the fastest rival's time, its range, and the rival."""
    found = ratio(contestants, name, rivals)
    if not found:
        return "–"
    share, (least, most), rival = found
    return f"{share:.2f} ({least:.2f} to {most:.2f}), {title(rival)}"


def judged(contestants, name, rivals, goal, whose):
    """The goal, and "met" or the ratio that it is in truth."""
    if goal is None:
        return "–"
    found = ratio(contestants, name, rivals)
    said = f"{goal} of {whose}"
    return said if not found else f"{said}: {'met' if found[0] <= goal else f'{found[0]:.2f}'}"


def title(name):
    return CONTESTANTS[name].title


def table(result):
    """The race as Markdown."""
    models = result["models"]
    names = [name for name in CONTESTANTS if any(name in contestants for contestants in models.values())]
    notes, disturbed = [], []

    def cell(model, name):
        entry = models[model].get(name)
        if not entry:
            return ""
        if "skipped" in entry:
            notes.append(f"{title(name)} on {MODELS[model].title}: {entry['skipped']}.")
            return "–"
        return spread(entry["seconds"]) + (" †" if entry["one_turn"] else "")

    head = ["seconds an epoch", *map(title, names), *(cell for verdict in VERDICTS for cell in (verdict, "goal"))]
    times = [head]
    check = [["loss, accuracy (after epochs)", *map(title, names)]]
    first = [["seconds of the first turn (epochs)", *map(title, names)]]
    for model, contestants in models.items():
        label = MODELS[model].title
        times.append([label, *(cell(model, name) for name in names), *verdicts(model, contestants)])
        ran = [contestants[name] if contestants.get(name, {}).get("seconds") else None for name in names]
        turns = min((len(entry["loss"]) for entry in ran if entry and not entry["one_turn"]), default=1)
        check.append([f"{label} ({turns * MODELS[model].epochs})", *(quality(entry, turns) for entry in ran)])
        first.append([f"{label} ({MODELS[model].epochs})", *(number(e["first"]) if e else "–" for e in ran)])
        for name, entry in contestants.items():
            loud = sum(others > result["quiet"] for others in entry.get("others", ()))
            if loud:
                disturbed.append(f"{title(name)} on {label} {loud} of {len(entry['others'])}")
    if disturbed:
        notes.append(f"Turns that other programs disturbed: {'; '.join(disturbed)}.")
    if any(entry.get("one_turn") for contestants in models.values() for entry in contestants.values()):
        notes.append("† one turn only, with compiling: it takes too long to repeat.")
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return "\n".join(
        [
            "# The race",
            "",
            f"{result['date']}: {result['processor']}, {result['cores']} cores, {result['system']}; {result['threads']} "
            f"threads each, {result['rounds']} rounds (A B C A B C ...). Median seconds for one epoch after compilation, "
            "smallest and largest in brackets. Adam, shuffled, loss and accuracy tracked; MNIST's 60,000 images in "
            "batches of 32, where nothing else is said; the images of 32x32x3 are made up from MNIST's. All are given "
            "float32: pixels are converted before the clock starts.",
            "",
            *rows_of(zip(*times, strict=True)),
            "",
            *(f"- {note}" for note in notes),
            "",
            "Ratios: the medians'; in brackets the smallest and largest ratio of two turns side by side.",
            "",
            "![The race](race.png)",
            "",
            "## Did they train?",
            "",
            *rows_of(zip(*check, strict=True)),
            "",
            "## What the first turn took",
            "Its epochs are in brackets; compiling, and whatever else a library does once, is in it.",
            "",
            *rows_of(zip(*first, strict=True)),
            "",
            f"Versions: {versions}.",
            "",
        ]
    )


def quality(entry, turns):
    """Loss and accuracy of the last turn that everybody ran."""
    if not entry:
        return "–"
    last = min(turns, len(entry["loss"])) - 1
    loss, accuracy = entry["loss"][last], entry["accuracy"][last]
    return f"{loss:.3f}" + ("" if accuracy is None else f", {accuracy:.3f}") + (" †" if entry["one_turn"] else "")


def picture(result, path):
    """One panel a model, one bar a contestant, one logarithmic scale; whiskers from the fastest turn to the slowest."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = {
        model: {name: entry["seconds"] for name, entry in contestants.items() if entry.get("seconds")}
        for model, contestants in result["models"].items()
    }
    panels = {model: times for model, times in panels.items() if times}
    if not panels:
        return
    heights = [len(times) + 1 for times in panels.values()]
    everything = [median(seconds) for times in panels.values() for seconds in times.values()]
    figure, axes = plt.subplots(
        len(panels),
        sharex=True,
        squeeze=False,
        layout="constrained",
        figsize=(9, 0.27 * sum(heights) + 1.2),
        height_ratios=heights,
    )
    for ax, (model, times) in zip(axes[:, 0], panels.items(), strict=True):
        order = sorted(times, key=lambda name: median(times[name]))
        middles = [median(times[name]) for name in order]
        whiskers = [
            [middle - min(times[name]) for name, middle in zip(order, middles, strict=True)],
            [max(times[name]) - middle for name, middle in zip(order, middles, strict=True)],
        ]
        colors = [COLORS.get(name) or COLORS[CONTESTANTS[name].role] for name in order]
        ax.barh(range(len(order)), middles, color=colors, xerr=whiskers, error_kw={"elinewidth": 1, "capsize": 2})
        for place, name in enumerate(order):
            ax.text(max(times[name]) * 1.08, place, f"{number(middles[place])} s", va="center", fontsize=9)
        ax.set_yticks(range(len(order)), [title(name) for name in order], fontsize=9)
        for label, name in zip(ax.get_yticklabels(), order, strict=True):
            label.set_fontweight("bold" if CONTESTANTS[name].role == "ours" else "normal")
        ax.set_xscale("log")
        ax.set_xlim(min(everything) / 2, max(everything) * 3)
        ax.invert_yaxis()
        ax.set_title(MODELS[model].title, loc="left", fontsize=10, fontweight="bold")
        ax.spines[["top", "right"]].set_visible(False)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes[-1, 0].set_xlabel("seconds an epoch after compilation (median; whiskers: fastest to slowest turn)")
    figure.suptitle(f"{result['processor']}, {result['threads']} threads, {result['date']}", fontsize=10)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def read(path):
    """A race; in files from before the native engine, "dragonet" is what XLA ran."""
    result = json.loads(path.read_text(encoding="utf-8"))
    if "llvmlite" not in result["versions"]:
        for contestants in result["models"].values():
            if "dragonet" in contestants:
                contestants["dragonet-xla"] = contestants.pop("dragonet")
    return result


def write(path):
    """Write race.md and race.png beside the .json file."""
    result = read(path)
    (path.parent / "race.md").write_text(table(result), encoding="utf-8")
    picture(result, path.parent / "race.png")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
