// jose and did-jwt verify what we sign with the keys we publish, and we judge
// what jose signs.
import assert from 'node:assert/strict';
import * as jose from 'jose';
import {verifyJWT} from 'did-jwt';
import {Resolver} from 'did-resolver';
import {getResolver} from 'web-did-resolver';
import {base, get, ok, pages, post, refused} from './live.mjs';

const number = pages.bona_fide;
const credential = await (await get(`/v1/certificates/${number}/credential`)).text();
const claims = jose.decodeJwt(credential);
const header = jose.decodeProtectedHeader(credential);
const body = claims.iss.split(':').pop();
const expected = {issuer: claims.iss, algorithms: ['ES256']};

await ok('the certificate verifies with the JWK set of its issuer', async () => {
  const keys = jose.createRemoteJWKSet(new URL(`${base}/bodies/${body}/jwks.json`));
  const {payload} = await jose.jwtVerify(credential, keys, expected);
  assert.equal(payload.jti, payload.id);
});

await ok('and with the DID document of its issuer', async () => {
  const document = await (await get(`/bodies/${body}/did.json`)).json();
  assert.equal(document.id, claims.iss);
  const method = document.verificationMethod.find(m => m.id === header.kid);
  assert.ok(document.assertionMethod.includes(header.kid));
  await jose.jwtVerify(credential, await jose.importJWK(method.publicKeyJwk, 'ES256'), expected);
});

await ok('and with the single JWK', async () => {
  const jwk = await (await get(`/bodies/${body}/keys/${header.kid.split('#')[1]}`)).json();
  assert.equal(await jose.calculateJwkThumbprint(jwk), header.kid.split('#')[1]);
  await jose.jwtVerify(credential, await jose.importJWK(jwk, 'ES256'), expected);
});

await ok('did-jwt resolves the issuer by did:web over https', async () => {
  const {verified, payload} = await verifyJWT(credential, {resolver: new Resolver(getResolver())});
  assert.ok(verified);
  assert.equal(payload.iss, claims.iss);
});

await ok('every token of the bundle verifies with a key of its issuer', async () => {
  const bundle = await (await get(`/v1/certificates/${number}/bundle`)).json();
  let n = 0;
  for(const {id} of bundle.verifiableCredential) {
    const text = id.replace(/^data:application\/vc\+jwt,/, '');
    const {kid} = jose.decodeProtectedHeader(text);
    const path = kid.split('#')[0].split(':').slice(3).join('/');
    const document = await (await get(path ? `/${path}/did.json` : '/.well-known/did.json')).json();
    const method = document.verificationMethod.find(m => m.id === kid);
    await jose.compactVerify(text, await jose.importJWK(method.publicKeyJwk, 'ES256'));
    n++;
  }
  assert.ok(n >= 4, `only ${n} tokens`);
});

await refused('an altered certificate', async () => {
  const parts = credential.split('.');
  const altered = JSON.parse(Buffer.from(parts[1], 'base64url'));
  altered.name = 'Doctor of Everything';
  parts[1] = Buffer.from(JSON.stringify(altered)).toString('base64url');
  const keys = jose.createRemoteJWKSet(new URL(`${base}/bodies/${body}/jwks.json`));
  await jose.jwtVerify(parts.join('.'), keys, expected);
});

// An Open Badge by somebody else, signed with jose: authentic perhaps, never bona fide.
const badge = (issuer, id = 'urn:uuid:5c4d2f0e-3f5b-4a6c-8b0f-000000000001') => ({
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json'],
  id, type: ['VerifiableCredential', 'OpenBadgeCredential'], name: 'Certified Stranger',
  issuer: {id: issuer, type: ['Profile'], name: 'Demo Certification Institute'}, validFrom: '2026-01-01T00:00:00Z', awardedDate: '2026-01-01T00:00:00Z',
  credentialSubject: {id: 'urn:uuid:5c4d2f0e-3f5b-4a6c-8b0f-000000000002', type: ['AchievementSubject'], achievement: {
    id: 'https://stranger.example/badge', type: ['Achievement'], achievementType: 'Certification', name: 'Certified Stranger',
    description: 'A badge of somebody else.', criteria: {narrative: 'None.'}}},
  iss: issuer, jti: id, sub: 'urn:uuid:5c4d2f0e-3f5b-4a6c-8b0f-000000000002', nbf: 1767225600,
});
const sign = (payload, key, protectedHeader) => new jose.CompactSign(new TextEncoder().encode(JSON.stringify(payload))).setProtectedHeader(protectedHeader).sign(key);
const verdict = async token => {
  const r = await post('/v1/verifications', {credential: token});
  assert.equal(r.status, 200, JSON.stringify(r.body));
  return r.body;
};

await ok('a badge that jose signs with a did:jwk is authentic and not bona fide', async () => {
  const {publicKey, privateKey} = await jose.generateKeyPair('ES256', {extractable: true});
  const {kty, crv, x, y} = await jose.exportJWK(publicKey);
  const issuer = 'did:jwk:' + Buffer.from(JSON.stringify({kty, crv, x, y})).toString('base64url');
  const report = await verdict(await sign(badge(issuer), privateKey, {alg: 'ES256', typ: 'JWT', kid: issuer + '#0'}));
  assert.equal(report.authenticity, 'authentic', JSON.stringify(report.checks));
  assert.ok(['undetermined', 'unaccredited'].includes(report.verdict), report.verdict);
});

await ok('a badge in the name of a body here, signed with another key, is not authentic', async () => {
  const {privateKey} = await jose.generateKeyPair('ES256');
  const report = await verdict(await sign(badge(claims.iss), privateKey, {alg: 'ES256', typ: 'JWT', kid: header.kid}));
  assert.equal(report.verdict, 'not_authentic');
});

await ok('a token without algorithm is not authentic', async () => {
  const none = Buffer.from(JSON.stringify({alg: 'none', kid: header.kid})).toString('base64url') + '.' + credential.split('.')[1] + '.';
  assert.equal((await verdict(none)).verdict, 'not_authentic');
});
