# Shared by the `findings` scripts of the profiles: what does not conform, shown with curl.
#
#     findings ISSUER [CHECK…]      shows all, or these; exits with 1 where one was not shown
#     findings --list               names them
#
# A script sources this file, defines a function for each finding, named as the check that found
# it, and ends with `findings`. A function sends requests with `send`, and ends with `shown`,
# followed by a command that succeeds where the server does what the finding says. How a user gets
# through the pages is the server's own: the script defines `approve` for it.
# Needs bash, curl and Python 3.11 or newer.

set -uo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)"
issuer="${1-}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
: > "$scratch/body"

# RFC 7636, appendix B.
verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM

# A new session: no cookies.
new_session() { rm -f "$scratch/cookies"; }

# The cookies of the browser; a client has none of them, and says `local jar=client`.
jar=cookies

# send CURL_ARGUMENTS…: one exchange, printed; sets `status`.
send() {
    printf '$ curl'
    printf ' %q' "$@"
    printf '\n'
    : > "$scratch/body"
    status="$(curl --silent --show-error --globoff --path-as-is --max-time 20 \
        --cookie "$scratch/$jar" --cookie-jar "$scratch/$jar" \
        --dump-header "$scratch/head" --output "$scratch/body" --write-out '%{http_code}' "$@")"
    tr -d '\r' < "$scratch/head" | grep -iE '^(HTTP/|location:|www-authenticate:|content-type:)'
    if [[ "$(header content-type)" == text/html* ]]; then
        parse '" ".join(re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", text, flags=re.S).split())[:200]'
    else
        printf '%s\n' "$(head -c 1000 "$scratch/body" | tr -d '\0')"
    fi
}

# header NAME: its value in the last answer.
header() { tr -d '\r' < "$scratch/head" | sed -n "s/^$1: *//Ip" | head -1; }

# Whether the last answer has a header of that name, or a body with these words.
has_header() { tr -d '\r' < "$scratch/head" | grep -qi "^$1:"; }
has_words() { grep -qiF -- "$1" "$scratch/body"; }

# parse PROGRAM [ARGUMENTS…]: runs a line of Python, with the last body as `text`.
parse() {
    python3 - "$scratch/body" "$@" << 'PROGRAM'
import base64, html, json, re, sys, tomllib
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urljoin, urlsplit
text = Path(sys.argv[1]).read_text("utf-8", "replace")
program, arguments = sys.argv[2], sys.argv[3:]
print(eval(program))
PROGRAM
}

# member NAME: a member of the last JSON answer, empty where there is none.
member() { parse 'json.loads(text).get(arguments[0], "")' "$1" 2> /dev/null; }

# claim NAME: a claim of the last access token.
claim() {
    parse 'json.loads(base64.urlsafe_b64decode(json.loads(text)["access_token"].split(".")[1] + "=="))
.get(arguments[0], "")' "$1" 2> /dev/null
}

# field NAME: the value of an input of the last page, in whichever order its attributes stand.
field() {
    parse 'next((html.unescape((re.search(r"value=[\"\x27]([^\"\x27]*)", one) or [0, ""])[1])
for one in re.findall(r"<input[^>]*>", text)
if re.search(rf"name=[\"\x27]{re.escape(arguments[0])}[\"\x27]", one)), "")' "$1"
}

# action: where the first form of the last page is sent, as an absolute URL; argument: its page.
action() {
    parse 'urljoin(arguments[0], html.unescape(re.search(r"<form[^>]*action=[\"\x27]([^\"\x27]*)", text)[1]))' "$1"
}

# parameter NAME: of the query or the fragment of the last Location.
parameter() {
    parse '(lambda url: parse_qs(url.query + "&" + url.fragment).get(arguments[1], [""])[0])(urlsplit(arguments[0]))' \
        "$(header location)" "$1"
}

