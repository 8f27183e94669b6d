#!/bin/sh
# anchors.sh BASE BODY ACTIVITY STANDARD [NAME]
#
# Prints an anchors file (BONAFIDE_ANCHORS) that trusts one body, with the keys
# that it publishes under BASE today, to recognise for one activity and
# standard. Compare the keys with those that the body gives by another way
# before the file is used: whoever is named in it decides what is bona fide.
set -eu
[ $# -ge 4 ] || { echo "usage: anchors.sh BASE BODY ACTIVITY STANDARD [NAME]" >&2; exit 64; }
base=${1%/}
did=$(curl -fsS "$base/bodies/$2/did.json" | sed 's/.*"id":"\(did:web:[^"#]*\)","verificationMethod".*/\1/')
case $did in did:web:*) ;; *) echo "anchors.sh: $base/bodies/$2/did.json names no did:web" >&2; exit 1 ;; esac
keys=$(curl -fsS "$base/bodies/$2/jwks.json")
printf '{"anchors":[{"body":"%s","did":"%s","name":"%s","scopes":[{"activity":"%s","standard":"%s"}],"keys":%s,"valid_from":null,"valid_until":null}],"registrars":[],"logs":[]}\n' \
  "$2" "$did" "${5:-$2}" "$3" "$4" "$keys"
