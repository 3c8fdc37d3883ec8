// Serves @node-oauth/oauth2-server with the clients and users of the profile, in an Express application.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import { stringify } from 'node:querystring';

const require = createRequire(process.env.SERVER_PACKAGES);
const express = require('express');
const OAuth2Server = require('@node-oauth/oauth2-server');

const clients = new Map(JSON.parse(process.env.SERVER_CLIENTS).map((one) => [one.client_id, one]));
const users = new Map(JSON.parse(process.env.SERVER_USERS).map((one) => [one.username, one]));
const [resource] = JSON.parse(process.env.SERVER_RESOURCES);
const lifetimes = JSON.parse(process.env.SERVER_LIFETIMES);

const random = () => randomBytes(24).toString('base64url');

// What the library asks of the application that embeds it: clients, codes and tokens, all in memory.

const codes = new Map();
const accessTokens = new Map();
const refreshTokens = new Map();

function equal(one, other) {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const model = {
  // The authorization endpoint asks with null for the secret, the token endpoint with what was sent.
  async getClient(id, secret) {
    const found = clients.get(id);
    if (found === undefined) return false;
    if (secret !== null && !equal(secret ?? '', found.client_secret ?? '')) return false;
    return { id, grants: found.grant_types, redirectUris: found.redirect_uris ?? [], scope: found.scope.split(' ') };
  },
  async saveAuthorizationCode(code, client, user) {
    const saved = { ...code, client, user };
    codes.set(code.authorizationCode, saved);
    return saved;
  },
  getAuthorizationCode: async (code) => codes.get(code),
  revokeAuthorizationCode: async ({ authorizationCode }) => codes.delete(authorizationCode),
  async saveToken(token, client, user) {
    const saved = { ...token, client, user };
    accessTokens.set(token.accessToken, saved);
    if (token.refreshToken !== undefined) refreshTokens.set(token.refreshToken, saved);
    return saved;
  },
  getAccessToken: async (token) => accessTokens.get(token),
  getRefreshToken: async (token) => refreshTokens.get(token),
  revokeToken: async ({ refreshToken }) => refreshTokens.delete(refreshToken),
  async validateScope(_user, client, scope) {
    if (scope === undefined) return client.scope;
    return scope.every((one) => client.scope.includes(one)) && scope;
  },
  verifyScope: async (token, scope) => scope.every((one) => token.scope.includes(one)),
  getUserFromClient: async (client) => ({ username: client.id }),
  getUser: async (username, password) => signedIn(username, password) && { username },
};

function signedIn(username, password) {
  const user = users.get(username);
  return user !== undefined && typeof password === 'string' && equal(password, user.password);
}

const oauth = new OAuth2Server({
  model,
  authorizationCodeLifetime: lifetimes.code,
  accessTokenLifetime: lifetimes.access_token,
  refreshTokenLifetime: lifetimes.refresh_token,
  allowEmptyState: true,
  // A public client refreshes with its client_id alone; the model refuses others without their secret.
  requireClientAuthentication: { refresh_token: false },
});

// The pages, which the library leaves to the application.

const sessions = new Map();
const escaped = (text) => String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

function page(response, status, title, body) {
  response.status(status).set({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  });
  response.send(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}`);
}

function begin(response, content) {
  const id = random();
  sessions.set(id, { ...content, token: random() });
  response.cookie('session', id, { httpOnly: true, sameSite: 'lax' });
  return sessions.get(id);
}

function login(response, session, next, note = '') {
  page(response, 200, 'Log in', `${note}
    <form method="post" action="/login">
      <input type="hidden" name="token" value="${session.token}">
      <input type="hidden" name="next" value="${escaped(next)}">
      <p><label>Username <input name="username" autocomplete="username" required></label>
      <p><label>Password <input type="password" name="password" autocomplete="current-password" required></label>
      <p><button>Log in</button>
    </form>`);
}

function consent(response, session, parameters) {
  const ticket = random();
  session.asked = { ticket, parameters };
  const wanted = parameters.scope ? String(parameters.scope) : clients.get(parameters.client_id).scope;
  page(response, 200, 'Allow access?', `
    <p>${escaped(parameters.client_id)} wants to act for ${escaped(session.username)}, with
    <ul>${wanted.split(' ').map((one) => `<li>${escaped(one)}`).join('')}</ul>
    <form method="post" action="/consent">
      <input type="hidden" name="ticket" value="${ticket}">
      <button name="decision" value="allow">Allow</button>
      <button name="decision" value="refuse">Cancel</button>
    </form>`);
}

// The library checks the client and its redirect URI, then asks us who the user is.
class UserNeeded extends Error {}

async function authorize(request, response, parameters, user) {
  const answer = new OAuth2Server.Response({ headers: {} });
  const asked = new OAuth2Server.Request({ headers: request.headers, method: 'GET', query: parameters, body: {} });
  const handle = () => {
    if (user === undefined) throw new UserNeeded();
    return user;
  };
  try {
    await oauth.authorize(asked, answer, { authenticateHandler: { handle } });
  } catch (error) {
    if (error instanceof UserNeeded) throw error;
    if (answer.get('location') === undefined) {
      return page(response, error.code ?? 500, 'This request cannot be answered', `<p>${escaped(error.message)}`);
    }
  }
  return response.set('cache-control', 'no-store').redirect(answer.status, answer.get('location'));
}

const app = express();
app.disable('x-powered-by');
app.use(express.urlencoded({ extended: false }));
app.use((request, _response, next) => {
  request.body ??= {};
  const id = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  request.session = sessions.get(id);
  request.endSession = () => sessions.delete(id);
  next();
});

app.all('/authorize', async (request, response) => {
  const parameters = request.method === 'POST' ? { ...request.body } : { ...request.query };
  try {
    await authorize(request, response, parameters);
  } catch (error) {
    if (!(error instanceof UserNeeded)) throw error;
    if (request.session?.username !== undefined) return consent(response, request.session, parameters);
    return login(response, request.session ?? begin(response, {}), `/authorize?${stringify(parameters)}`);
  }
});

app.post('/login', (request, response) => {
  const { session, body: { token, username, password, next } } = request;
  if (session === undefined || token !== session.token) return page(response, 403, 'Log in again', '<p>The page is too old.');
  if (!signedIn(username, password)) return login(response, session, next, '<p role="alert">That is not right.');
  request.endSession();
  begin(response, { username });
  return response.redirect(303, /^\/(?!\/|\\)/.test(next) ? next : '/logout');
});

app.post('/consent', async (request, response) => {
  const { session, body: { ticket, decision } } = request;
  const asked = session?.asked;
  if (asked === undefined || ticket !== asked.ticket) return page(response, 403, 'Start again', '<p>The page is too old.');
  delete session.asked;
  const allowed = decision === 'allow' ? 'true' : 'false';
  return authorize(request, response, { ...asked.parameters, allowed }, { username: session.username });
});

app.get('/logout', ({ session }, response) => {
  if (session === undefined) return page(response, 200, 'Logged out', '<p>You are not logged in.');
  return page(response, 200, 'Log out?', `
    <form method="post" action="/logout">
      <input type="hidden" name="token" value="${session.token}"><button>Log out</button>
    </form>`);
});

app.post('/logout', (request, response) => {
  if (request.session !== undefined && request.body.token === request.session.token) request.endSession();
  return page(response, 200, 'Logged out', '<p>Good-bye.');
});

// The token endpoint and a protected resource: the library's answers, sent as they are.

function send(response, answer, status, body) {
  response.status(status).set(answer.headers);
  return response.json(body);
}

app.all('/token', async (request, response) => {
  const answer = new OAuth2Server.Response({ headers: {} });
  try {
    await oauth.token(new OAuth2Server.Request(request), answer);
    return send(response, answer, answer.status, answer.body);
  } catch (error) {
    return send(response, answer, error.code ?? 500, { error: error.name, error_description: error.message });
  }
});

app.all(resource.url, async (request, response) => {
  const answer = new OAuth2Server.Response({ headers: { 'cache-control': 'no-store' } });
  try {
    const scope = resource.scope.split(' ').slice(0, 1);
    const { user, client } = await oauth.authenticate(new OAuth2Server.Request(request), answer, { scope });
    return send(response, answer, 200, { sub: user.username, client_id: client.id });
  } catch (error) {
    return send(response, answer, error.code ?? 500, { error: error.name, error_description: error.message });
  }
});

app.use((error, request, response, _next) => {
  if (!(error.status < 500)) console.error(error);
  if (request.path === '/token') return response.status(error.status ?? 500).json({ error: 'invalid_request' });
  return page(response, error.status ?? 500, 'Something went wrong', '<p>This request cannot be answered.');
});

const server = app.listen(Number(process.env.SERVER_PORT), '127.0.0.1', (error) => {
  if (error) {
    console.error(`start: the server cannot listen: ${error.message}`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(`ready http://127.0.0.1:${server.address().port}\n`);
});

function stop() {
  server.close();
  server.closeAllConnections();
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
