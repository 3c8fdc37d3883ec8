// Serves oidc-provider with the clients of the profile, and a protected resource beside it.

import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// Standard output is for the ready line alone; the library also speaks through these.
console.log = console.error;
console.info = console.error;

const packages = createRequire(process.env.SERVER_PACKAGES);
const load = (name) => import(pathToFileURL(packages.resolve(name)));
const { default: Provider } = await load('oidc-provider');
const jose = await load('jose');

const registered = JSON.parse(process.env.SERVER_CLIENTS);
const resources = JSON.parse(process.env.SERVER_RESOURCES);
const lifetimes = JSON.parse(process.env.SERVER_LIFETIMES);

const SCOPES = ['profile', 'api:read', 'api:write', 'other:read'];
const ALGORITHM = 'RS256';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), alg: ALGORITHM, use: 'sig', kid: randomUUID() };

// A client of the profile in the words of RFC 7591; one without grant types only authenticates.
function client({
  role, client_id, client_secret, private_key, token_endpoint_auth_method, redirect_uris, grant_types, scope,
  any_scope,
}) {
  const grants = grant_types ?? [];
  return {
    client_id,
    client_secret,
    client_name: client_id,
    application_type: role === 'native' ? 'native' : 'web',
    token_endpoint_auth_method: private_key === undefined ? token_endpoint_auth_method : 'private_key_jwt',
    jwks: private_key === undefined ? undefined : { keys: [createPublicKey(private_key).export({ format: 'jwk' })] },
    redirect_uris: redirect_uris ?? [],
    response_types: [
      ...(grants.includes('authorization_code') ? ['code'] : []),
      ...(grants.includes('implicit') ? ['id_token', 'code id_token'] : []),
    ],
    grant_types: grants,
    scope: any_scope ? undefined : scope,
  };
}

function configuration() {
  return {
    clients: registered.map(client),
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    scopes: ['openid', 'offline_access', ...SCOPES],
    claims: { profile: ['name'] },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
    pkce: { required: () => true },
    ttl: {
      AuthorizationCode: lifetimes.code,
      AccessToken: lifetimes.access_token,
      RefreshToken: lifetimes.refresh_token,
    },
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: { getResourceServerInfo: resourceServer(Provider) },
    },
  };
}

// RFC 8707: tokens for the resources of the profile are JWTs (RFC 9068), for any other there are none.
function resourceServer({ errors }) {
  return (_ctx, indicator) => {
    const found = resources.find(({ audience }) => audience === indicator);
    if (found === undefined) throw new errors.InvalidTarget();
    return {
      scope: found.foreign ? found.scope : SCOPES.filter((one) => !one.startsWith('other:')).join(' '),
      audience: indicator,
      accessTokenFormat: 'jwt',
      accessTokenTTL: lifetimes.access_token,
      jwt: { sign: { alg: ALGORITHM } },
    };
  };
}

// A protected resource: a token of this issuer for its audience, with its first scope (RFC 6750, 9068).
function protectedResource(issuer, resource) {
  const { kty, n, e, alg, use, kid } = key;
  const keys = jose.createLocalJWKSet({ keys: [{ kty, n, e, alg, use, kid }] });
  const [needed] = resource.scope.split(' ');
  const rules = { issuer, audience: resource.audience, algorithms: [ALGORITHM], typ: 'at+jwt' };

  return async (request, response) => {
    const answer = (status, body, challenge) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
      });
      response.end(JSON.stringify(body));
    };
    const refuse = (status, error, description, more = '') =>
      answer(
        status,
        { error, error_description: description },
        `Bearer realm="api", error="${error}", error_description="${description}"${more}`,
      );

    if (request.method !== resource.method) {
      response.setHeader('allow', resource.method);
      return answer(405, { error: 'method_not_allowed' });
    }
    const authorization = request.headers.authorization ?? '';
    if (!/^bearer(?: |$)/i.test(authorization)) {
      return answer(401, { error: 'unauthorized' }, 'Bearer realm="api"');
    }
    const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1];
    if (token === undefined) {
      return refuse(400, 'invalid_request', 'the Authorization header holds no bearer token');
    }
    let claims;
    try {
      // The library takes padding, which RFC 7515, 2 does not.
      if (token.includes('=')) throw new Error('padded');
      ({ payload: claims } = await jose.jwtVerify(token, keys, rules));
    } catch {
      return refuse(401, 'invalid_token', 'the access token is expired, malformed or not for this API');
    }
    if (!(claims.scope ?? '').split(' ').includes(needed)) {
      return refuse(403, 'insufficient_scope', 'the access token lacks a scope', `, scope="${needed}"`);
    }
    return answer(200, { sub: claims.sub, client_id: claims.client_id, scope: claims.scope });
  };
}

const server = createServer();

function stop() {
  server.close();
  server.closeAllConnections();
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

server.on('error', (error) => {
  console.error(`start: the server cannot listen: ${error.message}`);
  process.exitCode = 1;
});

server.listen(Number(process.env.SERVER_PORT), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration());
  const authorizationServer = provider.callback();
  const apis = new Map(resources.map((resource) => [resource.url, protectedResource(issuer, resource)]));
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url, issuer);
    return (apis.get(pathname) ?? authorizationServer)(request, response);
  });
  process.stdout.write(`ready ${issuer}\n`);
});
