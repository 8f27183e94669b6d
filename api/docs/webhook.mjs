// Is a webhook message genuine? The headers webhook-id, webhook-timestamp and
// webhook-signature come as ID, TIMESTAMP and SIGNATURE, the secret as SECRET,
// the body, byte by byte, on standard input.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

function genuine(secret, id, timestamp, signature, body) {
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const want = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return signature.split(" ").some((s) => { // several while a secret is replaced
    const given = Buffer.from(s.replace(/^v1,/, ""), "base64");
    return s.startsWith("v1,") && given.length === want.length && timingSafeEqual(given, want);
  });
}

const { SECRET, ID, TIMESTAMP, SIGNATURE } = process.env;
const ok = genuine(SECRET, ID, TIMESTAMP, SIGNATURE, readFileSync(0));
console.log(ok ? "genuine" : "not genuine");
process.exitCode = ok ? 0 : 1;
