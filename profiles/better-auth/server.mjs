// Serves better-auth and its OAuth provider with the clients and users of the profile, in an Express application.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.env.SERVER_PACKAGES);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const express = require('express');
const { betterAuth } = await load('better-auth');
const { memoryAdapter } = await load('better-auth/adapters/memory');
const { toNodeHandler } = await load('better-auth/node');
const { jwt } = await load('better-auth/plugins');
const { oauthProvider } = await load('@better-auth/oauth-provider');

const clients = JSON.parse(process.env.SERVER_CLIENTS);
const users = JSON.parse(process.env.SERVER_USERS);
const lifetimes = JSON.parse(process.env.SERVER_LIFETIMES);

const app = express();
const server = createServer(app);
await new Promise((listening, refused) => {
  server.once('error', refused);
  server.listen(Number(process.env.SERVER_PORT), '127.0.0.1', listening);
}).catch((error) => {
  console.error(`start: the server cannot listen: ${error.message}`);
  process.exit(1);
});
const origin = `http://127.0.0.1:${server.address().port}`;

const tables = [
  'user', 'session', 'account', 'verification', 'jwks', 'oauthClient', 'oauthResource', 'oauthClientResource',
  'oauthRefreshToken', 'oauthAccessToken', 'oauthConsent', 'oauthClientAssertion',
];
const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString('base64url'),
  database: memoryAdapter(Object.fromEntries(tables.map((one) => [one, []]))),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  disabledPaths: ['/token'],
  plugins: [
    jwt(),
    oauthProvider({
      scopes: [...new Set(clients.flatMap((one) => one.scope.split(' ')))],
      loginPage: '/login',
      consentPage: '/consent',
      allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true,
      codeExpiresIn: lifetimes.code,
      accessTokenExpiresIn: lifetimes.access_token,
      refreshTokenExpiresIn: lifetimes.refresh_token,
    }),
  ],
});

// The clients and users of the profile, stored as the library stores its own.

const { adapter } = await auth.$context;
for (const one of clients) {
  const secret = one.client_secret && createHash('sha256').update(one.client_secret).digest('base64url');
  await adapter.create({
    model: 'oauthClient',
    data: {
      clientId: one.client_id,
      name: one.client_id,
      redirectUris: one.redirect_uris ?? [],
      scopes: one.scope.split(' '),
      clientCredentialsScopes: one.grant_types.includes('client_credentials') ? one.scope.split(' ') : [],
      grantTypes: one.grant_types,
      responseTypes: one.grant_types.includes('authorization_code') ? ['code'] : [],
      tokenEndpointAuthMethod: one.token_endpoint_auth_method,
      applicationType: one.role === 'native' ? 'native' : 'web',
      createdAt: new Date(),
      ...(secret && { clientSecret: secret }),
    },
  });
}
for (const { username, password } of users) {
  await auth.api.signUpEmail({ body: { email: username, password, name: username } });
}

// The pages, which the library leaves to the application: each form carries what only its browser has.

const escaped = (text) => String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
const query = (request) => request.originalUrl.split('?')[1] ?? '';

function page(response, status, title, body) {
  response.status(status).set({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  });
  response.send(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}`);
}

const cookie = (request) => /(?:^|; )form=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];

function form(request, response, action, body, asked = '') {
  const token = cookie(request) ?? randomBytes(24).toString('base64url');
  response.cookie('form', token, { httpOnly: true, sameSite: 'lax' });
  return `<form method="post" action="${action}">
    <input type="hidden" name="token" value="${escaped(token)}">
    <input type="hidden" name="asked" value="${escaped(asked)}">
    ${body}
  </form>`;
}

function genuine(request) {
  const [a, b] = [Buffer.from(cookie(request) ?? ''), Buffer.from(String(request.body?.token ?? ''))];
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}

function login(request, response, asked, note = '') {
  page(response, 200, 'Log in', `${note}${form(request, response, '/login', `
    <p><label>E-mail <input type="email" name="email" autocomplete="username" required></label>
    <p><label>Password <input type="password" name="password" autocomplete="current-password" required></label>
    <p><button>Log in</button>`, asked)}`);
}

// The library is asked what its own browser client would ask it.
function ask(request, path, body) {
  const headers = { cookie: request.headers.cookie ?? '', origin, ...(body && { 'content-type': 'application/json' }) };
  const method = body ? 'POST' : 'GET';
  return auth.handler(new Request(`${origin}/api/auth${path}`, { method, headers, body: body && JSON.stringify(body) }));
}

// What it answers to a page of the application: cookies, and where the browser goes next.
async function forward(response, answer) {
  for (const one of answer.headers.getSetCookie()) response.append('set-cookie', one);
  const { url } = await answer.json();
  return response.set('cache-control', 'no-store').redirect(303, url ?? '/');
}

app.disable('x-powered-by');
const posted = express.urlencoded({ extended: false });

app.get('/login', (request, response) => login(request, response, query(request)));

app.post('/login', posted, async (request, response) => {
  if (!genuine(request)) return page(response, 403, 'Log in again', '<p>The page is too old.');
  const { email, password, asked } = request.body;
  const answer = await ask(request, '/sign-in/email', { email, password, ...(asked && { oauth_query: asked }) });
  if (answer.ok) return forward(response, answer);
  if (answer.status === 401) return login(request, response, asked, '<p role="alert">That is not right.');
  return page(response, 400, 'Start again', '<p>This is not the page that was asked for.');
});

app.get('/consent', async (request, response) => {
  const session = await (await ask(request, '/get-session')).json();
  if (session === null) return page(response, 403, 'Log in again', '<p>The page is too old.');
  const wanted = String(request.query.scope ?? '').split(' ').filter(Boolean);
  return page(response, 200, 'Allow access?', `
    <p>${escaped(request.query.client_id)} wants to act for ${escaped(session.user.name)}, with
    <ul>${wanted.map((one) => `<li>${escaped(one)}`).join('')}</ul>
    ${form(request, response, '/consent', `
      <button name="decision" value="allow">Allow</button>
      <button name="decision" value="refuse">Cancel</button>`, query(request))}`);
});

app.post('/consent', posted, async (request, response) => {
  if (!genuine(request)) return page(response, 403, 'Start again', '<p>The page is too old.');
  const { decision, asked } = request.body;
  const answer = await ask(request, '/oauth2/consent', { accept: decision === 'allow', oauth_query: asked });
  if (answer.ok) return forward(response, answer);
  return page(response, 400, 'Start again', '<p>The page is too old.');
});

app.get('/logout', (request, response) => {
  page(response, 200, 'Log out?', form(request, response, '/logout', '<button>Log out</button>'));
});

app.post('/logout', posted, async (request, response) => {
  if (!genuine(request)) return page(response, 403, 'Start again', '<p>The page is too old.');
  const answer = await ask(request, '/sign-out', {});
  for (const one of answer.headers.getSetCookie()) response.append('set-cookie', one);
  return page(response, 200, 'Logged out', '<p>Good-bye.');
});

app.get('/', (_request, response) => page(response, 200, 'Logged in', '<p>There is nothing else here.'));

// All else is the library's.

app.use(toNodeHandler(auth));

app.use((error, _request, response, _next) => {
  if (!(error.status < 500)) console.error(error);
  return page(response, error.status ?? 500, 'Something went wrong', '<p>This request cannot be answered.');
});

process.stdout.write(`ready ${origin}/api/auth\n`);

function stop() {
  server.close();
  server.closeAllConnections();
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
