// jose walks a trust chain of the OpenID Federation export from leaf to anchor.
import assert from 'node:assert/strict';
import * as jose from 'jose';
import {base, get, ok, refused} from './live.mjs';

const entity = id => `${base}/bodies/${id}`;
const anchor = entity('demo-arrangement');

async function statement(address, typ, keys) {
  const text = await (await get(address)).text();
  return {text, payload: await verified(text, typ, keys)};
}

async function verified(text, typ, keys) {
  const set = jose.createLocalJWKSet(keys ?? jose.decodeJwt(text).jwks);
  const {payload, protectedHeader} = await jose.jwtVerify(text, set, {typ, algorithms: ['ES256']});
  assert.ok(protectedHeader.kid);
  return payload;
}

const own = id => statement(`${id}/.well-known/openid-federation`, 'entity-statement+jwt');
const top = await own(anchor);
const known = top.payload.jwks; // as an operator of the federation would configure it

await ok('a chain is walked from leaf to anchor', async () => {
  let at = await own(entity('demo-certification'));
  const walked = [];
  while(at.payload.authority_hints) {
    const superior = await own(at.payload.authority_hints[0]);
    const endpoint = superior.payload.metadata.federation_entity.federation_fetch_endpoint;
    const about = await statement(`${endpoint}?sub=${encodeURIComponent(at.payload.sub)}`, 'entity-statement+jwt', superior.payload.jwks);
    assert.deepEqual(about.payload.jwks, at.payload.jwks, 'the superior vouches for the keys in use');
    assert.equal(about.payload.iss, superior.payload.sub);
    walked.push(about.payload);
    at = superior;
  }
  assert.equal(at.payload.sub, anchor);
  assert.equal(walked.length, 2);
  walked.forEach((s, i) => assert.ok(s.constraints.max_path_length >= i));
});

await ok('the resolver says the same, with marks that the anchor lets count', async () => {
  const leaf = entity('demo-certification');
  const r = await statement(`${anchor}/federation/resolve?sub=${encodeURIComponent(leaf)}&trust_anchor=${encodeURIComponent(anchor)}`, 'resolve-response+jwt', known);
  assert.equal(r.payload.trust_chain.length, 4);
  const last = await verified(r.payload.trust_chain[3], 'entity-statement+jwt', known);
  assert.equal(last.sub, anchor);
  const [mark] = r.payload.trust_marks;
  assert.ok(top.payload.trust_mark_issuers[mark.trust_mark_type].includes(entity('demo-accreditation')));
  const issuer = (await own(entity('demo-accreditation'))).payload;
  const claims = await verified(mark.trust_mark, 'trust-mark+jwt', issuer.jwks);
  assert.equal(claims.sub, leaf);
  await verified(claims.delegation, 'trust-mark-delegation+jwt', top.payload.trust_mark_owners[mark.trust_mark_type].jwks);
});

await refused('a trust mark read as an entity statement', async () => {
  const leaf = (await own(entity('demo-certification'))).payload;
  const issuer = (await own(entity('demo-accreditation'))).payload;
  await verified(leaf.trust_marks[0].trust_mark, 'entity-statement+jwt', issuer.jwks);
});

await refused('a leaf under the key of somebody else', async () => {
  const other = (await own(entity('demo-elsewhere'))).payload;
  await statement(`${entity('demo-certification')}/.well-known/openid-federation`, 'entity-statement+jwt', other.jwks);
});
