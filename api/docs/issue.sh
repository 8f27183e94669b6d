#!/bin/sh
# Issue a certificate, look it up, verify its credential, embed it.
# BONAFIDE_URL, CLIENT_ID and CLIENT_SECRET come from the environment.
set -eu
member() { sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'; }

token=$(curl -fsS "$BONAFIDE_URL/oauth2/token" -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials | member access_token)

# The same Idempotency-Key never issues twice: use the id of your own record.
issued=$(curl -fsS "$BONAFIDE_URL/v1/certificates" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -H 'Idempotency-Key: exam-4711-curl' -d '{
  "scheme": "demo-service-lead", "holder": {"name": "Ada Curl", "email": "ada@example.org"},
  "decided_at": "'"$(date -u +%Y-%m-%dT00:00:00Z)"'", "accreditation_claim": true, "publication": "public"}')
number=$(echo "$issued" | member number)
echo "issued $number"

echo "lookup $(curl -fsS "$BONAFIDE_URL/v1/certificates/$number" | sed 's/^{"verdict":"\([a-z_]*\)".*/\1/')"

# What a holder hands in: the signed credential, here fetched again.
credential=$(curl -fsS "$BONAFIDE_URL/v1/certificates/$number/credential" -H 'Accept: application/vc+jwt')
echo "verified $(curl -fsS "$BONAFIDE_URL/v1/verifications" -H 'Content-Type: application/json' -d '{"credential":"'"$credential"'"}' | sed 's/^{"verdict":"\([a-z_]*\)".*/\1/')"

echo "embed <script src=\"$BONAFIDE_URL/embed.js\"></script><div data-bonafide-id=\"$number\"></div>"
