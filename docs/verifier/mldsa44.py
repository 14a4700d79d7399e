"""Verification of ML-DSA-44 signatures with an empty context, written from FIPS 204. It knows no secret, so it need not hide time."""
import hashlib

Q, D, K, L, TAU, GAMMA1, GAMMA2, BETA, OMEGA = 8380417, 13, 4, 4, 39, 1 << 17, (8380417 - 1) // 88, 78, 80
ZETAS = [pow(1753, int(f"{m:08b}"[::-1], 2), Q) for m in range(256)]

def shake256(size, *parts):
    return hashlib.shake_256(b"".join(parts)).digest(size)

def unpack(data, bits):
    """SimpleBitUnpack, algorithm 18: 256 numbers of so many bits, the least significant bit first."""
    whole = int.from_bytes(data, "little")
    return [whole >> (bits * i) & (1 << bits) - 1 for i in range(256)]

def ntt(w):
    """Algorithm 41."""
    w, m, step = list(w), 0, 128
    while step:
        for start in range(0, 256, 2 * step):
            m += 1
            for j in range(start, start + step):
                t = ZETAS[m] * w[j + step] % Q
                w[j], w[j + step] = (w[j] + t) % Q, (w[j] - t) % Q
        step //= 2
    return w

def inverse_ntt(w):
    """Algorithm 42."""
    w, m, step = list(w), 256, 1
    while step < 256:
        for start in range(0, 256, 2 * step):
            m -= 1
            for j in range(start, start + step):
                t = w[j]
                w[j], w[j + step] = (t + w[j + step]) % Q, (w[j + step] - t) * ZETAS[m] % Q
        step *= 2
    return [x * 8347681 % Q for x in w]

def matrix_entry(seed):
    """RejNTTPoly, algorithm 30."""
    found, size = [], 0
    while len(found) < 256:
        size += 1024
        stream = hashlib.shake_128(seed).digest(3 * size)
        found = [c for i in range(0, 3 * size, 3) if (c := int.from_bytes(stream[i:i + 3], "little") & 0x7FFFFF) < Q]
    return found[:256]

def ball(seed):
    """SampleInBall, algorithm 29."""
    c, stream = [0] * 256, shake256(8 + 1024, seed)
    signs, at = int.from_bytes(stream[:8], "little"), 8
    for i in range(256 - TAU, 256):
        while stream[at] > i:
            at += 1
        j, at = stream[at], at + 1
        c[i], c[j] = c[j], Q - 1 if signs >> (i + TAU - 256) & 1 else 1
    return c

def hints(y):
    """HintBitUnpack, algorithm 21; None for what no signer makes."""
    h, index = [[0] * 256 for _ in range(K)], 0
    for i in range(K):
        end = y[OMEGA + i]
        if not index <= end <= OMEGA or any(a >= b for a, b in zip(y[index:end], y[index + 1:end])):
            return None
        for at in y[index:end]:
            h[i][at] = 1
        index = end
    return None if any(y[index:OMEGA]) else h

def use_hint(hint, r):
    """Algorithm 40, with Decompose, algorithm 36."""
    r0 = r % (2 * GAMMA2)
    r0 -= 2 * GAMMA2 if r0 > GAMMA2 else 0
    r1, r0 = (0, r0 - 1) if r - r0 == Q - 1 else ((r - r0) // (2 * GAMMA2), r0)
    return (r1 + (1 if r0 > 0 else -1) * hint) % 44

def verify(public, signature, message):
    """Algorithms 3 and 8: whether it is the signature of a message by a public key of 1312 bytes."""
    if len(public) != 1312 or len(signature) != 2420:
        return False
    rho, seed, h = public[:32], signature[:32], hints(signature[32 + 576 * L:])
    z = [[GAMMA1 - v for v in unpack(signature[32 + 576 * i:32 + 576 * (i + 1)], 18)] for i in range(L)]
    if h is None or any(abs(v) >= GAMMA1 - BETA for row in z for v in row):
        return False
    z = [ntt([v % Q for v in row]) for row in z]
    c = ntt(ball(seed))
    mu, w1 = shake256(64, shake256(64, public), b"\0\0", message), 0
    for r in range(K):
        t1 = ntt([v << D for v in unpack(public[32 + 320 * r:32 + 320 * (r + 1)], 10)])
        a = [matrix_entry(rho + bytes([s, r])) for s in range(L)]
        w = inverse_ntt([(sum(a[s][i] * z[s][i] for s in range(L)) - c[i] * t1[i]) % Q for i in range(256)])
        for i in range(256):
            w1 |= use_hint(h[r][i], w[i]) << 6 * (256 * r + i)
    return shake256(32, mu, w1.to_bytes(192 * K, "little")) == seed
