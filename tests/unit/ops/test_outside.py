"""Links of the documents that leave docs/."""

from types import SimpleNamespace

import pytest

from ops.reference.outside import base, on_page_content, on_page_markdown


@pytest.fixture
def site(tmp_path):
    docs = tmp_path / "docs"
    (docs / "guide").mkdir(parents=True)
    (docs / "index.md").touch()
    (tmp_path / "pipeline.yaml").touch()
    page = SimpleNamespace(file=SimpleNamespace(src_uri="guide/a.md", dest_uri="guide/a.html"))
    return {"page": page, "config": {"docs_dir": str(docs), "site_dir": str(tmp_path / "build" / "docs")}}


@pytest.mark.parametrize(
    ("link", "marked"),
    [
        ("../../pipeline.yaml", "repository:pipeline.yaml"),
        ("../../nowhere.yaml", "../../nowhere.yaml"),
        ("../index.md", "../index.md"),
        ("https://example.com/", "https://example.com/"),
    ],
)
def test_only_files_outside_of_docs_are_marked(site, link, marked):
    assert on_page_markdown(f"[a]({link})", **site) == f"[a]({marked})"


def test_a_built_page_leads_to_the_file(site, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    html = on_page_content('<a href="repository:pipeline.yaml">a</a>', **site)
    assert html == '<a href="../../../pipeline.yaml">a</a>'


def test_a_page_that_a_workflow_builds_leads_to_github():
    environment = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c"}
    assert base(environment, "..") == "https://github.com/a/b/blob/c"
