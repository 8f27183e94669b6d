// Libraries of other authors read what is drawn: the credential in the PNG, the
// QR code on it, and how to embed the page.
import assert from 'node:assert/strict';
import {Readable} from 'node:stream';
import * as oembed from '@extractus/oembed-extractor';
import jsQR from 'jsqr';
import pngitxt from 'png-itxt';
import {PNG} from 'pngjs';
import {base, get, ok, pages} from './live.mjs';

const number = pages.bona_fide;
const bytes = async path => Buffer.from(await (await get(path)).arrayBuffer());

await ok('png-itxt takes the credential out of the badge', async () => {
  const png = await bytes(`/c/${number}/badge.png`);
  const held = await new Promise((resolve, reject) => Readable.from([png]).on('error', reject)
    .pipe(pngitxt.get('openbadgecredential', (err, chunk) => err ? reject(err) : resolve(chunk))));
  assert.ok(held, 'no such chunk');
  const credential = await (await get(`/v1/certificates/${number}/credential`, 'application/vc+jwt')).text();
  assert.equal(held.value, credential);
});

for (const name of ['badge.png', 'card.png']) {
  await ok(`jsQR reads the code on ${name}`, async () => {
    const png = PNG.sync.read(await bytes(`/c/${number}/${name}`));
    const code = jsQR(new Uint8ClampedArray(png.data), png.width, png.height);
    assert.equal(code?.data, `${base}/c/${number}`);
  });
}

await ok('oembed-extractor finds how to embed the page from the page', async () => {
  const found = await oembed.extract(`${base}/c/${number}`, {maxwidth: 400});
  assert.equal(found.type, 'rich');
  assert.equal(found.version, '1.0');
  assert.ok(found.width <= 400);
  assert.match(found.html, new RegExp(`<iframe src="${base}/embed/${number}"`));
});
