"""Mutants of which sealed text can be opened."""

from typing import Final

from refimpl.vectors.mutants import Mutant

COMPACT: Final = "refimpl.security.compact"
JWE: Final = "refimpl.security.jwe"
PROTECTION: Final = "refimpl.security.protection"

# fmt: off
MUTANTS: Final = (
    Mutant("JOS-5", "an encrypted key", "passes over the second part", COMPACT, "5: {1: 0, 2: 12, 4: 16},", "5: {2: 12, 4: 16},"),
    Mutant("JOS-5", "an IV of any length", "leaves the length of the IV to the library", COMPACT, "5: {1: 0, 2: 12, 4: 16},", "5: {1: 0, 4: 16},"),
    Mutant("JOS-5", "a tag of any length", "leaves the length of the tag to the library", COMPACT, "5: {1: 0, 2: 12, 4: 16},", "5: {1: 0, 2: 12},"),
    Mutant("JOS-5", "an IV of 16 bytes", "takes a block for an IV", COMPACT, "5: {1: 0, 2: 12, 4: 16},", "5: {1: 0, 2: 16, 4: 16},"),
    Mutant("JOS-11", "apu of any form", "makes no check of apu", JWE, '        apu = from_base64url((header.apu or "").encode(), "apu")\n', '        try:\n            apu = from_base64url((header.apu or "").encode(), "apu")\n        except Malformed:\n            apu = b""\n'),
    Mutant("JOS-11", "apv of any form", "makes no check of apv", JWE, '        apv = from_base64url((header.apv or "").encode(), "apv")\n', '        try:\n            apv = from_base64url((header.apv or "").encode(), "apv")\n        except Malformed:\n            apv = b""\n'),
    Mutant("JOS-11", "parties by their own rule", "finds JOS-3 for an apu that is no base64url", JWE, '    except Malformed:\n        raise refusal("JOS-11", "header, member apu or apv") from None', "    except Malformed:\n        raise"),
    Mutant("JOS-11", "parties after the key", "looks at apu and apv when they are needed", JWE, '    parties = _parties(header)\n    if (header.alg', '    if (header.alg'),
    Mutant("JOS-11", "apu may be left out", "asks for fewer members", PROTECTION, "    apu: str\n    apv: str\n    correlation_id", "    apu: str | None = None\n    apv: str\n    correlation_id"),
    Mutant("JOS-12", "any alg", "passes over alg", JWE, 'if (header.alg, header.enc) != ("ECDH-ES", "A256GCM"):', 'if header.enc != "A256GCM":'),
    Mutant("JOS-12", "any enc", "passes over enc", JWE, 'if (header.alg, header.enc) != ("ECDH-ES", "A256GCM"):', 'if header.alg != "ECDH-ES":'),
    Mutant("JOS-12", "ECDH-ES+A256KW too", "takes key wrapping", JWE, 'if (header.alg, header.enc) != ("ECDH-ES", "A256GCM"):', 'if (header.alg[:7], header.enc) != ("ECDH-ES", "A256GCM"):'),
    Mutant("JOS-12", "A128GCM too", "takes a shorter key", JWE, 'if (header.alg, header.enc) != ("ECDH-ES", "A256GCM"):', 'if header.alg != "ECDH-ES" or header.enc not in ("A256GCM", "A128GCM"):'),
    Mutant("JOS-12", "by any case", "compares alg and enc without regard to case", JWE, 'if (header.alg, header.enc) != ("ECDH-ES", "A256GCM"):', 'if (header.alg.upper(), header.enc.upper()) != ("ECDH-ES", "A256GCM"):'),
    Mutant("JOS-13", "one rule for the key", "finds an unknown key where it opens", JWE, '        raise refusal("JOS-13", f"key {kid[:40]!a}")', '        raise refusal("JOS-18", "")'),
    Mutant("JOS-13", "any own key", "tries the only key it has", PROTECTION, "jwe.unseal(text, keys.own.get, RoutingHeader)", "jwe.unseal(text, lambda kid: keys.own.get(kid) or next(iter(keys.own.values())), RoutingHeader)"),
    Mutant("JOS-16", "kty does not matter", "passes over kty", JWE, '(epk.crv, epk.kty, epk.y) == ("X25519", "OKP", None)', '(epk.crv, epk.y) == ("X25519", None)'),
    Mutant("JOS-16", "crv does not matter", "passes over crv", JWE, '(epk.crv, epk.kty, epk.y) == ("X25519", "OKP", None)', '(epk.kty, epk.y) == ("OKP", None)'),
    Mutant("JOS-16", "a y that should not be there", "passes over y", JWE, '(epk.crv, epk.kty, epk.y) == ("X25519", "OKP", None)', '(epk.crv, epk.kty) == ("X25519", "OKP")'),
    Mutant("JOS-16", "kty of P-256 does not matter", "passes over kty", JWE, '(epk.crv, epk.kty, len(x)) == ("P-256", "EC", 32)', '(epk.crv, len(x)) == ("P-256", 32)'),
    Mutant("JOS-16", "crv of P-256 does not matter", "passes over crv", JWE, '(epk.crv, epk.kty, len(x)) == ("P-256", "EC", 32)', '(epk.kty, len(x)) == ("EC", 32)'),
    Mutant("JOS-16", "a short x of P-256", "takes a coordinate without its leading zeros", JWE, '        elif (epk.crv, epk.kty, len(x)) == ("P-256", "EC", 32) and epk.y is not None:\n            point = b"\\4" + x +', '        elif (epk.crv, epk.kty) == ("P-256", "EC") and epk.y is not None:\n            point = b"\\4" + x.rjust(32, b"\\0") +'),
    Mutant("JOS-16", "a point off the curve is JOS-18", "finds out at the tag", JWE, '    raise refusal("JOS-16", "header, member epk") from None', '    raise refusal("JOS-18", "") from None'),
    Mutant("JOS-17", "a shared secret of zeros", "takes a point of low order", JWE, "                return private.exchange(public)\n        elif", "                try:\n                    return private.exchange(public)\n                except ValueError:\n                    return bytes(32)\n        elif"),
    Mutant("JOS-17", "one rule for the ephemeral key", "finds JOS-16 for a point of low order", JWE, 'raise refusal("JOS-17"', 'raise refusal("JOS-16"'),
    Mutant("JOS-18", "an AAD of bytes", "takes what the header means for the AAD", JWE, "decrypt(iv, ciphertext + tag, encoded[0])", "decrypt(iv, ciphertext + tag, raw)"),
    Mutant("JOS-18", "no AAD", "leaves the header unguarded", JWE, "decrypt(iv, ciphertext + tag, encoded[0])", "decrypt(iv, ciphertext + tag, None)"),
    Mutant("JOS-18", "the tag first", "takes tag and ciphertext in the other order", JWE, "decrypt(iv, ciphertext + tag, encoded[0])", "decrypt(iv, tag + ciphertext, encoded[0])"),
    Mutant("JOS-18", "alg for enc in the KDF", "names the algorithm of the key agreement", JWE, "_with_length(enc.encode()) +", "_with_length(b'ECDH-ES') +"),
    Mutant("JOS-18", "parties in base64url in the KDF", "takes apu and apv as they stand", JWE, "agree(key, _public_key(header.epk, key), header.enc, *parties)", "agree(key, _public_key(header.epk, key), header.enc, header.apu.encode(), header.apv.encode())"),
    Mutant("JOS-18", "parties swapped in the KDF", "puts apv before apu", JWE, "_with_length(apu) + _with_length(apv)", "_with_length(apv) + _with_length(apu)"),
    Mutant("JOS-18", "no parties in the KDF", "leaves apu and apv out", JWE, "_with_length(apu) + _with_length(apv)", "_with_length(b'') + _with_length(b'')"),
    Mutant("JOS-18", "256 bytes in the KDF", "writes the length in bytes", JWE, "names + bits.to_bytes(4)", "names + (bits // 8).to_bytes(4)"),
    Mutant("JOS-18", "rounds from zero", "counts the rounds of the KDF from 0", JWE, "FIRST_ROUND: Final = (1).to_bytes(4)", "FIRST_ROUND: Final = (0).to_bytes(4)"),
    Mutant("JOS-18", "lengths in two bytes", "writes lengths in two bytes", JWE, "return len(name).to_bytes(4) + name", "return len(name).to_bytes(2) + name"),
    Mutant("JOS-18", "little-endian lengths", "writes lengths the other way round", JWE, "return len(name).to_bytes(4) + name", 'return len(name).to_bytes(4, "little") + name'),
    Mutant("JOS-2", "a seal in a seal", "opens a seal until there is a signed text", PROTECTION, "    if text.count(\".\") == 4:\n        sealed = jwe", "    while text.count(\".\") == 4:\n        sealed = jwe"),
    *(Mutant("MSG-3", f"{name} outside does not matter", "passes over one of the six", PROTECTION, old, new)
      for name, old, new in (
          ("correlation_id", "        routing.correlation_id == header.correlation_id\n        and ", "        "),
          ("receiver", "        and routing.receiver == header.receiver\n", ""),
          ("sender", "        and routing.sender == header.sender\n", ""),
          ("typ", "        and routing.typ == header.typ\n", ""),
          ("apu", "        and routing.apu == _party(header.sender)\n", ""),
          ("apv", "        and routing.apv == _party(header.receiver)\n", ""),
      )),
    Mutant("MSG-3", "no comparison", "believes what stands outside", PROTECTION, "if routing is not None and not _is_readable_of(header, routing):", "if False:"),
    Mutant("MSG-3", "after the time", "compares what stands outside last", PROTECTION,
           '    if routing is not None and not _is_readable_of(header, routing):\n        raise _refused("MSG-3", "header of the seal")\n    _check_time(header, now.timestamp())\n',
           '    _check_time(header, now.timestamp())\n    if routing is not None and not _is_readable_of(header, routing):\n        raise _refused("MSG-3", "header of the seal")\n'),
    Mutant("MSG-3", "before the receiver", "compares what stands outside first", PROTECTION,
           "    if keys.trusted[header.kid][0] != header.sender:\n", '    if routing is not None and not _is_readable_of(header, routing):\n        raise _refused("MSG-3", "header of the seal")\n    if keys.trusted[header.kid][0] != header.sender:\n'),
    Mutant("MSG-3", "seen before", "looks for a repetition before it compares", PROTECTION,
           "    if routing is not None and not _is_readable_of(header, routing):\n", '    if header.replay_id in seen:\n        raise _refused("MSG-7", "")\n    if routing is not None and not _is_readable_of(header, routing):\n'),
    Mutant("MSG-2", "the receiver outside", "asks the seal whom it is for", PROTECTION, "    if header.receiver != receiver:", "    if (routing or header).receiver != receiver:"),
    Mutant("MSG-4", "no time within a seal", "makes no check of time within a seal", PROTECTION, "    _check_time(header, now.timestamp())\n", "    if routing is None:\n        _check_time(header, now.timestamp())\n"),
    Mutant("MSG-7", "no repetition of a seal", "makes no check of a repetition within a seal", PROTECTION, "    if header.replay_id in seen:", "    if routing is None and header.replay_id in seen:"),
    Mutant("MSG-1", "any signer within a seal", "makes no check of the signer within a seal", PROTECTION, "    if keys.trusted[header.kid][0] != header.sender:", "    if routing is None and keys.trusted[header.kid][0] != header.sender:"),
    Mutant("JOS-15", "sealed is signed", "tells nothing of the seal", PROTECTION, "header, routing is not None)", "header, False)"),
)
# fmt: on
