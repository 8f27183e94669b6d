// standardwebhooks, the library of the specification's authors, checks what the
// service really sends to a receiver of its own.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {Webhook} from 'standardwebhooks';
import {ok, post, refused, token} from './live.mjs';

const got = [];
let waiting = () => {};
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', () => {
    got.push({headers: request.headers, body: Buffer.concat(parts).toString()});
    response.writeHead(204).end();
    waiting();
  });
});
await new Promise(done => server.listen(0, '127.0.0.1', done));

async function next() {
  const limit = Date.now() + 30_000;
  while(got.length === 0) {
    assert.ok(Date.now() < limit, 'nothing was sent');
    await new Promise(done => { waiting = done; setTimeout(done, 1000); });
  }
  return got.shift();
}

const authorization = 'Bearer ' + await token();
const made = await post('/v1/webhooks', {url: `http://127.0.0.1:${server.address().port}/`}, {authorization});
assert.equal(made.status, 201, JSON.stringify(made.body));
const {id, secret} = made.body;
assert.equal((await post(`/v1/webhooks/${id}/test`, {}, {authorization})).status, 202);
const message = await next();

await ok('a message is verified', () => {
  const body = new Webhook(secret).verify(message.body, message.headers);
  assert.equal(body.type, 'webhook.test');
});
await refused('another body', async () => new Webhook(secret).verify(message.body + ' ', message.headers));
await refused('another secret', async () => new Webhook('whsec_' + Buffer.alloc(32, 7).toString('base64')).verify(message.body, message.headers));

const rotated = await post(`/v1/webhooks/${id}/secret`, {}, {authorization});
assert.equal(rotated.status, 201);
assert.equal((await post(`/v1/webhooks/${id}/test`, {}, {authorization})).status, 202);
const after = await next();
await ok('after a rotation both secrets verify', () => {
  new Webhook(secret).verify(after.body, after.headers);
  new Webhook(rotated.body.secret).verify(after.body, after.headers);
});
server.close();
server.closeAllConnections();
