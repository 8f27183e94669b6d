// The verifier of the Digital Credentials Consortium judges the form with an
// embedded proof: proof, did:web over https, status list, validity.
import assert from 'node:assert/strict';
import {verifyCredential} from '@digitalcredentials/verifier-core';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {base, get, ok, post, pages, token} from './live.mjs';

// Nothing beyond this machine is asked for: schemas are judged elsewhere.
const direct = globalThis.fetch;
globalThis.fetch = (address, options) => String(address?.url ?? address).startsWith(base) ? direct(address, options)
  : Promise.resolve(new Response('{}', {status: 404}));

const embedded = async number => (await get(`/v1/certificates/${number}`, 'application/vc')).json();
const logged = (result, id) => result.log?.find(entry => entry.id === id);

await ok('verifier-core finds a certificate in force', async () => {
  const credential = await embedded(pages.bona_fide);
  assert.equal(credential.proof.cryptosuite, 'eddsa-rdfc-2022');
  const result = await verifyCredential({credential, knownDIDRegistries: []});
  assert.ok(!result.errors, JSON.stringify(result.errors));
  assert.ok(logged(result, 'valid_signature').valid);
  assert.ok(logged(result, 'expiration').valid);
  assert.ok(logged(result, 'revocation_status').valid, JSON.stringify(result.log));
});

await ok('verifier-core finds an altered one out', async () => {
  const credential = await embedded(pages.bona_fide);
  credential.name = 'Doctor of Everything';
  const result = await verifyCredential({credential, knownDIDRegistries: []});
  assert.ok(result.errors?.some(e => e.name === 'invalid_signature'), JSON.stringify(result));
});

await ok('verifier-core finds a withdrawn one out, in its status list', async () => {
  const bearer = {authorization: 'Bearer ' + await token()};
  const decided = new Date(Date.now() - 3600_000).toISOString().replace(/\.\d+/, '');
  const made = await post('/v1/certificates', {scheme: 'demo-service-lead', holder: {name: 'Grace Example'}, decided_at: decided, accreditation_claim: true, publication: 'public'}, bearer);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const credential = await embedded(made.body.id);
  let result = await verifyCredential({credential, knownDIDRegistries: []});
  assert.ok(logged(result, 'revocation_status').valid);
  const gone = await post(`/v1/certificates/${made.body.id}/events`, {event: 'withdrawn'}, bearer);
  assert.equal(gone.status, 201);
  result = await verifyCredential({credential, knownDIDRegistries: []});
  assert.ok(logged(result, 'valid_signature').valid, 'still authentic');
  assert.equal(logged(result, 'revocation_status').valid, false, JSON.stringify(result.log));
});

async function documentLoader(url) {
  const found = document => ({contextUrl: null, documentUrl: url, document});
  const [did, fragment] = url.split('#');
  if(did.startsWith('did:web:')) {
    const path = did.split(':').slice(3).join('/');
    const document = await (await get(path ? `/${path}/did.json` : '/.well-known/did.json')).json();
    const method = document.verificationMethod.find(m => m.id === url);
    return found(fragment ? {'@context': 'https://w3id.org/security/multikey/v1', ...method} : document);
  }
  if(url.startsWith(base)) {
    return found(await (await get(url, url.includes('/ns/') ? 'application/ld+json' : 'application/json')).json());
  }
  return vc.defaultDocumentLoader(url);
}

await ok('vc-bitstring-status-list reads our lists by itself', async () => {
  const credential = await embedded(pages.bona_fide);
  const suite = new DataIntegrityProof({cryptosuite});
  const result = await checkStatus({credential, documentLoader, suite, verifyStatusListCredential: true, verifyMatchingIssuers: true});
  assert.ok(result.verified, result.error?.stack);
  assert.deepEqual(result.results.map(r => r.status), [false]);
});
