// What the servers from npm share. Each gets its settings on standard input, and says on its first line
// which port it has. Besides what it does itself, GET /owner says whose the token is that is brought, and
// GET /asked what came to the token endpoint: {fields, refused}.
import http from 'node:http';
import https from 'node:https';

export const asked = [];

export async function settings() {
  let text = '';
  for await (const piece of process.stdin) text += piece;
  return JSON.parse(text);
}

// Everybody may show a certificate; whether it is trusted is the server's to ask.
export function listen({ tls }) {
  const options = { ...tls, requestCert: true, rejectUnauthorized: false };
  const server = tls ? https.createServer(options) : http.createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const scheme = tls ? 'https' : 'http';
      resolve({ server, origin: `${scheme}://127.0.0.1:${server.address().port}` });
    });
  });
}

// OWNER finds whose a token is; everything else is for REST.
export function serve({ server, origin }, owner, rest) {
  server.on('request', async (request, response) => {
    if (request.url === '/asked') {
      response.end(JSON.stringify(asked));
    } else if (request.url === '/owner') {
      const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
      response.end(JSON.stringify((await owner(token)) ?? null));
    } else {
      rest(request, response);
    }
  });
  console.log(origin);
}
