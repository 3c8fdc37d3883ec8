"""What ilert's contract says about lifetimes and numbers and the dialect ilert does not do."""

from __future__ import annotations

from conformance.defects.record import Change, Defect, rule
from conformance.server.behaviours import resource_status

NUMBER = "contract-ilert-lifetimes-and-numbers"


def _defect(name: str, change: Change, *violates: str, kills: tuple[str, ...] = ()) -> Defect:
    return Defect(name, violates, change, dialect="ilert", kills=kills)


DEFECTS = (
    _defect(
        "ilert's codes live for an hour",
        rule(code_lifetime=3600),
        f"{NUMBER}-code-dies-after-two-minutes",
        "profile-lifetimes-code-dies",
        kills=("contract_ilert_lifetimes.code_dies_after_two_minutes",),
    ),
    _defect(
        "ilert's codes die after ten seconds",
        rule(code_lifetime=10),
        f"{NUMBER}-code-lives-two-minutes",
        "profile-lifetimes-code-lives",
        kills=("contract_ilert_lifetimes.code_lives_two_minutes",),
    ),
    _defect(
        "ilert's API does not look at exp",
        rule(access_token_leeway=None),
        f"{NUMBER}-access-token-dies-after-an-hour",
        "profile-lifetimes-access-token-dies",
        kills=("contract_ilert_lifetimes.access_token_dies_after_an_hour",),
    ),
    _defect(
        "ilert's API refuses access tokens after a minute",
        rule(access_token_leeway=-3540),
        f"{NUMBER}-access-token-lives-an-hour",
        "profile-lifetimes-access-token-lives",
        kills=("contract_ilert_lifetimes.access_token_lives_an_hour",),
    ),
    _defect(
        "ilert's refresh tokens never expire",
        rule(refresh_lifetime_is_kept=False),
        f"{NUMBER}-refresh-token-dies-after-a-year",
        "profile-lifetimes-refresh-token-dies",
        kills=("contract_ilert_lifetimes.refresh_token_dies_after_a_year",),
    ),
    _defect(
        "ilert does not count refresh tokens",
        rule(refresh_tokens_per_client_and_user=None),
        f"{NUMBER}-eleventh-refresh-token-revokes-the-oldest",
        kills=("contract_ilert_lifetimes.eleventh_refresh_token_revokes_the_oldest",),
    ),
    _defect(
        "ilert allows one refresh token",
        rule(refresh_tokens_per_client_and_user=1),
        f"{NUMBER}-ten-refresh-tokens-live",
        kills=("contract_ilert_lifetimes.ten_refresh_tokens_live_side_by_side",),
    ),
    _defect(
        "ilert allows nine refresh tokens",
        rule(refresh_tokens_per_client_and_user=9),
        f"{NUMBER}-ten-refresh-tokens-live",
        kills=("contract_ilert_lifetimes.ten_refresh_tokens_live_side_by_side",),
    ),
    _defect(
        "ilert answers 403 to an invalid token",
        rule(
            resource_status=lambda error: (
                403 if error == "invalid_token" else resource_status(error)
            )
        ),
        f"{NUMBER}-invalid-token-401",
        f"{NUMBER}-expired-token-401",
        kills=(
            "contract_ilert_lifetimes.expired_token_is_answered_with_401",
            "contract_ilert_lifetimes.invalid_token_is_answered_with_401",
        ),
    ),
    _defect(
        "ilert's refresh token ends with its access token",
        rule(refresh_lifetime=3600),
        f"{NUMBER}-refresh-after-expiry",
        "profile-lifetimes-refresh-token-lives",
        kills=("contract_ilert_lifetimes.client_goes_on_after_the_access_token_expired",),
    ),
)
