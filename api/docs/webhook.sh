#!/bin/sh
# Is a webhook message genuine? The headers webhook-id, webhook-timestamp and
# webhook-signature come as ID, TIMESTAMP and SIGNATURE, the secret as SECRET,
# the body, byte by byte, on standard input. Needs openssl and od.
set -eu
now=$(date +%s)
[ $((now - TIMESTAMP)) -le 300 ] && [ $((TIMESTAMP - now)) -le 300 ] || { echo "too old, or from the future"; exit 1; }
key=$(echo "${SECRET#whsec_}" | openssl base64 -d -A | od -An -vtx1 | tr -d ' \n')
want=$({ printf '%s.%s.' "$ID" "$TIMESTAMP"; cat; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
case " $SIGNATURE " in *" v1,$want "*) echo genuine ;; *) echo "not genuine"; exit 1 ;; esac
