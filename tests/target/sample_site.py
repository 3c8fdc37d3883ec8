"""A small authorization site for the tests of the user agents: pages of many shapes, no OAuth."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from flask import Flask, Response, make_response, redirect, request

from conformance.protocol.totp import totp

CALLBACK = "https://client.example/callback"
USERNAME = "alice"
PASSWORD = "correct horse battery"
KEY = "JBSWY3DPEHPK3PXP"

LOGIN = """<!doctype html><title>Sign in</title><h1>Welcome</h1>{message}
<form method=post action="{action}"><input type=hidden name=csrf value="t0ken-of-the-form">
<label>User name <input name=username></label>
<label>Password <input type=password name=password></label>
<label><input type=checkbox name=remember> Keep me signed in</label>
<button name=go value=1>Sign in</button> <a href="/forgot">Forgot password?</a></form>"""

CONSENT = """<!doctype html><title>Permission</title><h1>Demo wants to access your account</h1>
<form method=post action="consent"><input type=hidden name=csrf value="t0ken-of-the-form">
<label><input type=checkbox name=scope value=profile> See your profile</label>
<button name=decision value=deny>Cancel</button>
<button name=decision value=allow>Allow</button></form>"""


@dataclass
class Site:
    """What the site does; `seen` are the requests that came, as (method, path)."""

    two_steps: bool = False
    scripted: bool = False
    landing: str = "redirect"
    factor: str = ""
    """The shared key (base32) of a second factor that is asked for after the password."""
    factor_page: str = "code"
    """The page that asks for it: one field, or one for each digit."""
    seen: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    posted: list[dict[str, list[str]]] = field(default_factory=list)

    def app(self) -> Flask:
        app = Flask(__name__)
        app.before_request(self._note)
        app.add_url_rule("/authorize", view_func=self._authorize, methods=["GET", "POST"])
        app.add_url_rule("/login", view_func=self._login, methods=["GET", "POST"])
        app.add_url_rule("/code", view_func=self._code, methods=["GET", "POST"])
        app.add_url_rule("/consent", view_func=self._consent, methods=["GET", "POST"])
        app.add_url_rule("/page/<name>", view_func=self._page)
        app.add_url_rule("/spa", view_func=self._spa)
        app.add_url_rule("/spa/login", view_func=self._spa_login, methods=["POST"])
        app.wsgi_app = self._sending_away(app.wsgi_app)  # type: ignore[method-assign]
        return app

    def _sending_away(self, inner: Any) -> Any:
        """`/to?to=…`: a redirect whose Location is sent as it was given, byte by byte."""

        def app(environ: dict[str, Any], start_response: Any) -> Any:
            if environ["PATH_INFO"] != "/to":
                return inner(environ, start_response)
            self.seen.append(("GET", "/to"))
            target = parse_qs(environ["QUERY_STRING"])["to"][0]
            start_response("302 Found", [("Location", target.encode().decode("latin-1"))])
            return [b""]

        return app

    def _note(self) -> None:
        self.seen.append((request.method, request.path))
        self.headers.append(dict(request.headers))
        self.posted.append(request.form.to_dict(flat=False))

    def _authorize(self) -> Response:
        if request.values.get("client_id") == "unknown":
            return make_response("<title>Error</title><p>Unknown client", 400)
        if request.cookies.get("session") != "signed-in":
            return redirect("/login?" + urlencode(request.values))
        if request.cookies.get("agreed") == "yes":
            return self._answer(code="c0de-0123456789", state=request.values.get("state", ""))
        return redirect("/consent?" + urlencode(request.values), 303)

    def _login(self) -> Response:
        form = request.form
        if request.method == "GET" or (self.two_steps and "password" not in form):
            if not self.two_steps:
                return make_response(LOGIN.format(action=request.full_path, message=""))
            known = form.get("username")
            if known not in (None, USERNAME):
                return make_response("<p>Unknown account" + _STEP_1.format(request.full_path))
            page = _STEP_1 if known is None else _STEP_2
            return make_response(page.format(request.full_path))
        right = form["password"] == PASSWORD
        if not right or (not self.two_steps and form["username"] != USERNAME):
            message = "<p role=alert>Wrong user name or password.</p>"
            return make_response(LOGIN.format(action=request.full_path, message=message))
        if form.get("csrf", "t0ken-of-the-form") != "t0ken-of-the-form":
            return make_response("Forbidden", 403)
        if self.factor:
            return redirect("/code?" + urlencode(request.args), 303)
        return self._signed_in()

    def _code(self) -> Response:
        now = time.time()
        given = "".join(request.form.getlist("otp"))
        if given in [totp(self.factor, at) for at in (now, now - 30)]:
            return self._signed_in()
        target = f'method=post action="{request.full_path}"'
        return make_response(PAGES[self.factor_page].replace("method=post", target))

    def _signed_in(self) -> Response:
        answer = redirect("/authorize?" + urlencode(request.args), 303)
        answer.set_cookie("session", "signed-in", secure=True, httponly=True, samesite="Lax")
        return answer

    def _consent(self) -> Response:
        if request.cookies.get("session") != "signed-in":
            return make_response("Forbidden", 403)
        if request.method == "GET":
            script = _CONSENT_BY_SCRIPT if self.scripted else CONSENT
            return make_response(script.replace('"consent"', f'"{request.full_path}"'))
        state = request.args.get("state", "")
        if request.form["decision"] != "allow":
            return self._answer(error="access_denied", state=state)
        if request.form.getlist("scope") != ["profile"]:
            return make_response("<title>Error</title><p>No scope was ticked", 400)
        answer = self._answer(code="c0de-0123456789", state=state)
        answer.set_cookie("agreed", "yes")
        return answer

    def _answer(self, **parameters: str) -> Response:
        callback = request.values.get("redirect_uri", CALLBACK)
        match self.landing:
            case "fragment":
                return redirect(f"{callback}#{urlencode(parameters)}", 302)
            case "form":
                fields = "".join(
                    f'<input type=hidden name="{name}" value="{value}">'
                    for name, value in parameters.items()
                )
                return make_response(
                    f"<body onload='document.forms[0].submit()'><form method=post"
                    f' action="{callback}">{fields}</form>'
                )
            case "script":
                url = f"{callback}?{urlencode(parameters)}"
                return make_response(f"<script>location.replace('{url}')</script>")
            case "refresh":
                url = f"{callback}?{urlencode(parameters)}"
                return make_response(f'<meta http-equiv="refresh" content="0; url={url}">')
        return redirect(f"{callback}?{urlencode(parameters)}", 302)

    def _spa(self) -> Response:
        return make_response(_SPA)

    def _spa_login(self) -> Response:
        given = request.get_json()
        if given.get("password") is None:
            return make_response({"next": "password"})
        if given != {"username": USERNAME, "password": PASSWORD}:
            return make_response({"message": "That password is not right."}, 401)
        answer = make_response({"next": "/consent?state=s1"})
        answer.set_cookie("session", "signed-in")
        return answer

    def _page(self, name: str) -> Response:
        answer = make_response(PAGES[name])
        if name == "protected":
            answer.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        return answer


_STEP_1 = (
    "<title>Sign in</title><form method=post action='{}'><input name=username"
    " autocomplete=username><button>Next</button></form>"
)
_STEP_2 = (
    "<title>Sign in</title><form method=post action='{}'><p>alice</p><input type=password"
    " name=password><button>Sign in</button></form>"
)
_CONSENT_BY_SCRIPT = """<!doctype html><title>Demo</title><div id=app></div><script>
setTimeout(() => {
  document.getElementById('app').innerHTML = `<h1>Demo wants to access your account</h1>
    <label><input type=checkbox id=profile> See your profile</label>
    <button type=button data-say=deny>Cancel</button>
    <button type=button data-say=allow>Allow</button>`;
  for (const button of document.querySelectorAll('button')) button.onclick = () => {
    const form = document.createElement('form');
    form.method = 'post'; form.action = "consent";
    const add = (n, v) => { const i = document.createElement('input'); i.name = n; i.value = v;
      form.append(i); };
    add('decision', button.dataset.say);
    if (document.getElementById('profile').checked) add('scope', 'profile');
    document.body.append(form); form.submit();
  };
}, 200);
</script>"""

_SPA = """<!doctype html><title>Demo</title><div id=app>Loading</div><script>
const app = document.getElementById('app');
let username = null;
const call = async (password) => {
  const answer = await fetch('/spa/login', { method: 'POST',
    headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(
    { username, password }) });
  const said = await answer.json();
  if (said.next === 'password') return ask('password', 'Password', 'password');
  if (said.next) { location.assign(said.next); return; }
  document.getElementById('say').textContent = said.message;
};
const ask = (type, label, name) => {
  app.innerHTML = `<h1>Sign in</h1><div role=alert id=say></div>
    <input type=${type} aria-label="${label}" id=${name}><div role=button tabindex=0>Help</div>
    <button type=button disabled>Continue</button>`;
  const field = document.getElementById(name);
  const button = app.querySelector('button');
  field.oninput = () => { button.disabled = !field.value; };
  button.onclick = () => {
    if (name === 'username') username = field.value;
    call(name === 'password' ? field.value : undefined);
  };
};
setTimeout(() => ask('text', 'User name', 'username'), 400);
</script>"""

PAGES = {
    "scroll": "<h1>Demo wants to access your account</h1><form action=/consent?state=s1"
    " method=post><div id=terms style='height: 60px; overflow-y: scroll'>"
    "<p style='height: 600px'>Terms.</div>"
    "<input type=hidden name=scope value=profile><button name=decision value=deny>No</button>"
    "<button name=decision value=allow id=yes disabled>Allow</button></form><script>"
    "terms.onscroll = () => { if (terms.scrollTop > 400) yes.disabled = false; }</script>",
    "covered": "<h1>Demo wants to access your account</h1><div class=cookie-banner style='position:"
    "fixed; inset: 0; background: white'>We use cookies. <button>Accept all</button></div>"
    "<form action=/consent?state=s1 method=post><input type=hidden name=scope value=profile>"
    "<button name=decision value=deny>No</button><button name=decision value=allow>Allow</button>"
    "</form>",
    "protected": "<title>Protected</title><p>Hello.",
    "empty": "<title>Nothing</title><p>Hello.",
    "busy": "<title>Busy</title><p>Hello.<script>while (true) {}</script>",
    "words": "<title>Oops</title><h1>Something went wrong</h1><p>invalid_request: redirect_uri",
    "signed-out": "<p>You have been logged out.",
    "code": "<title>Verify</title><form method=post><label>Verification code"
    " <input name=otp autocomplete=one-time-code></label><button>Verify</button></form>",
    "mail": LOGIN.format(action="/login", message="").replace("name=user", "type=email name=user"),
    "digits": "<title>Check</title><p>Open your app.<form method=post>"
    + "<input name=otp inputmode=numeric maxlength=1>" * 6
    + "<button>Go on</button></form>",
    "captcha": "<title>One more step</title><div class=some-captcha></div>",
}
