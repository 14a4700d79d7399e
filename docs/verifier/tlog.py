"""Whose word counts, and whether a log has it: trust files, checkpoints, receipts and Merkle trees.

Written from docs/reference: F3 (Merkle tree) and F5 of formats.md, and trust-file.md.
"""
import base64, hashlib, re, sys
import mldsa44
try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ed25519
except ImportError:
    print("the Python package cryptography is missing: apt-get install python3-cryptography", file=sys.stderr)
    sys.exit(2)

ED25519_L = 2**252 + 27742317777372353535851937790883648493

class Bad(ValueError):
    """What is wrong with the evidence. Other ValueErrors come from Python, on bytes that are no UTF-8 or no base64."""

def need(condition, what):
    if not condition:
        raise Bad(what)

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def ed25519_verify(public, signature, message):
    need(len(signature) == 64 and int.from_bytes(signature[32:], "little") < ED25519_L, "signature not of 64 bytes, or S not canonical")
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise Bad("signature does not verify") from None

def merkle_root(level):
    while len(level) > 1:
        level = [sha256(b"\1", *level[i:i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]

def check_inclusion(root, size, index, node, path):
    need(index < size, "no such leaf in the tree")
    last, path = size - 1, list(path)
    while last > 0:
        if index & 1 or index < last:
            need(path, "path too short")
            node = sha256(b"\1", path.pop(0), node) if index & 1 else sha256(b"\1", node, path.pop(0))
        index, last = index >> 1, last >> 1
    need(not path and node == root, "the path does not lead to the root")

def unbase64(text, size=None):
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text and size in (None, len(raw)), "base64 not canonical, or of another length")
    return raw

def key_name(name):
    need(name and not any(c.isspace() or c < " " or c == "+" for c in name), "bad key name")
    return name

def number(text):
    need(re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) < 2**63, "not a plain number")
    return int(text)

class VKey:
    SIZES = {1: 32, 4: 32, 6: 1312}

    def __init__(self, text, word, kinds):
        name, key_id, coded = (text.split("+", 2) + ["", ""])[:3]
        self.raw, self.name, self.witness = unbase64(coded), key_name(name), word == "witness"
        self.id, self.kind = sha256(name.encode(), b"\n", self.raw)[:4], self.raw[:1][0] if self.raw else 0
        need(self.kind in kinds and len(self.raw) == 1 + self.SIZES[self.kind] and key_id == self.id.hex(),
             "key of another type, or its id is mistyped")

    def verify(self, signature, text):
        if self.kind != 1:
            seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            need(seconds < 2**63 and (seconds or not self.witness), "time of a cosignature missing or out of range")
        if self.kind == 6:
            need(mldsa44.verify(self.raw[1:], signature, self.tree(text, seconds)), "signature does not verify")
            return
        if self.kind == 4:
            text = b"cosignature/v1\ntime %d\n" % seconds + text
        ed25519_verify(self.raw[1:], signature, text)

    def tree(self, text, seconds):
        """What an ML-DSA cosignature signs of a checkpoint: the tree, not the text."""
        origin, size, root = text.split(b"\n")[:3]
        name = self.name.encode()
        need(len(name) < 256 and len(origin) < 256, "name too long for an ML-DSA cosignature")
        return b"".join([b"subtree/v1\n\0", bytes([len(name)]), name, seconds.to_bytes(8, "big"), bytes([len(origin)]), origin,
                         bytes(8), int(size).to_bytes(8, "big"), base64.b64decode(root)])