# follow: while the last answer sends the browser on within the server's host, go there.
# `location` is the URL of the last page that was met.
follow() {
    local target
    while target="$(header location)" && [ -n "$target" ]; do
        target="$(parse 'urljoin(arguments[0], arguments[1])' "$location" "$target")"
        [[ "$target" == "$(origin "$issuer")"/* || "$target" == http://127.0.0.1:* ]] || break
        location="$target"
        send "$location"
    done
}

origin() { parse 'urlsplit(arguments[0]).scheme + "://" + urlsplit(arguments[0]).netloc' "$1"; }

# client ROLE KEY: what profile.toml says of the client; user NUMBER KEY: of the user.
client() { setting 'next(one[arguments[1]] for one in data["clients"] if one["role"] == arguments[2])' "$2" "$1"; }
user() { setting 'data["users"][int(arguments[2]) - 1][arguments[1]]' "$2" "$1"; }
redirect_uri() { setting 'next(one["redirect_uris"][0] for one in data["clients"] if one["role"] == arguments[1])' "$1"; }
setting() {
    parse "(lambda data: $1)(tomllib.loads(Path(arguments[0]).read_text()))" "$here/profile.toml" "${@:2}"
}

# endpoint NAME: what the metadata says, for example `endpoint token_endpoint`.
endpoint() {
    local named
    named="$(setting 'data["server"].get(arguments[1], "")' "$1")"
    if [ -n "$named" ]; then
        parse 'urljoin(arguments[0], arguments[1])' "$issuer" "$named"
        return
    fi
    if [ ! -f "$scratch/metadata" ]; then
        local host path
        host="$(origin "$issuer")"
        path="${issuer#"$host"}"
        curl --silent --show-error --fail --max-time 20 --output "$scratch/metadata" \
            "$host/.well-known/oauth-authorization-server${path%/}" 2> /dev/null ||
            curl --silent --show-error --max-time 20 --output "$scratch/metadata" \
                "$issuer/.well-known/openid-configuration"
    fi
    parse 'json.loads(Path(arguments[0]).read_text())[arguments[1]]' "$scratch/metadata" "$1"
}

# ask ROLE [NAME=VALUE…]: an authorization request as the profile says. A value replaces what is
# usual, an empty one leaves it out; `+NAME=VALUE` adds one, whatever is there.
ask() {
    local role="$1" one words=() added=()
    shift
    local -A asked=(
        [response_type]=code [client_id]="$(client "$role" client_id)"
        [redirect_uri]="$(redirect_uri "$role")" [scope]="$(client "$role" scope)"
        [state]=af0ifjsldkj [code_challenge]="$challenge" [code_challenge_method]=S256
    )
    while IFS='=' read -r one value; do
        [ -z "$one" ] || asked[$one]="$value"
    done < <(setting '"\n".join(f"{name}={value}" for one in data["clients"]
if one["role"] == arguments[1] for name, value in one.get("authorization_parameters", {}).items())' "$role")
    for one in "$@"; do
        case "$one" in
            +*) added+=(--data-urlencode "${one#+}") ;;
            *) asked[${one%%=*}]="${one#*=}" ;;
        esac
    done
    for one in response_type client_id redirect_uri scope state code_challenge code_challenge_method "${!asked[@]}"; do
        [ -z "${asked[$one]-}" ] || words+=(--data-urlencode "$one=${asked[$one]}")
        unset "asked[$one]"
    done
    location="$(endpoint authorization_endpoint)"
    send --get "$location" -H 'Accept: text/html' "${words[@]}" "${added[@]}"
}

# redeem ROLE [CURL_ARGUMENTS…]: a token request with the code of the last redirect, without a
# redirect URI. `tokens ROLE [NAME=VALUE…]`: a whole flow; sets `access_token`, `refresh_token`.
redeem() {
    ask_token "$1" -d grant_type=authorization_code -d code="$(parameter code)" -d code_verifier="$verifier" "${@:2}"
}
tokens() {
    ask "$@"
    approve
    redeem "$1" --data-urlencode redirect_uri="$(redirect_uri "$1")"
    access_token="$(member access_token)"
    refresh_token="$(member refresh_token)"
}

# refresh ROLE TOKEN [CURL_ARGUMENTS…]: a refresh.
refresh() { ask_token "$1" -d grant_type=refresh_token --data-urlencode refresh_token="$2" "${@:3}"; }

# ask_token ROLE CURL_ARGUMENTS…: a token request with the authentication of the profile;
# ask_at ENDPOINT ROLE CURL_ARGUMENTS…: one to another endpoint.
ask_token() { ask_at token_endpoint "$@"; }
ask_at() {
    local jar=client words=() place="$1"
    shift
    case "$(setting 'next(one.get("token_endpoint_auth_method", "client_secret_basic" if "client_secret" in one else "none")
for one in data["clients"] if one["role"] == arguments[1])' "$1")" in
        none) words=(-d client_id="$(client "$1" client_id)") ;;
        client_secret_post)
            words=(-d client_id="$(client "$1" client_id)" --data-urlencode client_secret="$(client "$1" client_secret)") ;;
        *) words=(--user "$(basic "$1")") ;;
    esac
    send "$(endpoint "$place")" "${words[@]}" "${@:2}"
}

# basic ROLE: the credentials of the client as curl takes them after --user, encoded as RFC 6749,
# 2.3.1 wants it.
basic() { printf '%s:%s' "$(encoded "$(client "$1" client_id)")" "$(encoded "$(client "$1" client_secret)")"; }
encoded() { parse 'quote_plus(arguments[0])' "$1"; }

# shown COMMAND…: says whether the server did what the finding says.
shown() {
    if "$@"; then
        printf 'shown\n'
        return 0
    fi
    printf 'NOT SHOWN\n'
    return 1
}

findings() {
    local failed=0 name names=("${@:2}")
    [ ${#names[@]} -gt 0 ] || mapfile -t names < <(compgen -A function | grep -F .)
    if [ "$issuer" = --list ]; then
        printf '%s\n' "${names[@]}"
        return 0
    fi
    if [ -z "$issuer" ]; then
        printf 'findings: name the issuer of the running server, or --list\n' >&2
        return 2
    fi
    for name in "${names[@]}"; do
        if [ "$(type -t "$name")" != function ]; then
            printf 'findings: there is no %s; --list names them\n' "$name" >&2
            return 2
        fi
        printf '\n== %s\n' "$name"
        new_session
        "$name" || failed=1
    done
    return "$failed"
}
