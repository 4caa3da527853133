"""The report: all sections, words of strangers as text, no network, the same figures as the run, and how a browser shows it."""

import base64
import html
import re
import shlex
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dragonet import report
from dragonet.report import advice, confusing_rows, importance, performance, render, similar_sentences
from dragonet.report.sections import ReportData
from dragonet.studies import Question, Study

N = 150
EVIL = '<script>alert("x")</script> & $\\frac$ "quoted"'
MATH = "age $\\frac$"  # which matplotlib cannot read as mathematics


def evil_table():
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=(2, N))
    return pd.DataFrame(
        {
            EVIL: a,
            "b": b,
            "kind": draw.choice(["<b>bold</b>", "{{ 7 * 7 }}", "c"], N),
            "answer": np.where(a * b > 0, "<img src=x onerror=alert(1)>", "no"),
        }
    )


def made(folder, table, **question):
    path = folder / "own.csv"
    table.to_csv(path, index=False)
    study = Study.create(Question(str(path), **question), folder / "run")
    study.train(say=lambda line: None, verbose=0)
    return study, report.write(study).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    return made(tmp_path_factory.mktemp("evil"), evil_table(), target=("answer",), seeds=3, epochs=40)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    draw = np.random.default_rng(1)
    x = draw.normal(size=(N, 2))
    table = pd.DataFrame({"dose": x[:, 0], "age": x[:, 1], "pressure": 100 + 20 * x[:, 0] + draw.normal(size=N)})
    return made(tmp_path_factory.mktemp("numbers"), table, target=("pressure",), seeds=2, model="logistic")


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    draw = np.random.default_rng(2)
    x = draw.normal(size=(N, 2))
    table = pd.DataFrame(
        {
            "dose" * 60: x[:, 0],
            MATH: x[:, 1],
            "who": draw.integers(0, 30, N),
            "answer": np.where(x[:, 0] > 0, "yes", "no"),
            "secret": draw.normal(size=N),
        }
    )
    return made(
        tmp_path_factory.mktemp("plane"),
        table,
        target=("answer",),
        groups="who",
        drop=("secret",),
        columns={MATH: "number"},
        seeds=2,
        epochs=5,
    )


