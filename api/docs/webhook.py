# Is a webhook message genuine? The headers webhook-id, webhook-timestamp and
# webhook-signature come as ID, TIMESTAMP and SIGNATURE, the secret as SECRET,
# the body, byte by byte, on standard input.
import base64, hashlib, hmac, os, sys, time


def genuine(secret, id, timestamp, signature, body):
    if abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    want = base64.b64encode(hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(s, "v1," + want) for s in signature.split())  # several while a secret is replaced


e = os.environ
if not genuine(e["SECRET"], e["ID"], e["TIMESTAMP"], e["SIGNATURE"], sys.stdin.buffer.read()):
    sys.exit("not genuine")
print("genuine")