class Trust:
    DID = re.compile(r"did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})")

    def __init__(self, data):
        self.logs, self.witnesses, self.groups, self.orgs, self.quorum, self.seen = [], {}, {}, {}, None, set()
        need(len(data) <= 256 << 10 and data.count(b"\n") < 4096, "trust file too long")
        for n, raw in enumerate(data.split(b"\n"), 1):
            items = [i.decode("utf-8", "surrogateescape") for i in re.split(rb"[ \t]+", raw) if i]
            try:
                need(len(raw) <= 4096 and not re.search(rb"[^\t -~\x80-\xff]", raw), "too long, or a control character")
                if items and items[0][0] != "#":
                    self.line(items)
            except ValueError as e:
                raise Bad(f"trust file line {n}: {e}") from None
        need(self.quorum, "trust file: no quorum line")

    def once(self, *what):
        need(what not in self.seen, f"{what[0]} comes twice")
        self.seen.add(what)

    def key(self, text, word, *kinds):
        key = VKey(text, word, kinds)
        self.once(word + " key", key.raw)
        if word != "org":
            self.once("key id", key.name, key.id)
        return key

    def line(self, items):
        defined = {*self.witnesses, *self.groups}
        match items:
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(self.key(vkey, "log", 1, 6))
            case ["witness", name, vkey] | ["witness", name, vkey, _] if name != "none":
                self.once("name", name)
                self.witnesses[name] = self.key(vkey, "witness", 4, 6)
            case ["group", name, k, *members] if name != "none" and members and defined.issuperset(members):
                for unique in [("name", name), *(("member", m) for m in members)]:
                    self.once(*unique)
                self.groups[name] = {"any": 1, "all": len(members)}.get(k) or number(k), members
                need(1 <= self.groups[name][0] <= len(members), "threshold out of range")
            case ["quorum", name] if name == "none" or name in defined:
                self.once("quorum")
                self.quorum = name
            case ["org", did, vkey] if len(did) <= 255 and self.DID.fullmatch(did):
                self.orgs.setdefault(did, []).append(self.key(vkey, "org", 1).raw[1:])
            case _:
                raise Bad("unknown word, too few or many items, a name that is reserved or not defined above, or not a DID")

    def checkpoint(self, note):
        """Verifies a signed checkpoint and returns its size and root."""
        lines, signed = note.decode("utf-8").split("\n"), set()
        need(len(note) <= 128 << 10 and not any(c < " " for line in lines for c in line), "checkpoint too long, or a control character")
        need("" in lines[:-1] and lines[-1] == "" and lines.index("") >= 3, "checkpoint lacks lines")
        top, bottom = lines[:lines.index("")], lines[lines.index("") + 1:-1]
        size, root, text = number(top[1]), unbase64(top[2], 32), "".join(line + "\n" for line in top).encode()
        logs = [k for k in self.logs if k.name == top[0]]
        known = {(k.name, k.id): k for k in [*logs, *self.witnesses.values()]}
        need(logs and 1 <= len(bottom) <= 64, "no such log in the trust file, or no or too many signatures")
        for line in bottom:
            need(line.startswith("\u2014 ") and line.count(" ") == 2, "not a signature line")
            name, raw = key_name(line.split(" ")[1]), unbase64(line.split(" ")[2])
            need(len(raw) > 4, "not a signature line")
            key = known.get((name, raw[:4]))
            if key and key not in signed:
                key.verify(raw[4:], text)
                signed.add(key)
        reached = {"none"} | {name for name, key in self.witnesses.items() if key in signed}
        for name, (k, members) in self.groups.items():
            reached |= {name} if len(reached.intersection(members)) >= k else set()
        need(signed.intersection(logs) and self.quorum in reached, "the log has not signed, or the quorum is not reached")
        need(size > 0 or root == sha256(), "root of an empty tree")
        return size, root

    def receipt(self, receipt, entry):
        top, _, note = receipt.partition(b"\n\n")
        lines = top.decode("utf-8").split("\n")
        need(len(receipt) <= 160 << 10 and lines.pop(0) == "c2sp.org/tlog-proof@v1", "not a receipt")
        if lines and lines[0].startswith("extra "):
            unbase64(lines.pop(0)[6:])
        need(lines and lines[0].startswith("index ") and len(lines) <= 64, "no index line, or too long a path")
        index, path = number(lines[0][6:]), [unbase64(line, 32) for line in lines[1:]]
        size, root = self.checkpoint(note)
        check_inclusion(root, size, index, sha256(b"\0", entry), path)