class Seen(HTMLParser):
    """The tags with their attributes, the headings, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)


def headings(text):
    return [html.unescape(found) for found in re.findall(r"<h2>(.*?)</h2>", text)]


def pictures(text):
    return [attributes for tag, attributes in Seen(text).tags if tag == "img"]


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_every_section_of_a_classification_is_there(evil):
    assert headings(evil[1]) == [
        "The data",
        "The ladder",
        "How the network learned",
        "What the model gets right",
        "The most confusing rows",
        "How sure it is, and how sure it should be",
        "How far an answer may be off",
        "Which columns it uses",
        "What to try next",
        "To do it again",
    ]


def test_numbers_have_their_own_sections_and_two_columns_a_plane(numbers, plane):
    assert "How sure it is, and how sure it should be" not in headings(numbers[1])
    assert any("over the truth" in one["alt"] for one in pictures(numbers[1]))
    assert "The model in the plane of its two columns" in headings(plane[1])


def test_the_answer_is_the_ladders_verdict_and_the_scores_are_its_table(evil):
    study, text = evil
    seen = "".join(Seen(text).text).replace("\u00a0", " ")
    assert study.ladder.verdict in seen and study.ladder.keeping in seen
    for scores in study.ladder.scores:
        assert f"{scores.mean():.3f}" in seen
    for sentence in study.ladder.noticed:
        assert sentence in seen
    assert "Each score is of answers to rows that the answering models had not learned from" in seen
    assert study.ladder.histories["mlp"][0].diagnose().verdict in seen


def test_the_score_table_has_a_column_a_model(evil):
    study, _ = evil
    table = render._scores(study.ladder)
    assert table.head == ("score", *study.ladder.rungs) and {len(row) for row in table.rows} == {5}
    held = {name: values for name, *values in table.rows}
    assert held["accuracy"] == [f"{scores.mean():.3f}" for scores in study.ladder.scores]
    assert held["ROC AUC"] == [f"{area.mean():.3f}" for area in study.ladder.figures["ROC AUC"]]


def test_sentences_that_differ_in_a_name_or_a_number_are_one_with_a_count():
    rows = [f"{n} of the 40 test rows {'is' if n == 1 else 'are'} equal to a training row." for n in range(1, 21)]
    cells = [f"'column {i}' has {i} cells that are no number." for i in range(1, 5)]
    said = similar_sentences.together([*rows, "Only once.", *cells, "Only once."])
    assert said == [
        f"{rows[0]} This was noticed 20 times, each time with other numbers.",
        "Only once.",
        f"{cells[0]} The same holds, with other numbers, for 'column 2', 'column 3' and 'column 4'.",
    ]
    assert similar_sentences.together(cells[:2]) == cells[:2] and similar_sentences.together([]) == []
    more = [f"'{i}' is odd." for i in range(5)] + ["So have 3 more columns."]
    others = [f"'{i}' has a limit." for i in range(2)] + ["So have 3 more columns."]
    assert similar_sentences.together(more + others) == [
        "'0' is odd. The same holds for '1', '2', '3' and '4'. So have 3 more columns.",
        "'0' has a limit.",
        "'1' has a limit. So have 3 more columns.",
    ]


def test_rows_of_wide_tables_show_as_many_columns_as_fit(evil):
    look = ReportData(evil[0].ladder, evil[0].id)
    assert confusing_rows.width("its probability", ["0.61"]) == 3 + len("probability")
    widths = [confusing_rows.width(name, look.x[name].iloc[:2].map(confusing_rows.cell)) for name in look.x.columns]
    for letters, n in ((5, 1), (sum(widths[:2]), 2), (sum(widths), 3)):
        names, kinds, cells = confusing_rows.first_cells(look, np.arange(2), letters)
        assert names == list(look.x.columns[:n]) and len(kinds) == n and {len(row) for row in cells} == {n}


def test_rates_are_counted_from_all_tested_rows(plane):
    study, _ = plane
    look = ReportData(study.ladder, study.id)
    table = performance.rates(look)
    truth, said = look.y, look.out.argmax(1)
    for j, row in enumerate(table.rows):
        assert row[1] == f"{(truth == j).sum()}"
        assert row[2] == f"{(said[truth == j] == j).mean():.3f}"


def test_confusing_rows_are_those_of_the_largest_loss(evil):
    study, _ = evil
    look = ReportData(study.ladder, study.id)
    table = confusing_rows.confusing(look)
    worst = np.argsort(look.out[np.arange(len(look.y)), look.y], kind="stable")
    assert [int(row[0].replace(",", "")) - 2 for row in table.rows] == look.test[
        worst[:8]
    ].tolist()  # the header is row 1
    assert table.head[:4] == ("row", "truth", "answer", "its probability")


def test_importance_is_of_models_that_had_not_learned_from_the_rows(evil):
    study, _ = evil
    look = ReportData(study.ladder, study.id)
    folds = importance._folds(look)
    assert len(folds) == study.ladder.splits.folds.count and sum(len(y) for _, y in folds) == len(study.rows)
    for split, (shuffled, y) in zip(study.ladder.splits.models, folds, strict=False):
        straight = np.repeat(np.arange(len(y))[:, None], 3, axis=1)
        answers = study.ladder.answers[study.ladder.kept].outputs[0, split.parts.test]
        np.testing.assert_allclose(shuffled.predict(straight), answers, rtol=1e-5, atol=1e-6)


def test_importance_shuffles_a_category_as_one_column(evil):
    study, _ = evil
    look = ReportData(study.ladder, study.id)
    shuffled = importance.Shuffled(look, look.model, np.arange(20))
    assert shuffled.names == [EVIL, "b", "kind"] and shuffled.table.shape[1] == 5
    straight = np.repeat(np.arange(20)[:, None], 3, axis=1)
    np.testing.assert_allclose(shuffled.predict(straight), look.model.predict(look.x.iloc[:20]), rtol=1e-5, atol=1e-6)
    turned = straight.copy()
    turned[:, 2] = turned[::-1, 2]
    rows = look.x.iloc[:20].copy()
    rows["kind"] = rows["kind"].to_numpy()[::-1]
    np.testing.assert_allclose(shuffled.predict(turned), look.model.predict(rows), rtol=1e-5, atol=1e-6)


def test_very_many_columns_have_importances_too(tmp_path):
    draw = np.random.default_rng(4)
    table = pd.DataFrame(draw.normal(size=(N, 90))).add_prefix("gene ").assign(kind=draw.choice(["a", "b"], N))
    table["answer"] = np.where(table["gene 50"] + (table["kind"] == "a") + 0.5 * draw.normal(size=N) > 0.5, "yes", "no")
    study, text = made(tmp_path, table, target=("answer",), seeds=1, model="logistic")
    seen = "".join(Seen(text).text)
    assert (
        "Which columns it uses" in headings(text)
        and "Of 91 columns the 30 with the largest weights in the linear model" in seen
    )
    (shown,) = [one["alt"] for one in pictures(text) if one["alt"].startswith("Permutation importance")]
    assert "the accuracy falls by gene 50" in shown
    shuffled = importance.Shuffled(ReportData(study.ladder, study.id), study.ladder.model, np.arange(20))
    some = shuffled.with_others(importance.strongest(study.ladder.model, shuffled.of, 30))
    assert len(some.names) == 31 and some.names[-1] == "the other 61 columns"
    assert {"gene 50", "kind"} < set(some.names)
    straight = np.repeat(np.arange(20)[:, None], 31, axis=1)
    turned = straight.copy()
    turned[:, -1] = turned[::-1, -1]  # only the others
    mixed = shuffled.table[::-1].copy()
    alone = [j for j, name in enumerate(study.ladder.model.encoder.names) if name.partition("=")[0] in some.names[:-1]]
    mixed[:, alone] = shuffled.table[:, alone]
    np.testing.assert_allclose(some.predict(turned), study.ladder.model.predict(mixed), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(
        some.predict(straight), shuffled.predict(np.repeat(np.arange(20)[:, None], 91, axis=1))
    )


def test_arrays_keep_the_names_of_their_columns(tmp_path):
    draw = np.random.default_rng(5)
    x = draw.normal(size=(N, 2))
    y = np.where(x[:, 0] + 0.3 * draw.normal(size=N) > 0, "up", "down")
    np.savez(tmp_path / "own.npz", x=x, y=y, columns=["BRCA1", "TP53"])
    study = Study.create(Question(str(tmp_path / "own.npz"), seeds=1, model="logistic"), tmp_path / "run")
    study.train(say=lambda line: None, verbose=0)
    text = report.write(study).read_text(encoding="utf-8")
    assert "from 2 columns of own.npz (BRCA1, TP53)" in text
    assert any(
        one["alt"].startswith("Permutation importance, the most important first: the accuracy falls by BRCA1")
        for one in pictures(text)
    )
    assert any("The plane of BRCA1 and TP53" in one["alt"] for one in pictures(text))


def test_a_doubt_stands_below_the_answer(tmp_path):
    draw = np.random.default_rng(6)
    answers = draw.choice(["sick", "fine"], N)
    code = np.where(answers == "sick", draw.integers(0, 9, N), draw.integers(9, 20, N))
    table = pd.DataFrame({"a": draw.normal(size=N), "icd": code, "answer": answers})
    study, text = made(tmp_path, table, target=("answer",), seeds=2, model="logistic")
    assert "Doubt." in text and study.ladder.without.verdict in html.unescape(text)
    assert "&#39;icd&#39; alone tells &#39;answer&#39;" in text
    assert "ask whether 'icd' would be known before the answer is" in advice.advice(study.ladder, None)[0]


def test_the_command_and_the_script_run_as_they_are_printed(tmp_path):
    draw = np.random.default_rng(7)
    folder = tmp_path / "my data"
    folder.mkdir()
    x = draw.normal(size=(N, 2))
    table = pd.DataFrame(
        {
            "the dose": x[:, 0],
            "zip": draw.integers(0, 4, N),
            "it's": x[:, 1],
            "-left": 1.5,
            "-who": np.repeat(np.arange(N // 5), 5),
            "$out come": np.where(x[:, 0] > 0, "yes", "no"),
        }
    )
    table.to_csv(folder / "own $file.csv", index=False)
    question = Question(
        str(folder / "own $file.csv"),
        target=("$out come",),
        groups="-who",
        drop=("-left",),
        columns={"zip": "category"},
        seeds=1,
        model="logistic",
    )
    study = Study.create(question, tmp_path / "run")
    study.train(say=lambda line: None, verbose=0)
    seen = html.unescape(report.write(study).read_text(encoding="utf-8"))
    command, script = re.findall(r"<pre><code>(.*?)</code></pre>", seen, re.DOTALL)
    assert command == question.command and script.strip() == question.script.strip()
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert study.ladder.verdict in ran.stdout and (tmp_path / "model.keras").is_file()
    words = shlex.split(command) if sys.platform != "win32" else None
    if words is not None:
        again = subprocess.run(
            [sys.executable, "-c", "from dragonet.cli.app import app; app()", *words[1:]],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=300,
            check=False,
        )
        assert again.returncode == 0 and study.ladder.verdict in again.stdout, again.stderr


def test_advice_goes_by_what_was_found(evil, plane):
    said = " ".join(advice.advice(evil[0].ladder, None))
    assert "gather" in said and "Before you rely on it" in said
    other = " ".join(advice.advice(plane[0].ladder, None))
    assert ("Take the" in other) != ("would be better takes more rows" in other)


def test_a_model_that_is_the_simplest_guess_has_no_plane_and_no_importance(tmp_path):
    draw = np.random.default_rng(3)
    table = pd.DataFrame(
        {"a": draw.normal(size=N), "b": draw.normal(size=N), "answer": draw.choice(["x", "y"], N, p=[0.7, 0.3])}
    )
    study, text = made(tmp_path, table, target=("answer",), seeds=4, epochs=5)
    assert study.ladder.kept == "majority"
    shown = set(headings(text))
    assert not {"Which columns it uses", "The model in the plane of its two columns", "The most confusing rows"} & shown


def test_pictures_of_a_folder_are_shown(tmp_path):
    draw = np.random.default_rng(4)
    for name, level in (("dark", 60), ("light", 180)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(15):
            pixels = np.clip(draw.normal(level, 20, (8, 8)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{i}.png")
    study = Study.create(Question(str(tmp_path / "photos"), seeds=1, epochs=1), tmp_path / "run")
    study.train(say=lambda line: None, verbose=0)
    text = report.write(study).read_text(encoding="utf-8")
    assert study.ladder.rungs[-1] == "cnn"
    assert study.ladder.kept == "majority" or "The most confusing pictures" in headings(text)
    picture = tmp_path / "photos" / "dark" / "0.png"
    assert study.predict(picture, say=lambda line: None).shape == (1, 2)


# --- words of strangers, and nothing from outside ---------------------------------------------------------------------


def test_names_and_cells_are_text_and_nothing_else(evil):
    seen = Seen(evil[1])
    assert {tag for tag, _ in seen.tags} <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "header",
        "section",
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "ol",
        "li",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "img",
        "pre",
        "code",
    }
    words = "".join(seen.text)
    assert EVIL in words and "{{ 7 * 7 }}" in words and "<img src=x onerror=alert(1)>" in words
    assert not any(name.startswith("on") for _, attributes in seen.tags for name in attributes)


def test_it_is_one_file_that_asks_for_nothing(evil, numbers):
    for _, text in (evil, numbers):
        for _, attributes in Seen(text).tags:
            for name in ("src", "href", "srcset", "action"):
                assert attributes.get(name, "data:").startswith("data:")
        assert "default-src 'none'" in text
        assert not re.search(r"url\(|@import", text)


def test_every_picture_can_be_read_and_is_told_in_words(evil, numbers, plane):
    for _, text in (evil, numbers, plane):
        for one in pictures(text):
            assert len(one["alt"]) > 30
            kind, _, held = one["src"].partition(";base64,")
            if kind == "data:image/svg+xml":
                assert ElementTree.fromstring(base64.b64decode(held)).tag.endswith("svg")
            else:
                assert base64.b64decode(held).startswith(b"\x89PNG")


def test_the_pictures_are_files_too_and_say_which_run_made_them(plane):
    study, text = plane
    names = {path.name for path in (study.folder / "pictures").iterdir()}
    assert names == {
        f"{name}.svg" for name in ("ladder", "loss", "accuracy", "confusion", "calibration", "importance", "regions")
    }
    assert f"dragonet run {study.id}" in (study.folder / "pictures" / "ladder.svg").read_text(encoding="utf-8")
    assert len(pictures(text)) == len(names)


def test_a_study_that_was_only_opened_has_nothing_to_report(plane):
    with pytest.raises(ValueError, match=r"report\.write needs a study that was trained by now"):
        report.write(Study.open(plane[0].folder))


def test_nothing_of_the_machine_is_told_but_its_kind(evil, tmp_path_factory):
    study, text = evil
    assert str(study.folder) not in text


# --- doing it again ---------------------------------------------------------------------------------------------------


def test_the_script_in_the_report_gives_the_same_bits(plane, tmp_path):
    study, text = plane
    command, script = (html.unescape(found) for found in re.findall(r"<pre><code>(.*?)</code></pre>", text, re.S))
    assert command.startswith("dragonet train ") and command.endswith(
        f"--target answer --groups who --drop secret --column '{MATH}=number' --seeds 2 --epochs 5"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    from dragonet.models import load_model

    again, then = load_model(tmp_path / "model.keras").get_weights(), study.model().get_weights()
    assert all(w.tobytes() == v.tobytes() for w, v in zip(again, then, strict=True))
    assert study.config["data"]["sha256"] in text and study.config["versions"]["jax"] in text


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (pip install playwright)")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if program is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [390, 1100, 1200])
@pytest.mark.parametrize("which", ["evil", "numbers", "plane"])
def test_a_browser_shows_it_without_scripts_and_nothing_sticks_out(browser, request, which, width):
    study, _ = request.getfixturevalue(which)
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((study.folder / "report.html").as_uri())
    assert said == [] and all(url.startswith(("file:", "data:")) for url in asked)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)")
    body = "parseFloat(getComputedStyle(document.querySelector('main p.question')).fontSize)"
    assert page.evaluate(body) >= 16
    assert page.evaluate("[...document.images].every(one => one.getBoundingClientRect().width > 200)")
    tables = "[...document.querySelectorAll('.wide')].filter(one => one.scrollWidth > one.clientWidth).length"
    assert width == 390 or page.evaluate(tables) == 0  # no table is cut off
    context.close()


def test_it_prints_on_paper(browser, evil):
    context = browser.new_context()
    page = context.new_page()
    page.goto((evil[0].folder / "report.html").as_uri())
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8
    context.close()
