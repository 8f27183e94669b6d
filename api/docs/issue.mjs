// Issue a certificate, look it up, verify its credential, embed it.
// BONAFIDE_URL, CLIENT_ID and CLIENT_SECRET come from the environment.
const { BONAFIDE_URL: base, CLIENT_ID: id, CLIENT_SECRET: secret } = process.env;

async function call(path, options = {}) {
  const answer = await fetch(base + path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${body.code}: ${body.detail}`); // errors are problem documents, RFC 9457
  return body;
}
const json = (body, more = {}) => ({ method: "POST", headers: { "Content-Type": "application/json", ...more }, body: JSON.stringify(body) });

const { access_token } = await call("/oauth2/token", {
  method: "POST", headers: { Authorization: "Basic " + btoa(`${id}:${secret}`) }, body: new URLSearchParams({ grant_type: "client_credentials" }),
});

const today = new Date().toISOString().slice(0, 10) + "T00:00:00Z";
const issued = await call("/v1/certificates", json({
  scheme: "demo-service-lead", holder: { name: "Ada Script", email: "ada@example.org" },
  decided_at: today, accreditation_claim: true, publication: "public",
}, { Authorization: "Bearer " + access_token, "Idempotency-Key": "exam-4711-js" })); // the same key never issues twice
console.log("issued", issued.number);

console.log("lookup", (await call("/v1/certificates/" + issued.number)).verdict);

// What a holder hands in: the signed credential, a bundle, or the address of one.
console.log("verified", (await call("/v1/verifications", json({ credential: issued.credential }))).verdict);

console.log("embed", `<script src="${base}/embed.js"></script><div data-bonafide-id="${issued.number}"></div>`);
