"""One server and one Chromium for all browser tests; a fresh tab for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser_visit import ARGUMENTS, PHONE, Site, Visit, find_chromium, served_page, visiting
from playwright.sync_api import Browser, expect, sync_playwright

expect.set_options(timeout=30_000)  # milliseconds; a build server may be slow


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with served_page() as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = find_chromium()
    if found is None:
        pytest.fail("Chromium が見つかりません。`apt-get install chromium` で入れてください")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    with visiting(browser, site) as visit:
        yield visit


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Visit]:
    with visiting(browser, site, size=PHONE) as visit:
        yield visit


@pytest.fixture
def english(browser: Browser, site: Site) -> Iterator[Visit]:
    with visiting(browser, site, locale="en-GB") as visit:
        yield visit
