"""What has to hold for the URLs and URIs of a profile."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance.profile.table import Table


def trouble_with_url(url: str, query: bool = True) -> str | None:
    """What keeps it from being an absolute http or https URL, as a sentence's end, or None."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return f'"{url}" is no URL'
    if parts.scheme not in ("http", "https") or not host:
        return f'"{url}" must be an http or https URL'
    if "#" in url or (not query and "?" in url):
        return f'"{url}" must have no {"fragment" if query else "query and no fragment"}'
    return None


def trouble_with_redirect_uri(uri: str) -> str | None:
    """What keeps it from being a redirect URI (RFC 6749, section 3.1.2) or None."""
    try:
        scheme = urlsplit(uri).scheme
    except ValueError:
        return f'"{uri}" is no URI'
    if not scheme:
        return f'"{uri}" is not absolute (RFC 6749, section 3.1.2)'
    if "#" in uri:
        return f'"{uri}" has a fragment (RFC 6749, section 3.1.2)'
    return None


def url_or_path(table: Table, key: str, required: bool = False) -> str | None:
    """An absolute URL, or a path on the host of the issuer."""
    url = table.text(key, required)
    if url is not None and not url.startswith("/") and (trouble := trouble_with_url(url)):
        table.problem(key, f"{key} {trouble}, or a path on the host of the issuer")
    return url
