"""Names of claims and members: registered ones, personal ones, and those that anyone would use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_REGISTERED = """
iss sub aud exp nbf iat jti name given_name family_name middle_name nickname preferred_username
profile picture website email email_verified gender birthdate zoneinfo locale phone_number
phone_number_verified address updated_at azp nonce auth_time at_hash c_hash acr amr sub_jwk cnf
sip_from_tag sip_date sip_callid sip_cseq_num sip_via_branch orig dest mky events toe txn rph
sid vot vtm attest origid act scope client_id may_act jcard at_use_nbr div opt vc vp sph
ace_profile cnonce exi roles groups entitlements token_introspection ueid sueids oemid hwmodel
hwversion oemboot dbgstat location eat_profile submods uptime bootcount bootseed dloas swname
swversion manifests measurements measres intuse cdniv cdnicrit cdniip cdniuc cdniets cdnistt
cdnistd sig_val_claims authorization_details verified_claims place_of_birth nationalities
birth_family_name birth_given_name birth_middle_name salutation title msisdn also_known_as htm
htu ath atc sub_id rcd rcdi crn msgi rdap_allowed_purposes rdap_dnt_allowed geohash
active username token_type cti resource permissions
"""

REGISTERED = frozenset(_REGISTERED.split())
"""Registered JWT claims and introspection members (RFC 7519, 10.1; RFC 7662, 3.1)."""

_GENERIC = """
id uid user userid user_id login account accountid account_id person subject subjectid client
clientid app appid application issuer audience scopes role group right rights permission tenant
tenantid tenant_id organization type kind status valid expires expiry expiration expires_at
expires_in issued issued_at created created_at data info attributes metadata custom context mail
phone birthday level
"""

GENERIC = frozenset(_GENERIC.split())
"""Names that two systems would use for different things, or differently for the same one."""

_OF_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": (
        *("name", "given_name", "family_name", "middle_name", "nickname", "picture", "gender"),
        *("birthdate", "birthday", "date_of_birth"),
    ),
    "email": ("email", "mail", "e_mail", "email_address"),
    "phone": ("phone_number", "phone", "mobile", "msisdn"),
    "address": ("address", "street_address", "postal_address"),
}


def unregistered_and_generic(names: Iterable[str]) -> list[str]:
    """The names that are not registered, and not told apart from those of other systems."""
    return sorted(
        name
        for name in names
        if name not in REGISTERED and name.lower().replace("-", "_") in GENERIC
    )


def personal(members: Mapping[str, object], scope: frozenset[str]) -> list[str]:
    """The members that are personal data which no scope of the token stands for.

    The scopes are those of OpenID Connect Core, 5.4: who was granted one was meant to see them.
    """
    return sorted(
        name
        for word, names in _OF_SCOPE.items()
        if word not in scope
        for name in names
        if members.get(name)
    )
