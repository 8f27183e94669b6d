// What every script needs: the service under judgement, and a way to say what
// was found true.
import assert from 'node:assert/strict';

export const live = JSON.parse(process.env.LIVE);
export const {base, pages} = live;

export async function get(path, accept = 'application/json') {
  const address = path.startsWith('https:') ? path : base + path;
  const r = await fetch(address, {headers: {accept}});
  assert.equal(r.status, 200, `${address}: ${r.status} ${await r.clone().text()}`);
  return r;
}

export async function post(path, body, headers = {}) {
  const r = await fetch(base + path, {method: 'POST', headers: {'content-type': 'application/json', ...headers}, body: JSON.stringify(body)});
  return {status: r.status, body: await r.json()};
}

export async function token(scope) {
  const r = await fetch(base + '/oauth2/token', {
    method: 'POST', body: new URLSearchParams({grant_type: 'client_credentials', ...(scope ? {scope} : {})}),
    headers: {authorization: 'Basic ' + Buffer.from(live.client + ':' + live.secret).toString('base64')},
  });
  assert.equal(r.status, 200);
  return (await r.json()).access_token;
}

export async function ok(name, check) {
  await check();
  console.log('ok ' + name);
}

export async function refused(name, check) {
  await assert.rejects(check, undefined, name + ' was not refused');
  console.log('ok ' + name + ' is refused');
}
