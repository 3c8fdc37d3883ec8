"""Login and consent pages of many shapes: layouts, languages, orders, decoys."""

from __future__ import annotations

from dataclasses import dataclass

DECOYS = """
<header><form role=search action="/search"><input type=search name=q placeholder="Search">
<button>Search</button></form><nav><a href="/">Home</a><a href="/signup">Sign up</a></nav></header>
<div id="cookie-banner" class="cookie-consent"><p>We use cookies.</p>
<button type=button>Accept all</button><button type=button>Reject all</button></div>
"""
FOOTER = """<footer><form action="/newsletter" method=post><input type=email name=email
placeholder="Your e-mail"><button>Subscribe</button></form><a href="/terms">Terms</a></footer>"""

SIGN_IN = {
    "en": ("User name", "Password", "Sign in", "Forgot your password?", "Create account"),
    "de": ("Benutzername", "Passwort", "Anmelden", "Passwort vergessen?", "Konto erstellen"),
    "fr": ("Identifiant", "Mot de passe", "Se connecter", "Mot de passe oublié ?", "S'inscrire"),
    "es": ("Usuario", "Contraseña", "Iniciar sesión", "¿Olvidó su contraseña?", "Crear una cuenta"),
    "it": ("Nome utente", "Password", "Accedi", "Password dimenticata?", "Crea un account"),
    "pt": ("Usuário", "Senha", "Entrar", "Esqueceu a senha?", "Criar conta"),
    "nl": ("Gebruikersnaam", "Wachtwoord", "Inloggen", "Wachtwoord vergeten?", "Registreren"),
    "pl": ("Nazwa użytkownika", "Hasło", "Zaloguj się", "Nie pamiętasz hasła?", "Załóż konto"),
    "ja": ("ユーザー名", "パスワード", "ログイン", "パスワードをお忘れですか", "新規登録"),
}


@dataclass(frozen=True)
class Login:
    """How a login page is laid out; {0} user, {1} password, {2} button, {3} forgot, {4} join."""

    name: str
    html: str
    user_field: str
    password_field: str


LOGINS = (
    Login(
        "labels and a button",
        """<form method=post action="/login"><input type=hidden name=csrf value=x>
        <label for=u>{0}</label><input id=u name=username>
        <label for=p>{1}</label><input id=p type=password name=password>
        <button type=submit>{2}</button></form><a href="/reset">{3}</a>""",
        "username",
        "password",
    ),
    Login(
        "nameless words, autocomplete and an input that submits",
        """<form method=post><input name=f1 autocomplete=username placeholder="{0}">
        <input name=f2 type=password autocomplete=current-password placeholder="{1}">
        <label><input type=checkbox name=keep> ...</label>
        <input type=submit value="{2}"></form>""",
        "f1",
        "f2",
    ),
    Login(
        "e-mail, links and a sign-up button first",
        """<form method=post><button type=button>{4}</button><a href="/reset">{3}</a>
        <input type=email name=email aria-label="{0}"><input type=password name=pw aria-label="{1}">
        <button type=button id=toggle-password>👁</button><button name=action value=login>{2}
        </button></form>""",
        "email",
        "pw",
    ),
    Login(
        "decoys all around",
        DECOYS
        + """<main><h1>{2}</h1><a role=button href="/social/1">{2} with Example</a>
        <form method=post><div><input name=user id=user></div><div><input type=password name=pass>
        </div><button type=submit name=cancel value=1>Cancel</button>
        <button type=submit>{2}</button></form></main>"""
        + FOOTER,
        "user",
        "pass",
    ),
    Login(
        "a registration form before it",
        """<form method=post action="/register"><input name=name><input name=email type=email>
        <input type=password name=new autocomplete=new-password><input type=password name=again>
        <button>{4}</button></form>
        <form method=post action="/login"><input name=login><input type=password name=password>
        <button>{2}</button></form>""",
        "login",
        "password",
    ),
    Login(
        "a honeypot and a hidden second form",
        """<div style="display: none"><form><input name=username><input type=password name=trap>
        <button>{2}</button></form></div>
        <form method=post><input name=website style="display:none"><input name=account>
        <input type=password name=secret><button>{2}</button></form>""",
        "account",
        "secret",
    ),
)

DECIDE = {
    "en": ("Demo wants to access your account", "Allow", "Deny"),
    "en-2": ("Demo would like to", "Authorize", "Cancel"),
    "en-3": ("Demo requests permission", "Yes, continue", "No, thanks"),
    "en-4": ("Demo requests permission", "Accept", "Don't allow"),
    "de": ("Demo möchte auf Ihr Konto zugreifen", "Zulassen", "Ablehnen"),
    "de-2": ("Demo bittet um Zugriff", "Zustimmen", "Nicht zulassen"),
    "fr": ("Demo souhaite accéder à votre compte", "Autoriser", "Refuser"),
    "fr-2": ("Demo souhaite accéder à votre compte", "Accepter", "Ne pas autoriser"),
    "es": ("Demo solicita acceso a su cuenta", "Permitir", "Denegar"),
    "it": ("Demo desidera accedere al tuo account", "Consenti", "Annulla"),
    "pt": ("Demo deseja acessar a sua conta", "Permitir", "Recusar"),
    "nl": ("Demo wil toegang tot uw account", "Toestaan", "Weigeren"),
    "pl": ("Demo chce uzyskać dostęp", "Zezwól", "Odmów"),
    "sv": ("Demo vill ha tillgång", "Tillåt", "Neka"),
    "ja": ("Demo がアクセスを求めています", "許可する", "拒否"),
    "ja-2": ("Demo がアクセスを求めています", "許可する", "許可しない"),
    "zh": ("Demo 请求访问权限", "允许", "不允许"),
    "ko": ("Demo 액세스 권한", "허용", "거부"),
    "ru": ("Demo просит доступ", "Разрешить", "Отклонить"),
}

CONSENTS = {
    "two buttons": """<form method=post><input type=hidden name=csrf value=x><button name=d value=1>
        {1}</button><button name=d value=2>{2}</button></form>""",
    "deny first": "<form method=post><button>{2}</button><button>{1}</button></form>",
    "inputs": """<form method=post><input type=submit name=cancel value="{2}">
        <input type=submit name=allow value="{1}"></form>""",
    "two forms": """<form method=post action="/a"><button>{1}</button></form>
        <form method=post action="/b"><button>{2}</button></form>""",
    "deny is a link": """<form method=post><button>{1}</button></form>
        <a href="/interaction/1/abort">{2}</a>""",
    "links that are buttons": """<ul><li>profile</li></ul><a role=button href="/x">{2}</a>
        <a role=button href="/y">{1}</a>""",
    "buttons without a form": """<div role=dialog><button type=button>{2}</button>
        <button type=button>{1}</button></div>""",
    "scope boxes, decoys": DECOYS
    + """<main><form method=post><label><input type=checkbox name=scope value=a> a</label>
        <label><input type=checkbox name=scope value=b checked> b</label>
        <label><input type=checkbox name=remember> Remember this decision</label>
        <button>{1}</button><button>{2}</button></form></main>"""
    + FOOTER,
}
