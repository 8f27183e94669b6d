// Digital Bazaar's libraries verify what the VC-API issues and issue what it
// verifies.
import assert from 'node:assert/strict';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import * as jose from 'jose';
import {base, get, ok, post, refused} from './live.mjs';

const did = 'did:web:' + new URL(base).host.replace(':', '%3A');
const controller = await (await get('/.well-known/did.json')).json();
const examples = {'@context': {'@vocab': 'https://www.w3.org/ns/credentials/examples#'}};

async function documentLoader(url) {
  const found = document => ({contextUrl: null, documentUrl: url, document});
  if(url === 'https://www.w3.org/ns/credentials/examples/v2') {
    return found(examples);
  }
  if(url === did) {
    return found(controller);
  }
  if(url.startsWith(did + '#')) {
    const method = controller.verificationMethod.find(m => m.id === url);
    return found({'@context': 'https://w3id.org/security/multikey/v1', ...method});
  }
  if(url.startsWith('did:key:')) {
    const key = url.split('#')[0].slice('did:key:'.length);
    const id = `did:key:${key}`;
    const method = {'@context': 'https://w3id.org/security/multikey/v1', id: `${id}#${key}`, type: 'Multikey', controller: id, publicKeyMultibase: key};
    return found(url.includes('#') ? method : {'@context': 'https://www.w3.org/ns/did/v1', id, verificationMethod: [method], assertionMethod: [method.id], authentication: [method.id]});
  }
  return vc.defaultDocumentLoader(url);
}

const plain = (issuer = did) => ({
  '@context': ['https://www.w3.org/ns/credentials/v2'], type: ['VerifiableCredential'], issuer,
  credentialSubject: {id: 'did:example:subject', name: 'Ada'},
});
const verify = credential => vc.verifyCredential({credential, suite: new DataIntegrityProof({cryptosuite}), documentLoader});

await ok('an eddsa-rdfc-2022 proof of ours verifies', async () => {
  const {status, body} = await post('/credentials/issue', {credential: plain(), options: {cryptosuite: 'eddsa-rdfc-2022'}});
  assert.equal(status, 201, JSON.stringify(body));
  const result = await verify(body.verifiableCredential);
  assert.ok(result.verified, result.error?.errors?.map(e => e.message).join());
  body.verifiableCredential.credentialSubject.name = 'Eve';
  assert.ok(!(await verify(body.verifiableCredential)).verified);
});

await ok('an enveloped credential of ours verifies with the JsonWebKey', async () => {
  const {status, body} = await post('/credentials/issue', {credential: plain(), options: {securingMechanism: 'EnvelopingProof'}});
  assert.equal(status, 201);
  const token = body.verifiableCredential.id.replace('data:application/vc+jwt,', '');
  const {kid} = jose.decodeProtectedHeader(token);
  const method = controller.verificationMethod.find(m => m.id === kid);
  assert.equal(method.type, 'JsonWebKey');
  const {payload} = await jose.jwtVerify(token, await jose.importJWK(method.publicKeyJwk, 'ES256'), {typ: 'vc+jwt', issuer: did});
  assert.equal(payload.issuer, did);
});

const key = await Ed25519Multikey.generate();
const own = `did:key:${key.publicKeyMultibase}`;
key.id = `${own}#${key.publicKeyMultibase}`;
key.controller = own;
const suite = () => new DataIntegrityProof({signer: key.signer(), cryptosuite});
const theirs = await vc.issue({credential: plain(own), suite: suite(), documentLoader});

await ok('we verify a credential that they issue', async () => {
  const {status, body} = await post('/credentials/verify', {verifiableCredential: theirs, options: {checks: ['proof']}});
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.verified, true);
});

await ok('and not an altered one', async () => {
  const {status, body} = await post('/credentials/verify', {verifiableCredential: {...theirs, credentialSubject: {id: 'did:example:other'}}});
  assert.equal(status, 400);
  assert.equal(body.verified, false);
});

await ok('we verify a presentation that they sign, for its challenge and domain', async () => {
  const presentation = await vc.signPresentation({
    presentation: vc.createPresentation({verifiableCredential: [theirs], holder: own}), suite: suite(), challenge: 'c', domain: 'd', documentLoader});
  const call = options => post('/presentations/verify', {verifiablePresentation: presentation, options});
  const good = await call({challenge: 'c', domain: 'd'});
  assert.equal(good.status, 200, JSON.stringify(good.body));
  assert.equal((await call({challenge: 'x', domain: 'd'})).status, 400);
  assert.equal((await call({challenge: 'c', domain: 'x'})).status, 400);
});

await refused('a credential in the name of the register by another key', async () => {
  const forged = await vc.issue({credential: plain(did), suite: suite(), documentLoader});
  const {status} = await post('/credentials/verify', {verifiableCredential: forged});
  assert.equal(status, 200);
});
