"""All defects, and each by its name."""

from __future__ import annotations

from conformance.defects import (
    access_token,
    access_token_claims,
    access_token_keys,
    authorization,
    authorization_code,
    client_authentication,
    client_credentials,
    contract_ilert,
    contract_ilert_endpoints,
    contract_ilert_numbers,
    contract_ilert_tokens,
    deprecated_grants,
    implicit,
    introspection,
    lifetimes,
    metadata,
    metadata_authentication,
    metadata_documents,
    metadata_promises,
    pages,
    password_grant,
    pkce,
    redirect_uri,
    refresh,
    resource,
    resource_indicators,
    resource_tokens,
    response_types,
    revocation,
    robustness,
    robustness_requests,
    scope,
    sign_in,
    state_and_issuer,
    token_endpoint,
    token_response,
    transport,
    web_message,
)
from conformance.defects.record import Defect

ALL: tuple[Defect, ...] = (
    *redirect_uri.DEFECTS,
    *authorization.DEFECTS,
    *state_and_issuer.DEFECTS,
    *pkce.DEFECTS,
    *client_authentication.DEFECTS,
    *authorization_code.DEFECTS,
    *token_endpoint.DEFECTS,
    *token_response.DEFECTS,
    *web_message.DEFECTS,
    *client_credentials.DEFECTS,
    *deprecated_grants.DEFECTS,
    *implicit.DEFECTS,
    *response_types.DEFECTS,
    *password_grant.DEFECTS,
    *contract_ilert.DEFECTS,
    *contract_ilert_endpoints.DEFECTS,
    *contract_ilert_tokens.DEFECTS,
    *contract_ilert_numbers.DEFECTS,
    *access_token.DEFECTS,
    *access_token_claims.DEFECTS,
    *access_token_keys.DEFECTS,
    *resource.DEFECTS,
    *resource_indicators.DEFECTS,
    *resource_tokens.DEFECTS,
    *robustness.DEFECTS,
    *robustness_requests.DEFECTS,
    *lifetimes.DEFECTS,
    *refresh.DEFECTS,
    *revocation.DEFECTS,
    *introspection.DEFECTS,
    *metadata.DEFECTS,
    *metadata_authentication.DEFECTS,
    *metadata_documents.DEFECTS,
    *metadata_promises.DEFECTS,
    *pages.DEFECTS,
    *sign_in.DEFECTS,
    *scope.DEFECTS,
    *transport.DEFECTS,
)


def named(name: str) -> Defect:
    """The defect of this name; KeyError where there is none."""
    for defect in ALL:
        if defect.name == name:
            return defect
    raise KeyError(name)
