"""Metadata in more than one form that do not agree: signed, and that of OpenID discovery."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import signed_by_itself
from conformance.server.keys import Keys, encode, signed_hs256, signing_input
from conformance.server.rules import Rules

SIGNED = rule(signed_metadata=signed_by_itself)
"""The server attests its own metadata."""

CONSISTENT = "rfc9068-4-metadata-consistent-with-openid-discovery"
DISCOVERY = "/.well-known/openid-configuration"


def with_discovery(rules: Rules) -> Rules:
    """The same metadata is published for OpenID Connect too."""
    return replace(rules, paths=replace(rules.paths, openid_discovery=DISCOVERY))


def _differing(**members: Callable[[Members], object]) -> Change:
    return rule(
        openid_discovery=lambda document: {
            **document,
            **{name: value(document) for name, value in members.items()},
        }
    )


def _unsigned(document: Members, _: Keys) -> str:
    return signing_input({"alg": "none"}, {**document, "iss": document["issuer"]}) + "."


def _by_another_key(document: Members, keys: Keys) -> str:
    header, claims, signature = signed_by_itself(document, keys).split(".")
    return ".".join((header, claims, encode(b"x" * (len(signature) * 3 // 4))))


def _without_iss(document: Members, keys: Keys) -> str:
    return signed_hs256({"alg": "HS256"}, document, keys)


def _nested(document: Members, keys: Keys) -> str:
    return signed_by_itself({**document, "signed_metadata": json.dumps(document)}, keys)


DEFECTS = (
    Defect(
        "signed_metadata with alg none",
        ("rfc8414-2.1-signed-metadata-signed",),
        rule(signed_metadata=_unsigned),
        base=SIGNED,
        kills=("metadata_signed.signed_metadata_is_signed",),
    ),
    Defect(
        "signed_metadata with a signature of no published key",
        ("rfc8414-2.1-signed-metadata-signed",),
        rule(signed_metadata=_by_another_key),
        base=SIGNED,
        kills=("metadata_signed.signed_metadata_is_verified_by_a_published_key",),
    ),
    Defect(
        "signed_metadata without iss",
        ("rfc8414-2.1-signed-metadata-iss",),
        rule(signed_metadata=_without_iss),
        base=SIGNED,
        kills=("metadata_signed.signed_metadata_names_who_attests_it",),
    ),
    Defect(
        "signed_metadata within signed_metadata",
        ("rfc8414-2.1-signed-metadata-not-nested",),
        rule(signed_metadata=_nested),
        base=SIGNED,
        kills=("metadata_signed.signed_metadata_does_not_hold_another",),
    ),
    Defect(
        "another issuer in OpenID discovery",
        (CONSISTENT,),
        _differing(issuer=lambda document: f"{document['issuer']}/openid"),
        base=with_discovery,
        kills=("metadata_document.both_documents_name_the_same_issuer",),
    ),
    Defect(
        "other keys in OpenID discovery",
        (CONSISTENT,),
        _differing(jwks_uri=lambda document: f"{document['issuer']}{DISCOVERY}", keys=lambda _: []),
        base=with_discovery,
        kills=("metadata_document.both_documents_lead_to_the_same_keys",),
    ),
    Defect(
        "another token endpoint in OpenID discovery",
        (CONSISTENT,),
        _differing(token_endpoint=lambda document: f"{document['issuer']}/openid/token"),
        base=with_discovery,
        kills=("metadata_document.both_documents_name_the_same_endpoint[token_endpoint]",),
    ),
)
