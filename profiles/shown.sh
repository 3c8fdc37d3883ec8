# Shared by the `findings` scripts: what more than one server does, shown with curl.
#
# A script sources curl.sh and this file, says how its pages are filled in (`user_field`,
# `password_field`, `consent`), names what is shown here with `same CHECK…`, and defines functions
# of its own for the rest. A function here is named as its check, with `__` for the dot.

user_field=username
password_field=password
# What is sent with the consent form: NAME=VALUE…
consent=()

same() {
    local name
    for name in "$@"; do eval "$name() { ${name//./__}; }"; done
}

# form: where the first form of the last page is sent, then its hidden fields, one on a line.
form() {
    python3 - "$scratch/body" "$location" << 'PROGRAM'
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin


class Form(HTMLParser):
    action, fields, open = None, [], False

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form" and self.action is None:
            self.action, self.open = given.get("action") or "", True
        elif tag == "input" and self.open and given.get("type") == "hidden" and given.get("name"):
            self.fields.append(f"{given['name']}={given.get('value') or ''}")

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = False


page = Form()
page.feed(Path(sys.argv[1]).read_text("utf-8", "replace"))
if page.action is not None:
    print(urljoin(sys.argv[2], page.action), *page.fields, sep="\n")
PROGRAM
}

# submit NAME=VALUE…: sends the first form of the last page with these fields.
submit() {
    local one lines=() words=()
    mapfile -t lines < <(form)
    [ ${#lines[@]} -gt 0 ] || return 0
    for one in "${lines[@]:1}" "$@"; do words+=(--data-urlencode "$one"); done
    location="${lines[0]}"
    send "$location" -H "Origin: $(origin "$location")" "${words[@]}"
}

# approve [USER]: signs in where that is asked, consents where that is asked.
approve() {
    local who="${1:-1}"
    follow
    if grep -qiE 'type="?password' "$scratch/body"; then
        submit "$user_field=$(user "$who" username)" "$password_field=$(user "$who" password)"
        follow
    fi
    [ -n "$(header location)" ] || submit "${consent[@]}"
    follow
}

resource_url() { printf '%s%s' "$(origin "$issuer")" "$(setting 'data["resources"][0]["url"]')"; }
call() {
    local jar=client
    send "$(resource_url)" -H "Authorization: Bearer $1"
}
introspect() {
    local jar=client
    send --user "$(basic "${2:-resource-server}")" "$(endpoint introspection_endpoint)" -d token="$1" "${@:3}"
}
metadata_member() { parse 'json.loads(Path(arguments[0]).read_text()).get(arguments[1], "")' "$scratch/metadata" "$1"; }
two_scopes() { client confidential scope; }
first_scope() { set -- $(client confidential scope); printf '%s' "$1"; }
# granted: the last answer has an access token.
granted() { test "$status" = 200 && has_words access_token; }
code_came() { test -n "$(parameter code)"; }
# redeemed CURL_ARGUMENTS…: a whole token request, with more.
redeemed() {
    redeem confidential --data-urlencode redirect_uri="$(redirect_uri confidential)" "$@"
}
code_twice() {
    local code
    code="$(parameter code)"
    local request=(-d grant_type=authorization_code -d code="$code" -d code_verifier="$verifier"
        --data-urlencode redirect_uri="$(redirect_uri confidential)")
    ask_token confidential "${request[@]}"
    access_token="$(member access_token)"
    refresh_token="$(member refresh_token)"
    ask_token confidential "${request[@]}"
    ! granted
}

access_token__access_token_is_restricted_to_an_audience() {
    tokens confidential
    introspect "$access_token" "${1:-resource-server}"
    shown eval 'test "$(member active)" = True && ! has_words "\"aud\""'
}
authorization__empty_parameter_counts_as_omitted() {
    tokens confidential
    ask confidential scope= +scope=
    approve
    shown test "$(parameter error)" = invalid_scope
}
authorization__empty_state_is_not_echoed() {
    ask confidential state= +state=
    approve
    shown eval '[[ "$(header location)" == *state=* ]]'
}
authorization__error_description_is_printable() {
    tokens confidential
    ask confidential scope='no"such\scope'
    approve
    shown eval '[[ "$(parameter error_description)" == *[\"\\]* ]]'
}
authorization__error_is_not_redirected_before_sign_in() {
    ask confidential response_type=unknown
    follow
    shown test -n "$(parameter error)"
}
authorization__error_is_sent_to_the_client() {
    tokens confidential
    ask confidential +scope="$(first_scope)"
    follow
    shown eval 'test "$status" = 400 && ! has_header location'
}
authorization__repeated_parameter_is_an_invalid_request() {
    tokens confidential
    ask confidential +scope="$(first_scope)"
    approve
    shown test "$(parameter error)" != invalid_request
}
authorization__repeated_parameter_is_refused() {
    ask confidential +state=another
    approve
    shown code_came
}
authorization_code__replayed_code_revokes_the_access_token() {
    ask confidential
    approve
    code_twice || return 1
    call "$access_token"
    shown test "$status" = 200
}
client_authentication__failed_basic_is_challenged() {
    ask confidential
    approve
    send --user "$(client confidential client_id):wrong" "$(endpoint token_endpoint)" \
        -d grant_type=authorization_code -d code="$(parameter code)" -d code_verifier="$verifier" \
        -d client_id="$(client confidential client_id)" --data-urlencode redirect_uri="$(redirect_uri confidential)"
    shown eval 'test "$status" = 401 && [[ "$(header www-authenticate)" != Basic* ]]'
}
client_authentication__other_client_id_in_the_body_is_refused() {
    ask confidential
    approve
    redeemed -d client_id="$(client confidential-2 client_id)"
    shown granted
}
client_authentication__two_methods_at_once_are_refused() {
    ask confidential
    approve
    redeemed --user "$(basic confidential)" -d client_id="$(client confidential client_id)" \
        --data-urlencode client_secret="$(client confidential client_secret)"
    shown granted
}
client_authentication__basic_credentials_are_form_decoded() {
    send --user "$(basic encoded-secret)" "$(endpoint token_endpoint)" -d grant_type=refresh_token -d refresh_token=another
    test "$(member error)" = invalid_client || return 1
    send --user "$(client encoded-secret client_id):$(client encoded-secret client_secret)" \
        "$(endpoint token_endpoint)" -d grant_type=refresh_token -d refresh_token=another
    shown test "$(member error)" = invalid_grant
}
cross_origin__endpoint_allows_no_credentials_to_any_origin() {
    send "$(endpoint jwks_uri)" -H 'Origin: https://attacker.example'
    shown eval 'test "$(header access-control-allow-origin)" = https://attacker.example &&
        test "$(header access-control-allow-credentials)" = true'
}
introspection__other_client_is_told_nothing() {
    tokens confidential
    introspect "$access_token" confidential-2
    shown test "$(member active)" = True
}
introspection__wrong_hint_makes_no_difference() {
    tokens confidential
    introspect "$access_token" resource-server -d token_type_hint=refresh_token
    shown test "$(member active)" = False
}
login__forms_are_answered_with_303() {
    ask confidential
    follow
    submit "$user_field=$(user 1 username)" "$password_field=$(user 1 password)"
    shown test "$status" = 302
}
# Of the consent form, where the login form is the application's.
consent_form_is_answered_with_302() {
    ask confidential
    follow
    submit "$user_field=$(user 1 username)" "$password_field=$(user 1 password)"
    follow
    submit "${consent[@]}"
    shown test "$status" = 302
}
pages__every_page_has_a_policy() {
    ask confidential
    follow
    shown eval 'test "$status" = 200 && ! has_header content-security-policy'
}
pkce__malformed_challenge_is_refused() {
    ask confidential code_challenge=short
    approve
    shown code_came
}
pkce__malformed_verifier_is_refused() {
    # base64url(SHA-256("short")), RFC 7636, 4.2.
    local verifier=short
    tokens confidential code_challenge=-bAHi131ltLqGQEMABu9AJ5lHeLFfo-341XzHrnT9zk
    shown granted
}
pkce__missing_method_is_not_read_as_s256() {
    tokens confidential code_challenge_method=
    shown granted
}
pkce__plain_is_refused() {
    ask confidential code_challenge_method=plain code_challenge="$verifier"
    approve
    shown code_came
}
profile_resources__resource_demands_its_scope() {
    tokens confidential scope="$(parse '" ".join(one for one in arguments[0].split() if one != arguments[1])' \
        "$(two_scopes)" "$(setting 'data["resources"][0]["scope"]')")"
    call "$access_token"
    shown test "$status" = 200
}
redirect_uri__any_loopback_port_is_taken() {
    ask native redirect_uri=http://127.0.0.1:49152/callback
    shown eval 'test "$status" = 400 && ! has_header location'
}
redirect_uri__altered_redirect_uri_is_refused() {
    ask confidential redirect_uri=https://CLIENT.example/callback
    approve
    shown code_came
}
refresh__narrowed_refresh_keeps_the_grant() {
    tokens confidential
    local narrow
    narrow="$(parse '" ".join(arguments[0].split()[:-1])' "$(two_scopes)")"
    refresh confidential "$refresh_token" --data-urlencode scope="$narrow"
    refresh confidential "$(member refresh_token)" --data-urlencode scope="$(two_scopes)"
    shown test "$(member error)" = invalid_scope
}
refresh_rotation__reuse_ends_the_family() {
    tokens confidential
    local newest
    refresh confidential "$refresh_token"
    newest="$(member refresh_token)"
    refresh confidential "$refresh_token"
    ! granted || return 1
    refresh confidential "$newest"
    shown granted
}
resource__challenge_without_token_has_no_error() {
    send "$(resource_url)"
    shown eval '[[ "$(header www-authenticate)" == *error=* ]]'
}
resource__malformed_header_is_an_invalid_request() {
    send "$(resource_url)" -H 'Authorization: Bearer one two'
    shown test "$status" = 401
}
resource__request_without_token_is_challenged() {
    send "$(resource_url)"
    shown eval 'test "$status" = 401 && ! has_header www-authenticate'
}
resource_transmission__token_sent_in_two_ways_is_refused() {
    tokens confidential
    send "$(resource_url)?access_token=$access_token" -H "Authorization: Bearer $access_token"
    shown test "$status" = 200
}
# Several tries: it depends on the moment.
refresh_rotation__refresh_token_is_used_once_by_simultaneous_requests() {
    local try one words
    for try in {1..30}; do
        tokens confidential
        words=(--user "$(basic confidential)" -d grant_type=refresh_token --data-urlencode refresh_token="$refresh_token")
        printf '$ curl, eight times at once, %s' "$(endpoint token_endpoint)"
        printf ' %q' "${words[@]:2}"
        printf '\n'
        local targets=()
        for one in 1 2 3 4 5 6 7 8; do targets+=(--output "$scratch/race.$one" "$(endpoint token_endpoint)"); done
        curl --silent --no-progress-meter --max-time 20 --parallel --parallel-immediate "${words[@]}" "${targets[@]}"
        [ "$(grep -l access_token "$scratch"/race.* | wc -l)" -lt 2 ] || break
    done
    shown test "$(grep -l access_token "$scratch"/race.* | wc -l)" -gt 1
}
revocation__foreign_token_is_refused() {
    tokens confidential
    ask_at revocation_endpoint confidential-2 -d token="$access_token"
    test "$status" = 200 || return 1
    call "$access_token"
    shown test "$status" = 200
}
revocation__unknown_hint_is_ignored() {
    tokens confidential
    ask_at revocation_endpoint confidential -d token="$refresh_token" -d token_type_hint=unknown
    shown test "$status" != 200
}
token_request__empty_parameter_counts_as_omitted() {
    ask_token confidential -d grant_type=authorization_code -d code= -d code_verifier="$verifier" \
        --data-urlencode redirect_uri="$(redirect_uri confidential)"
    shown test "$(member error)" = invalid_grant
}
token_request__error_description_is_printable() {
    ask_token confidential --data-urlencode grant_type='bo"gus'
    shown eval '[[ "$(member error_description)" == *\"* ]]'
}
token_request__missing_parameter_is_an_invalid_request() {
    ask_token confidential -d code=another -d code_verifier="$verifier"
    shown test "$(member error)" = unsupported_grant_type
}
token_request__repeated_parameter_is_refused() {
    ask confidential
    approve
    redeemed -d code="$(parameter code)"
    shown granted
}
token_request__unknown_grant_type_is_unsupported() {
    ask_token confidential -d grant_type=unknown
    shown test "$(member error)" = invalid_request
}
token_response__response_is_not_stored() {
    tokens confidential
    shown eval 'granted && ! has_header cache-control'
}
token_response__response_has_pragma() {
    tokens confidential
    shown eval 'granted && ! has_header pragma'
}
