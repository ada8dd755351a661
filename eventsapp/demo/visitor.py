"""A visitor of the running product: opens pages, follows links, sends forms, keeps cookies.

Knows no more than a browser does. `demo/play.py` plays the main job with it, and the bench signs
in with it. It never touches the database.
"""

from __future__ import annotations

from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

from eventsapp.demo.pages import Form, Page, Trouble, Values, read_page

PATIENCE = 120  # seconds for one answer


class Visitor:
    """One browser with cookies of its own. Redirects are followed."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.cookies = CookieJar()
        # The product is asked directly, also where the machine names a proxy for other sites.
        self._browser = build_opener(HTTPCookieProcessor(self.cookies), ProxyHandler({}))

    def open(self, address: str) -> Page:
        """Ask for a page by its address. Raises `Trouble` when it cannot be shown."""
        return self._asked(Request(urljoin(self.base_url, address)))

    def send(self, form: Form, values: Values | None = None, press: str = "") -> Page:
        """Fill in and send a form; `press` chooses a button by its name or its value.

        Raises `Trouble` when the product refuses it.
        """
        filled = form.filled(values or {})
        if press:
            filled += [button for button in form.buttons if press in button][:1]
        if form.method == "get":
            return self.open(f"{form.action.partition('?')[0]}?{urlencode(filled)}")
        request = Request(form.action, data=urlencode(filled).encode(), method="POST")
        request.add_header("Referer", form.action)
        return self._asked(request)

    def _asked(self, request: Request) -> Page:
        try:
            with self._browser.open(request, timeout=PATIENCE) as answer:
                is_html = answer.headers.get_content_type() == "text/html"
                return read_page(answer.url, answer.status, answer.read(), is_html=is_html)
        except HTTPError as refusal:
            page = read_page(refusal.url, refusal.code, refusal.read(), is_html=True)
            told = f" It says: {page.words[:300]}" if page.words else ""
            raise Trouble(f"{page.path} answered with status {page.status}.{told}") from refusal
        except OSError as fault:
            raise Trouble(
                f"Nothing answers at {self.base_url}. Start the product first: make run"
            ) from fault
