// @node-oauth/oauth2-server with the clients of its settings. It knows the client credentials grant only.
import { createRequire } from 'node:module';
import { asked, listen, serve, settings } from './server.mjs';

const given = await settings();
const OAuth2Server = createRequire(import.meta.url)(`${given.modules}/@node-oauth/oauth2-server`);
const here = await listen(given);
const issued = new Map();

const server = new OAuth2Server({
  model: {
    getClient: (id, secret) => given.clients
      .filter(({ client_id, client_secret }) => client_id === id && client_secret === secret)
      .map(({ client_id }) => ({ id: client_id, grants: ['client_credentials'] }))[0],
    getUserFromClient: ({ id }) => ({ id }),
    validateScope: (user, client, scope) => (scope ?? []).every((word) => word === 'read') && (scope ?? ['read']),
    saveToken(token, client, user) {
      issued.set(token.accessToken, client.id);
      return { ...token, client, user };
    },
  },
});

async function body(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return Object.fromEntries(new URLSearchParams(text));
}

serve(here, (token) => issued.get(token), async (message, reply) => {
  const fields = await body(message);
  const response = new OAuth2Server.Response();
  const { headers, method } = message;
  let refused = null;
  try {
    await server.token(new OAuth2Server.Request({ headers, method, query: {}, body: fields }), response);
  } catch (error) {
    refused = error.message;
  }
  asked.push({ fields, refused });
  reply.writeHead(response.status, { 'Content-Type': 'application/json', ...response.headers });
  reply.end(JSON.stringify(response.body));
});
