"""Shell words: what is printed comes back as it was, in a POSIX shell and by the rules of Windows."""

import shlex
import sys

import pytest

from dragonet.core import shell

WORDS = [
    "age",
    "cell line",
    "it's",
    'say "so"',
    "$HOME",
    "`x`",
    "a\\b",
    "ends in \\",
    "größe",
    "100%",
    "a&b",
    "a|b>c",
    "",
    "!x",
    "a=b",
    "x;y",
]


def split_as_windows_does(line):
    """The words of a command line as CommandLineToArgvW cuts it."""
    words, word, inside, i = [], None, False, 0
    while i < len(line):
        slashes = len(line[i:]) - len(line[i:].lstrip("\\"))
        if slashes and line[i + slashes : i + slashes + 1] == '"':
            word = (word or "") + "\\" * (slashes // 2)
            i += slashes
            if slashes % 2:
                word, i = word + '"', i + 1
        elif slashes:
            word, i = (word or "") + "\\" * slashes, i + slashes
        elif line[i] == '"':
            inside, word, i = not inside, word or "", i + 1
        elif line[i] == " " and not inside:
            words, word, i = [*words, word] if word is not None else words, None, i + 1
        else:
            word, i = (word or "") + line[i], i + 1
    return [*words, word] if word is not None else words


@pytest.mark.parametrize("word", WORDS)
def test_a_quoted_word_is_read_back(word):
    assert shlex.split(shell.joined(["dragonet", word, "x"], windows=False)) == ["dragonet", word, "x"]
    assert split_as_windows_does(shell.joined(["dragonet", word, "x"], windows=True)) == ["dragonet", word, "x"]


def test_plain_words_stay_plain_and_windows_gets_double_quotes():
    assert (
        shell.quoted("cell line", windows=True) == '"cell line"'
        and shell.quoted("cell line", windows=False) == "'cell line'"
    )
    assert shell.quoted(r"C:\data\a.csv", windows=True) == r"C:\data\a.csv"
    assert shell.quoted("x y") == shell.quoted("x y", windows=sys.platform == "win32")


def test_a_value_that_looks_like_an_option_is_joined_to_its_own():
    assert shell.option("--groups", "-x") == "--groups=-x" and shell.option("--groups", "x") == "--groups x"
