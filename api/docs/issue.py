# Issue a certificate, look it up, verify its credential, embed it.
# BONAFIDE_URL, CLIENT_ID and CLIENT_SECRET come from the environment.
import base64, datetime, json, os, urllib.parse, urllib.request

base = os.environ["BONAFIDE_URL"]


def call(path, body=None, **headers):
    request = urllib.request.Request(base + path, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    with urllib.request.urlopen(request) as answer:  # errors are problem documents, RFC 9457: HTTPError.read()
        return json.load(answer)


def post(path, body, **headers):
    return call(path, json.dumps(body).encode(), Content_Type="application/json", **headers)


basic = base64.b64encode(f"{os.environ['CLIENT_ID']}:{os.environ['CLIENT_SECRET']}".encode()).decode()
form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
token = call("/oauth2/token", form, Authorization="Basic " + basic)["access_token"]

issued = post("/v1/certificates", {
    "scheme": "demo-service-lead", "holder": {"name": "Ada Python", "email": "ada@example.org"},
    "decided_at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT00:00:00Z"),
    "accreditation_claim": True, "publication": "public",
}, Authorization="Bearer " + token, Idempotency_Key="exam-4711-python")  # the same key never issues twice
print("issued", issued["number"])

print("lookup", call("/v1/certificates/" + issued["number"])["verdict"])

# What a holder hands in: the signed credential, a bundle, or the address of one.
print("verified", post("/v1/verifications", {"credential": issued["credential"]})["verdict"])

print("embed", f'<script src="{base}/embed.js"></script><div data-bonafide-id="{issued["number"]}"></div>')
