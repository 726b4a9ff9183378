// oidc-provider with the clients of its settings. A key of a client is a JWK, or {pem} of a public key or
// of a certificate.
import { X509Certificate, createPublicKey } from 'node:crypto';
import { asked, listen, serve, settings } from './server.mjs';

const HASHES = ['256', '384', '512'];
const ALGORITHMS = [...['HS', 'RS', 'PS', 'ES'].flatMap((kind) => HASHES.map((hash) => kind + hash)), 'EdDSA'];

const given = await settings();
const { default: Provider } = await import(`${given.modules}/oidc-provider/lib/index.js`);
const here = await listen(given);

function jwk({ pem, ...key }) {
  if (!pem) return key;
  if (!pem.includes('CERTIFICATE')) return { ...createPublicKey(pem).export({ format: 'jwk' }), ...key };
  const certificate = new X509Certificate(pem);
  return { ...certificate.publicKey.export({ format: 'jwk' }), x5c: [certificate.raw.toString('base64')], ...key };
}

const shown = (ctx) => ctx.req.socket.getPeerX509Certificate?.();

const provider = new Provider(here.origin, {
  clients: given.clients.map(({ keys, ...client }) => ({
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    ...client,
    ...(keys && { jwks: { keys: keys.map(jwk) } }),
  })),
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none',
    'tls_client_auth', 'self_signed_tls_client_auth'],
  enabledJWA: { clientAuthSigningAlgValues: ALGORITHMS },
  clockTolerance: 0,
  scopes: ['read'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    mTLS: {
      enabled: true,
      tlsClientAuth: true,
      selfSignedTlsClientAuth: true,
      certificateBoundAccessTokens: true,
      getCertificate: shown,
      certificateAuthorized: (ctx) => ctx.req.socket.authorized,
      certificateSubjectMatches: (ctx, property, expected) => (
        property === 'tls_client_auth_san_dns' && shown(ctx).checkHost(expected) === expected),
    },
  },
});

// The server's clock is its own.
const { now } = Date;
Date.now = () => now() + (given.seconds_ahead ?? 0) * 1000;

// The grant of clients that prove nothing; the server has none for them.
provider.registerGrantType('urn:example:anyone', async (ctx) => {
  const { AccessToken } = provider;
  const token = new AccessToken({ client: ctx.oidc.client, accountId: 'nobody', scope: 'read', grantId: 'none' });
  ctx.body = { access_token: await token.save(), token_type: 'Bearer', expires_in: token.expiration };
}, []);

const fields = (ctx) => ({ ...ctx.oidc.body });
const digest = (ctx) => shown(ctx)?.fingerprint256.replaceAll(':', '').toLowerCase();
provider.on('grant.success', (ctx) => asked.push({ fields: fields(ctx), refused: null, certificate: digest(ctx) }));
provider.on('grant.error', (ctx, error) => asked.push({
  fields: fields(ctx), refused: error.error_detail ?? error.cause?.message ?? error.error_description }));
provider.on('server_error', (ctx, error) => console.error(error));

const known = async (token) => (
  await provider.ClientCredentials.find(token) ?? await provider.AccessToken.find(token));
serve(here, async (token) => (await known(token))?.clientId, provider.callback());
