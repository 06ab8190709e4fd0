"""The builder against Hugo (and Pelican, where it is installed): the same thousand posts, in turn.

    python3 bench/site.py [--posts 1000] [--runs 5] [--python /usr/bin/python3]

Each makes a page a post, a home page, a section, tag pages, a feed and a sitemap. Hugo and Pelican
build from nothing; the builder does so too, and once more from a cold process after one post changed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import Figure, Run, command, compare, table

ROOT = Path(__file__).resolve().parents[1]
WORDS = (ROOT / "content" / "posts" / "what-runs-here.md").read_text().split("---")[2].split()

HUGO_SETTINGS = "baseURL: https://example.org/\ntitle: Bench\npaginate: 10\n"
HUGO_BASE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }} · {{ site.Title }}</title><meta name="description" content="{{ .Summary | plainify }}">
<link rel="canonical" href="{{ .Permalink }}"><link rel="stylesheet" href="/style.css"></head>
<body><header><a href="/">{{ site.Title }}</a><nav><a href="/posts/">Posts</a></nav></header>
<main>{{ block "main" . }}{{ end }}</main><footer><a href="/tags/">Tags</a></footer></body></html>
"""
HUGO_PAGE = """{{ define "main" }}<article><h1>{{ .Title }}</h1><p><time datetime="{{ .Date.Format "2006-01-02" }}">
{{ .Date.Format "2 January 2006" }}</time></p>{{ .Content }}
<ul>{{ range .Params.tags }}<li><a href="/tags/{{ . }}/">{{ . }}</a></li>{{ end }}</ul></article>
{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}{{ end }}
"""
HUGO_LIST = """{{ define "main" }}<h1>{{ .Title }}</h1>{{ .Content }}<ul>{{ range .Pages }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> <time>{{ .Date.Format "2 January 2006" }}</time></li>
{{ end }}</ul>{{ end }}
"""
HUGO_HOME = """{{ define "main" }}<h1>{{ .Title }}</h1>{{ range first 10 .Site.RegularPages }}
<p><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ .Summary | plainify }}</p>{{ end }}{{ end }}
"""
HUGO_FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{{ .Site.Title }}</title>
<link>{{ .Permalink }}</link>{{ range first 20 .Site.RegularPages }}<item><title>{{ .Title }}</title>
<link>{{ .Permalink }}</link><pubDate>{{ .Date }}</pubDate><description>{{ .Content | html }}</description></item>
{{ end }}</channel></rss>
"""


def write_post(folder: Path, number: int, chance: random.Random) -> None:
    """About 600 words with headings, a list, a quotation, emphasis, a link and code."""

    def words(count: int) -> str:
        return " ".join(chance.choice(WORDS).strip("*`|#") for _ in range(count))

    sections = "\n\n".join(
        f"## {words(4)}\n\n{words(70)} **{words(2)}** [{words(2)}](https://example.org/) `code`.\n\n"
        f"- {words(6)}\n- {words(6)}\n\n> {words(20)}\n\n```python\nprint({number})\n```\n\n{words(50)}."
        for _ in range(4)
    )
    day = f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}"
    front = f"---\ntitle: Post {number}\ndate: {day}\ntags: [tag{number % 20}, tag{number % 7}]\n---\n"
    (folder / f"post-{number:04}.md").write_text(f"{front}\n{sections}\n")


def prepare(folder: Path, posts: int) -> None:
    """The posts once, and each generator's settings around them."""
    chance = random.Random(1)
    content = folder / "content"
    (content / "posts").mkdir(parents=True)
    for number in range(posts):
        write_post(content / "posts", number, chance)
    layouts = folder / "layouts"
    (layouts / "_default").mkdir(parents=True)
    (folder / "config.yaml").write_text(HUGO_SETTINGS)
    (layouts / "_default" / "baseof.html").write_text(HUGO_BASE)
    (layouts / "_default" / "single.html").write_text(HUGO_PAGE)
    (layouts / "_default" / "list.html").write_text(HUGO_LIST)
    (layouts / "_default" / "rss.xml").write_text(HUGO_FEED)
    (layouts / "index.html").write_text(HUGO_HOME)


def contestants(folder: Path, python: str) -> dict[str, Run]:
    """Each starts from what its name says."""
    settings = {"PYTHONPATH": str(ROOT)}
    build = [python, "-m", "podpipe.web", "--once", "--content", str(folder / "content"), "--output"]
    first, edited = folder / "first", folder / "edited"
    subprocess.run([*build, str(edited)], check=True, env={**os.environ, **settings}, stderr=subprocess.DEVNULL)

    def afresh(output: Path, argv: list[str]) -> Run:
        run = command(argv, env=settings, cwd=str(folder))

        def start() -> tuple[float, float, float]:
            shutil.rmtree(output, ignore_errors=True)
            return run()

        return start

    def after_an_edit() -> tuple[float, float, float]:
        with (folder / "content" / "posts" / "post-0000.md").open("a") as post:
            post.write(f"\nEdited at {time.time()}.\n")
        return command([*build, str(edited)], env=settings)()

    runs = {
        "podpipe, one changed post": after_an_edit,
        "podpipe, everything": afresh(first, [*build, str(first)]),
        "Hugo, everything": afresh(folder / "public", ["hugo", "--quiet"]),
    }
    if shutil.which("pelican"):
        pelican = ["pelican", "--quiet", "--output", "pelican", "content"]
        runs["Pelican, everything"] = afresh(folder / "pelican", pelican)
    return runs


def ratios(figures: list[Figure]) -> str:
    """What was wanted and what was measured, in lines of Markdown."""
    by_name = {figure.name.partition(",")[0] + figure.name.partition(",")[2]: figure for figure in figures}
    hugo = by_name["Hugo everything"].wall
    full, edit = by_name["podpipe everything"], by_name["podpipe one changed post"]
    return (
        f"- everything: {full.wall / hugo:.2f}x Hugo's wall time (wanted: at most 4x), "
        f"{full.memory:.0f} MB (wanted: at most 120 MB)\n"
        f"- one changed post, from a cold process: {edit.wall / hugo:.2f}x (wanted: at most 0.3x)\n"
    )


def idle_memory(folder: Path, python: str) -> float:
    """Megabytes of the watching builder, at rest after its first build."""
    output = folder / "watched"
    argv = [python, "-m", "podpipe.web", "--content", str(folder / "content"), "--output", str(output)]
    watching = subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True)
    assert watching.stderr is not None
    try:
        watching.stderr.readline()
        time.sleep(1)
        status = Path(f"/proc/{watching.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024
    finally:
        watching.terminate()
        watching.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--python", default=sys.executable, help="runs the builder; /usr/bin/python3 has Debian's versions"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="podpipe-bench-") as name:
        folder = Path(name)
        prepare(folder, options.posts)
        # what one contestant left to be written must not be written in another one's time
        figures = compare(contestants(folder, options.python), runs=options.runs, between=os.sync)
        print(table(f"Site builder, {options.posts} posts", figures))
        print(ratios(figures))
        print(f"- the watching builder at rest: {idle_memory(folder, options.python):.0f} MB (wanted: at most 40 MB)")


if __name__ == "__main__":
    main()
